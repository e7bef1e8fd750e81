"""A plain Strawberry server as a careful user would write it: FastAPI, SQLAlchemy's ORM, loaders, caches.

    python -m bench.peers.strawberry_app        with DATABASE_URL and ORGANIZATION_ID

It believes the header `x-user`, and reads as the owner of the tables: no token, no row-level security.
"""

import os
import uuid
from collections import defaultdict
from collections.abc import Sequence
from enum import Enum
from functools import partial

import strawberry
from fastapi import FastAPI
from fastapi.requests import HTTPConnection
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import aliased, joinedload
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.fastapi import BaseContext, GraphQLRouter

from bench.peers import strawberry_tables as tables
from bench.peers.listening import serve
from bench.peers.strawberry_live import Mutation, Subscription

ORGANIZATION = uuid.UUID(os.environ["ORGANIZATION_ID"])
engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://"), pool_size=10, max_overflow=0
)
sessions = async_sessionmaker(engine, expire_on_commit=False)


@strawberry.enum
class MasteryLevel(Enum):
    LEARNING = "LEARNING"
    NEARLY = "NEARLY"
    MASTERED = "MASTERED"


@strawberry.enum
class LeaderboardWindow(Enum):
    ALL_TIME = "ALL_TIME"


class Context(BaseContext):
    """What the resolvers of one request share."""

    def __init__(self, user_id: uuid.UUID | None) -> None:
        super().__init__()
        self.user_id = user_id
        self.masteries: dict[int, DataLoader[uuid.UUID, list[tables.Mastery]]] = {}

    def mastery_loader(self, first: int) -> DataLoader[uuid.UUID, list[tables.Mastery]]:
        """The loader of the first masteries of learners."""
        if first not in self.masteries:
            self.masteries[first] = DataLoader(partial(_masteries, first))
        return self.masteries[first]


Info = strawberry.Info[Context, None]


def _decode(public_id: str) -> uuid.UUID:
    return uuid.UUID(hex=public_id.partition("_")[2])


def _level(probability: float) -> MasteryLevel:
    if probability >= 0.85:
        return MasteryLevel.MASTERED
    return MasteryLevel.NEARLY if probability >= 0.7 else MasteryLevel.LEARNING


async def _masteries(first: int, learner_ids: list[uuid.UUID]) -> list[list[tables.Mastery]]:
    place = (
        func.row_number()
        .over(partition_by=tables.Mastery.learner_id, order_by=(tables.Skill.name, tables.Mastery.id))
        .label("place")
    )
    ranked = (
        select(tables.Mastery, place)
        .join(tables.Mastery.skill)
        .where(tables.Mastery.organization_id == ORGANIZATION, tables.Mastery.learner_id.in_(learner_ids))
        .subquery()
    )
    mastery = aliased(tables.Mastery, ranked)
    found = (
        select(mastery)
        .options(joinedload(mastery.skill))
        .where(ranked.c.place <= first)
        .order_by(mastery.learner_id, ranked.c.place)
    )
    async with sessions() as session:
        rows = (await session.scalars(found)).all()
    of_learner: defaultdict[uuid.UUID, list[tables.Mastery]] = defaultdict(list)
    for row in rows:
        of_learner[row.learner_id].append(row)
    return [of_learner[each] for each in learner_ids]


@strawberry.type
class User:
    id: strawberry.ID
    display_name: str
    email: str


@strawberry.type
class Organization:
    id: strawberry.ID
    name: str
    time_zone: str


@strawberry.type
class Skill:
    id: strawberry.ID
    name: str


@strawberry.type
class Mastery:
    id: strawberry.ID
    probability: float
    level: MasteryLevel
    evidence_count: int
    skill: Skill

    @classmethod
    def of(cls, row: tables.Mastery) -> "Mastery":
        return cls(
            id=strawberry.ID(f"mst_{row.id.hex}"),
            probability=row.probability,
            level=_level(row.probability),
            evidence_count=row.evidence_count,
            skill=Skill(id=strawberry.ID(f"skl_{row.skill.id.hex}"), name=row.skill.name),
        )


@strawberry.type
class MasteryConnection:
    nodes: list[Mastery]


@strawberry.type
class Learner:
    id: strawberry.ID
    display_name: str
    alias: str
    key: strawberry.Private[uuid.UUID]

    @classmethod
    def of(cls, row: tables.Learner) -> "Learner":
        return cls(
            id=strawberry.ID(f"lrn_{row.id.hex}"), display_name=row.display_name, alias=row.alias, key=row.id
        )

    @strawberry.field
    async def mastery(self, info: Info, first: int = 50) -> MasteryConnection:
        rows = await info.context.mastery_loader(first).load(self.key)
        return MasteryConnection(nodes=[Mastery.of(row) for row in rows])


@strawberry.type
class LearnerConnection:
    nodes: list[Learner]


@strawberry.type
class Classroom:
    name: str
    key: strawberry.Private[uuid.UUID]

    @strawberry.field
    async def learners(self, first: int = 50) -> LearnerConnection:
        found = (
            select(tables.Learner)
            .select_from(tables.Enrollment)
            .join(tables.Enrollment.learner)
            .where(
                tables.Enrollment.organization_id == ORGANIZATION,
                tables.Enrollment.classroom_id == self.key,
                tables.Enrollment.left_at.is_(None),
                tables.Learner.erased_at.is_(None),
            )
            .order_by(tables.Learner.display_name, tables.Learner.id)
            .limit(first)
        )
        async with sessions() as session:
            rows = (await session.scalars(found)).all()
        return LearnerConnection(nodes=[Learner.of(row) for row in rows])


@strawberry.type
class LeaderboardEntry:
    rank: int
    alias: str
    score: float


@strawberry.type
class Leaderboard:
    entries: list[LeaderboardEntry]


@strawberry.type
class Viewer:
    roles: list[str]
    user: User
    organization: Organization
    learner: Learner | None


@strawberry.type
class Query:
    @strawberry.field
    async def viewer(self, info: Info) -> Viewer:
        found = (
            select(tables.Membership)
            .options(
                joinedload(tables.Membership.user),
                joinedload(tables.Membership.organization),
                joinedload(tables.Membership.learner),
            )
            .where(
                tables.Membership.organization_id == ORGANIZATION,
                tables.Membership.user_id == info.context.user_id,
            )
        )
        async with sessions() as session:
            row = (await session.scalars(found)).one()
        user, organization = row.user, row.organization
        return Viewer(
            roles=row.roles,
            user=User(
                id=strawberry.ID(f"usr_{user.id.hex}"), display_name=user.display_name, email=user.email
            ),
            organization=Organization(
                id=strawberry.ID(f"org_{organization.id.hex}"),
                name=organization.name,
                time_zone=organization.time_zone,
            ),
            learner=Learner.of(row.learner) if row.learner else None,
        )

    @strawberry.field
    async def leaderboard(
        self, scope_id: strawberry.ID, window: LeaderboardWindow, first: int = 50
    ) -> Leaderboard:
        found = (
            select(tables.LeaderboardScore)
            .join(tables.LeaderboardScore.learner)
            .options(joinedload(tables.LeaderboardScore.learner))
            .where(
                tables.LeaderboardScore.organization_id == ORGANIZATION,
                tables.LeaderboardScore.classroom_id == _decode(scope_id),
                tables.LeaderboardScore.window_kind == window.value,
                tables.Learner.leaderboard_hidden.is_(False),
                tables.Learner.erased_at.is_(None),
            )
            .order_by(tables.LeaderboardScore.points.desc(), tables.Learner.alias, tables.Learner.id)
            .limit(first)
        )
        async with sessions() as session:
            rows = (await session.scalars(found)).all()
        return Leaderboard(entries=_ranked(rows))

    @strawberry.field
    async def classroom(self, id: strawberry.ID) -> Classroom | None:
        async with sessions() as session:
            row = await session.get(tables.Classroom, {"organization_id": ORGANIZATION, "id": _decode(id)})
        return Classroom(name=row.name, key=row.id) if row else None


def _ranked(rows: Sequence[tables.LeaderboardScore]) -> list[LeaderboardEntry]:
    entries: list[LeaderboardEntry] = []
    for place, row in enumerate(rows, 1):
        tied = bool(entries) and entries[-1].score == row.points
        rank = entries[-1].rank if tied else place
        entries.append(LeaderboardEntry(rank=rank, alias=row.learner.alias, score=float(row.points)))
    return entries


async def _context(connection: HTTPConnection) -> Context:
    given = connection.headers.get("x-user")
    return Context(uuid.UUID(given) if given else None)


schema = strawberry.Schema(
    Query,
    Mutation,
    Subscription,
    extensions=[partial(ParserCache, 100), partial(ValidationCache, 100)],
)
app = FastAPI(openapi_url=None)
app.include_router(
    GraphQLRouter[Context, None](schema, graphql_ide=None, context_getter=_context), prefix="/graphql"
)


if __name__ == "__main__":
    serve(app)
