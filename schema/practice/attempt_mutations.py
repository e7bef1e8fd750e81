"""Recording attempts: one answer at once, or the answers of a device that was off-line."""

from types import SimpleNamespace
from typing import Any

import strawberry

from app.access.policies import of_learner, signed_in, with_object
from app.content.repository import items_by_id
from app.kit.turns import Turns
from app.mastery.repository import changes_by_attempt
from app.practice.batch_recording import MOST_ENTRIES, EntryResult, check_count, record_attempts
from app.practice.recorded import Recorded
from app.practice.recording import learner_lock, record_attempt
from app.practice.repository import attempts_by_id, sessions_by_id
from app.practice.unlocked_recording import record_unlocked
from schema.context import Info
from schema.directives import ListSize
from schema.engine.declarations import edge, leaf, payload_type
from schema.errors import UserError, user_error
from schema.mutations import mutation, payload
from schema.practice.attempt_inputs import (
    RecordAttemptInput,
    RecordAttemptsInput,
    read_answer,
    read_entry,
)
from schema.practice.types import Attempt, PracticeSession

# A class that answers the same item at the same moment: each would be overtaken by the others.
_ITEMS = Turns()


@payload_type("The attempt as it was judged, or why it could not be recorded.")
class RecordAttemptPayload:
    attempt: Attempt | None = edge(
        attempts_by_id, key="attempt_id", policy=of_learner, description="The attempt with its score."
    )
    session: PracticeSession | None = edge(
        sessions_by_id, key="session_id", policy=of_learner, description="The session, with its next item."
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@payload_type("What became of one answer.")
class RecordAttemptResult:
    index: int = leaf("The answer's place in the input, from 0.")
    attempt: Attempt | None = edge(
        attempts_by_id, key="attempt_id", policy=of_learner, description="The attempt with its score."
    )
    replayed: bool = leaf("Whether an earlier request, or an earlier entry, had recorded it.")
    user_errors: list[UserError] = leaf("What to correct in this entry.", list_size=5)


@payload_type("What became of each answer.")
class RecordAttemptsPayload:
    results: list[RecordAttemptResult] = leaf(
        "One for each entry, in the order of the input.",
        list_size=ListSize(slicing_arguments=["input.attempts"]),
    )
    user_errors: list[UserError] = leaf("What to correct in the request as a whole.", list_size=10)


@strawberry.type
class AttemptMutations:
    @mutation("Record an answer: scored at once, with what it changed.", gate=signed_in)
    async def record_attempt(self, info: Info, input: RecordAttemptInput) -> RecordAttemptPayload:
        answer, context = read_answer(input), info.context
        recorded, principal = None, context.principal
        if principal.learner_id is not None:
            # By organization too: an id that is made up or another school's must hold up nobody there.
            async with _ITEMS.of((principal.organization_id, answer.item_id)):
                recorded = await context.change(record_unlocked, answer)
        if recorded is None:
            recorded = await context.write_first(_lock(info), record_attempt, answer)
        if recorded.now is not None:
            _prime(info, recorded.now)
        return payload(attempt_id=recorded.attempt_id, session_id=recorded.session_id)

    @mutation(
        "Record the answers of a device that was off-line.",
        gate=signed_in,
        empty=("results",),
        most_entries=MOST_ENTRIES,
    )
    async def record_attempts(self, info: Info, input: RecordAttemptsInput) -> RecordAttemptsPayload:
        check_count(input.attempts)
        entries = [read_entry(each) for each in input.attempts]
        results = await info.context.write_first(_lock(info), record_attempts, entries)
        return payload(results=[_result(each) for each in results])


def _lock(info: Info) -> str:
    learner_id = info.context.principal.learner_id
    return learner_lock(learner_id) if learner_id is not None else ""


def _prime(info: Info, now: Recorded) -> None:
    """Answer from what was written: the session is the principal's own, and so is the attempt."""
    loaders = info.context.loaders
    loaders.prime(attempts_by_id, of_learner, now.attempt.id, now.attempt)
    loaders.prime(changes_by_attempt, of_learner, now.attempt.id, now.changes)
    loaders.prime(sessions_by_id, of_learner, now.session.id, now.session)
    if now.next_item is not None:
        loaders.prime(items_by_id, with_object, now.next_item.id, now.next_item)


def _result(found: EntryResult) -> Any:
    recorded = found.recorded
    return SimpleNamespace(
        index=found.index,
        attempt_id=recorded.attempt_id if recorded else None,
        replayed=recorded.replayed if recorded else False,
        user_errors=[user_error(found.error)] if found.error else [],
    )
