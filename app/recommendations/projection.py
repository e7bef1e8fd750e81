"""Recommendations kept current: made anew for each learner whom an event touches, once a batch."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from app.kit.database import Row, UnitOfWork
from app.kit.ids import encode, from_hex, new_id
from app.kit.statements import sql
from app.practice.selection import POLICIES, Prospects, read_prospects
from app.practice.session_kind import SessionKind
from app.realtime.consumers import LoggedEvent
from app.recommendations.catalogue import Catalogue, catalogues, mastery_of, standings
from app.recommendations.wording import reason_sentence
from app.science.mastery_model import model_names
from app.science.recommendation import Recommendation, RecommendationKind, recommendations

MOST_KEPT = 10
"""How many a learner has at a time."""
DISMISSED_FOR = timedelta(days=7)
"""How long what a learner dismissed is not recommended again."""

_LEARNERS = sql("""
    SELECT l.id, l.organization_id, o.time_zone, s.model, s.state
    FROM learner l JOIN organization o ON o.id = l.organization_id
    LEFT JOIN learner_state s ON s.organization_id = l.organization_id AND s.learner_id = l.id
    WHERE l.id = ANY(:learners) AND l.erased_at IS NULL
""")
_ANSWERS = sql("""
    SELECT a.learner_id, sum(a.attempt_count)::int AS total
    FROM unnest(:learners::uuid[], :since::timestamptz[]) AS k(learner_id, since)
    JOIN learner_activity a ON a.learner_id = k.learner_id AND a.slot >= k.since
    GROUP BY 1
""")
_KNOWN = sql("""
    SELECT id, learner_id, kind, skill_id, item_id, superseded_at, answer FROM recommendation
    WHERE learner_id = ANY(:learners)
      AND (superseded_at IS NULL OR (answer = 'DISMISSED' AND answered_at > :dismissed_since))
    FOR UPDATE
""")
_SUPERSEDE = sql("UPDATE recommendation SET superseded_at = :now WHERE id = ANY(:ids)")
_REFRESH = sql("""
    UPDATE recommendation r SET rank = g.rank, priority = g.priority, expected_gain = g.expected_gain,
      reason = g.reason, based_on = g.based_on::jsonb, item_id = g.item_id
    FROM unnest(:ids::uuid[], :items::uuid[], :ranks::int[], :priorities::text[], :gains::float8[],
                :reasons::text[], :bases::text[])
      AS g(id, item_id, rank, priority, expected_gain, reason, based_on)
    WHERE r.id = g.id AND (r.rank, r.priority, r.reason, r.item_id)
      IS DISTINCT FROM (g.rank, g.priority, g.reason, g.item_id)
""")
_ADD = sql("""
    INSERT INTO recommendation (organization_id, id, learner_id, kind, skill_id, item_id, rank, priority,
                                expected_gain, reason, based_on, created_at)
    SELECT g.organization_id, g.id, g.learner_id, g.kind, g.skill_id, g.item_id, g.rank, g.priority,
           g.expected_gain, g.reason, g.based_on::jsonb, :now
    FROM unnest(:organizations::uuid[], :ids::uuid[], :learners::uuid[], :kinds::text[], :skills::uuid[],
                :items::uuid[], :ranks::int[], :priorities::text[], :gains::float8[], :reasons::text[],
                :bases::text[])
      AS g(organization_id, id, learner_id, kind, skill_id, item_id, rank, priority, expected_gain, reason,
           based_on)
""")


class Wanted(NamedTuple):
    """A recommendation to be stored, in the order of the columns; `based_on` is JSON text."""

    organization_id: uuid.UUID
    id: uuid.UUID
    learner_id: uuid.UUID
    kind: str
    skill_id: uuid.UUID | None
    item_id: uuid.UUID | None
    rank: int
    priority: str
    expected_gain: float | None
    reason: str
    based_on: str


class Recommendations:
    """Makes recommendations anew for the learners whom events touch."""

    name = "recommendations"
    kinds = frozenset({"attempts.recorded", "session.changed"})
    gather = 1.0

    async def handle(self, work: UnitOfWork, events: Sequence[LoggedEvent]) -> None:
        """Recommend once for each learner of the batch."""
        answered: defaultdict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
        for event in events:
            of_learner = answered[from_hex(event.payload["learner"])]
            of_learner.update(from_hex(each["item"]) for each in event.payload.get("attempts", ()))
        await recommend(work, answered)


async def recommend(work: UnitOfWork, answered: Mapping[uuid.UUID, Collection[uuid.UUID]]) -> None:
    """Replace the learners' recommendations by what follows from their mastery now.

    `answered` has the items that each of them answered just now. One that stays right keeps its id, and its
    item until that is answered. Answered ones stay as they are; what was dismissed is not recommended
    again for a week.
    """
    learners = await work.fetch(_LEARNERS, learners=sorted(answered))
    known: defaultdict[uuid.UUID, list[Row]] = defaultdict(list)
    rows = await work.fetch(
        _KNOWN, learners=[row.id for row in learners], dismissed_since=work.now - DISMISSED_FOR
    )
    for row in rows:
        known[row.learner_id].append(row)
    wanted = await _wanted(work, learners, known)
    current = {_pair(row): row for row in rows if row.superseded_at is None}
    staying, new = [], []
    for each in wanted:
        known_as = current.get(_pair(each))
        if known_as is None:
            new.append(each)
        else:
            staying.append(each._replace(id=known_as.id, item_id=known_as.item_id))
    states = {row.id: row for row in learners}
    new = await _with_items(work, states, new)
    over = [each for each in staying if each.item_id in answered[each.learner_id]]
    again = {each.id: each for each in await _with_items(work, states, over)}
    staying = [again.get(each.id, each) for each in staying]
    kept = {each.id for each in staying}
    await work.execute(
        _SUPERSEDE, ids=[row.id for row in current.values() if row.id not in kept], now=work.now
    )
    await work.execute(_REFRESH, **_columns(staying))
    await work.execute(_ADD, **_columns(new), now=work.now)


async def _with_items(
    work: UnitOfWork, learners: Mapping[uuid.UUID, Row], given: Sequence[Wanted]
) -> list[Wanted]:
    """Recommendations with an item to begin with, as a session of the skill would choose it.

    A statement or two for each learner, not for each recommendation. Among items that suit alike it is the
    one of the lowest id: what is written here follows from the events alone.
    """
    of_learner: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for each in given:
        if each.skill_id is not None:
            of_learner[each.learner_id].append(each.skill_id)
    prospects = {}
    for learner_id, skill_ids in of_learner.items():
        row = learners[learner_id]
        prospects[learner_id] = await read_prospects(
            work,
            tenant=row.organization_id,
            learner_id=learner_id,
            learner_state=row.state if row.model == model_names()[0] else None,
            skill_ids=skill_ids,
        )
    return [
        each._replace(item_id=_item(prospects[each.learner_id], each, work.now)) if each.skill_id else each
        for each in given
    ]


def _item(prospects: Prospects, wanted: Wanted, now: datetime) -> uuid.UUID | None:
    kind = SessionKind.ADAPTIVE_TEST if wanted.kind == RecommendationKind.ASSESS else SessionKind.PRACTICE
    skill_ids = [wanted.skill_id] if wanted.skill_id else []
    return POLICIES[kind].choose(prospects, skill_ids, now.timestamp(), 0.0)


async def _wanted(
    work: UnitOfWork, learners: Sequence[Row], known: Mapping[uuid.UUID, Sequence[Row]]
) -> list[Wanted]:
    of_organization = await catalogues(work, {row.organization_id for row in learners})
    practised = await mastery_of(work, [row.id for row in learners])
    answers = await _answers_today(work, learners)
    wanted = []
    for learner in learners:
        catalogue = of_organization[learner.organization_id]
        mine = practised.get(learner.id, {})
        dismissed = {_pair(row) for row in known.get(learner.id, ()) if row.answer == "DISMISSED"}
        found = recommendations(
            standings(catalogue, mine, work.now), catalogue.edges, answers_today=answers.get(learner.id, 0)
        )
        rows = [_row(learner, advice, catalogue, mine) for advice in found]
        open_ones = [row for row in rows if _pair(row) not in dismissed][:MOST_KEPT]
        wanted += [row._replace(rank=place) for place, row in enumerate(open_ones)]
    return wanted


async def _answers_today(work: UnitOfWork, learners: Sequence[Row]) -> dict[uuid.UUID, int]:
    rows = await work.fetch(
        _ANSWERS,
        learners=[row.id for row in learners],
        since=[_midnight(row.time_zone, work.now) for row in learners],
    )
    return {row.learner_id: row.total for row in rows}


def _midnight(zone: str, now: datetime) -> datetime:
    return now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def _row(
    learner: Row, advice: Recommendation, catalogue: Catalogue, practised: Mapping[uuid.UUID, Row]
) -> Wanted:
    basis = [from_hex(skill) for skill in advice.basis]
    names = {skill.hex: catalogue.skills[skill].name for skill in basis}
    return Wanted(
        organization_id=learner.organization_id,
        id=new_id(),
        learner_id=learner.id,
        kind=advice.kind,
        skill_id=from_hex(advice.skill_id) if advice.skill_id else None,
        item_id=None,
        rank=0,
        priority=advice.priority,
        expected_gain=advice.expected_gain,
        reason=reason_sentence(advice, names),
        based_on=orjson.dumps(
            [
                encode("mst", practised[skill].id) if skill in practised else encode("skl", skill)
                for skill in basis
            ]
        ).decode(),
    )


def _pair(row: Row | Wanted) -> tuple[uuid.UUID, str, uuid.UUID | None]:
    """What makes two recommendations the same: learner, kind and skill."""
    return row.learner_id, str(row.kind), row.skill_id


def _columns(rows: Sequence[Wanted]) -> dict[str, list[Any]]:
    names = (
        "organizations",
        "ids",
        "learners",
        "kinds",
        "skills",
        "items",
        "ranks",
        "priorities",
        "gains",
        "reasons",
        "bases",
    )
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return {name: list(column) for name, column in zip(names, columns, strict=True)}
