"""Starting, pausing, resuming and completing practice sessions."""

import secrets
import uuid
from typing import Any

import strawberry

from app.access.policies import of_learner, signed_in
from app.access.principal import Principal
from app.kit.database import UnitOfWork
from app.practice import sessions
from app.practice.repository import sessions_by_id
from schema.context import Info, read_id
from schema.engine.declarations import edge, leaf, payload_type
from schema.errors import UserError
from schema.mutations import mutation, payload
from schema.practice.states import SessionKind
from schema.practice.types import PracticeSession

_chance = secrets.SystemRandom().random


@strawberry.input(description="A new practice session of oneself.")
class StartPracticeSessionInput:
    kind: SessionKind = strawberry.field(
        default=SessionKind.PRACTICE, description="How the session chooses its items."
    )
    skill_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="What to practise, at most 20; left out, what is best done now."
    )
    classroom_id: strawberry.ID | None = strawberry.field(
        default=None, description="The class it is for, one that oneself attends."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="Makes a repeated request give the first result."
    )


@strawberry.input(description="One of one's own practice sessions.")
class PracticeSessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session.")


@payload_type("A practice session, or why it could not be changed.")
class PracticeSessionPayload:
    session: PracticeSession | None = edge(
        sessions_by_id, key="session_id", policy=of_learner, description="The session as it is now."
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@strawberry.type
class SessionMutations:
    @mutation("Start a practice session of oneself, its first item chosen.", gate=signed_in)
    async def start_practice_session(
        self, info: Info, input: StartPracticeSessionInput
    ) -> PracticeSessionPayload:
        classroom_id = (
            read_id(input.classroom_id, "cls", "classroom", "classroomId") if input.classroom_id else None
        )
        skill_ids = [
            read_id(each, "skl", "skill", "skillIds", str(index))
            for index, each in enumerate(input.skill_ids or [])
        ]
        made = await info.context.write_once(
            "startPracticeSession", input, _start, input.kind, skill_ids, classroom_id
        )
        return payload(session_id=uuid.UUID(made["session_id"]))

    @mutation("Pause a practice session; it keeps its next item.", gate=signed_in)
    async def pause_practice_session(self, info: Info, input: PracticeSessionInput) -> PracticeSessionPayload:
        return payload(session_id=await info.context.write(sessions.pause_session, _session_id(input)))

    @mutation(
        "Take up a practice session again; a next item that was retired meanwhile is replaced.",
        gate=signed_in,
    )
    async def resume_practice_session(
        self, info: Info, input: PracticeSessionInput
    ) -> PracticeSessionPayload:
        session_id = await info.context.write(sessions.resume_session, _session_id(input), _chance())
        return payload(session_id=session_id)

    @mutation("Complete a practice session, for good.", gate=signed_in)
    async def complete_practice_session(
        self, info: Info, input: PracticeSessionInput
    ) -> PracticeSessionPayload:
        return payload(session_id=await info.context.write(sessions.complete_session, _session_id(input)))


def _session_id(given: PracticeSessionInput) -> uuid.UUID:
    return read_id(given.session_id, "pss", "practice session", "sessionId")


async def _start(
    work: UnitOfWork,
    principal: Principal,
    kind: SessionKind,
    skill_ids: list[uuid.UUID],
    classroom_id: uuid.UUID | None,
) -> dict[str, Any]:
    session_id = await sessions.start_session(work, principal, kind, skill_ids, classroom_id, _chance())
    return {"session_id": session_id.hex}
