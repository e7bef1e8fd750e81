"""Recording the answers of a device that was off-line: each judged by itself, all written together.

The order of the input is the order of arrival. One entry that is refused leaves the others alone.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from app.access.principal import Principal
from app.kit.database import UnitOfWork
from app.kit.errors import BadInput, DomainError, ErrorReason
from app.kit.statements import sql
from app.practice.answer import Answer, check_answer
from app.practice.answer_scoring import AskedItem, OpenSession, scored
from app.practice.attempt_writer import write_attempts
from app.practice.folding import JudgedAttempt, NewAttempt, fold
from app.practice.recording import RecordedAnswer, choose_next_item, replayed, used_keys
from app.practice.states import States, load_states

MOST_ENTRIES = 500
MUTATION = "recordAttempts"

_SESSIONS = sql("""
    SELECT id, learner_id, classroom_id, kind, state, skill_ids, started_at, next_item_id, attempt_count,
           last_attempt_at
    FROM practice_session
    WHERE id = ANY(:ids) AND learner_id = :learner_id ORDER BY id FOR NO KEY UPDATE
""")
_ITEMS = sql("""
    SELECT g.place, i.id, i.kind, coalesce(i.retired_at, i.withheld_at) AS retired_at,
           v.version, v.content, v.answer_key,
           ARRAY(SELECT x.skill_id FROM item_skill x
                 WHERE x.organization_id = i.organization_id AND x.item_id = i.id) AS skill_ids
    FROM unnest(:ids::uuid[], :versions::int[]) WITH ORDINALITY AS g(id, version, place)
    JOIN item i ON i.organization_id = :tenant AND i.id = g.id
    LEFT JOIN item_version v ON v.organization_id = i.organization_id AND v.item_id = i.id
      AND v.version = coalesce(g.version, i.version)
""")
_KEYS = sql("""
    SELECT key, digest, result FROM idempotency_key
    WHERE user_id = :user_id AND mutation = :mutation AND key = ANY(:keys)
""")

Entry = Answer | DomainError
"""An answer, or why it could not even be read."""


@dataclass(frozen=True, slots=True)
class EntryResult:
    """What became of one entry: recorded (now or before), or refused with an error."""

    index: int
    recorded: RecordedAnswer | None
    error: DomainError | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is looked up for a whole batch."""

    sessions: dict[uuid.UUID, OpenSession]
    items: dict[tuple[uuid.UUID, int | None], AskedItem]
    keys: dict[str, tuple[bytes, dict[str, str]]]


async def record_attempts(
    work: UnitOfWork, principal: Principal, entries: Sequence[Entry]
) -> list[EntryResult]:
    """Record answers of the principal; a result for each entry, paths from the input's root.

    Within a unit of work opened with `learner_lock`. BadInput for more than 500 entries: nothing is recorded.
    """
    check_count(entries)
    answers = [entry for entry in entries if isinstance(entry, Answer)]
    known = await _look_up(work, principal, answers)
    results: list[EntryResult | None] = [None] * len(entries)
    accepted: list[tuple[int, Answer, NewAttempt]] = []
    repeats: list[tuple[int, int]] = []
    first_of: dict[str, tuple[int, bytes]] = {}
    for index, entry in enumerate(entries):
        try:
            found = _accept(work, known, first_of, index, entry)
        except DomainError as error:
            error.path = ("attempts", str(index), *error.path)
            results[index] = EntryResult(index, None, error)
            continue
        if isinstance(found, RecordedAnswer):
            results[index] = EntryResult(index, found)
        elif isinstance(found, int):
            repeats.append((index, found))
        elif isinstance(entry, Answer):
            accepted.append((index, entry, found))
    for index, recorded in await _write(work, principal, known, accepted):
        results[index] = EntryResult(index, recorded)
    for index, first in repeats:
        earlier = results[first]
        if earlier is not None and earlier.recorded is not None:
            again = RecordedAnswer(earlier.recorded.attempt_id, earlier.recorded.session_id, replayed=True)
            results[index] = EntryResult(index, again)
    return [result for result in results if result is not None]


def check_count(entries: Sequence[object]) -> None:
    """BadInput for more entries than one request may have."""
    if len(entries) > MOST_ENTRIES:
        message = f"At most {MOST_ENTRIES} attempts at once; send the rest in another request."
        raise BadInput(message, reason=ErrorReason.TOO_MANY_ENTRIES, path=("attempts",))


def _accept(
    work: UnitOfWork, known: _Known, first_of: dict[str, tuple[int, bytes]], index: int, entry: Entry
) -> NewAttempt | RecordedAnswer | int:
    """The attempt to record, what was recorded before, or the place of the same answer in this batch."""
    if isinstance(entry, DomainError):
        raise entry
    check_answer(entry, work.now)
    key = entry.idempotency_key
    if key is not None:
        if key in known.keys:
            return replayed(*known.keys[key], entry.digest())
        if key in first_of:
            place, digest = first_of[key]
            replayed(digest, _NOWHERE, entry.digest())
            return place
    session = known.sessions.get(entry.session_id)
    attempt = scored(entry, session, known.items.get((entry.item_id, entry.item_version)), work.now)
    if key is not None:
        first_of[key] = index, entry.digest()
    return attempt


_NOWHERE = {"attempt": uuid.UUID(int=0).hex, "session": uuid.UUID(int=0).hex}


async def _look_up(work: UnitOfWork, principal: Principal, answers: Sequence[Answer]) -> _Known:
    if principal.learner_id is None:
        return _Known({}, {}, {})  # nobody's session is theirs
    session_ids = list({answer.session_id for answer in answers})
    sessions = await work.fetch(_SESSIONS, ids=session_ids, learner_id=principal.learner_id)
    versions = list({(answer.item_id, answer.item_version): None for answer in answers})
    items = await work.fetch(
        _ITEMS,
        tenant=work.tenant,
        ids=[each for each, _ in versions],
        versions=[each for _, each in versions],
    )
    given = [answer.idempotency_key for answer in answers if answer.idempotency_key is not None]
    keys = await work.fetch(
        _KEYS, user_id=principal.user_id, mutation=MUTATION, keys=[key for key in given if "\0" not in key]
    )
    return _Known(
        {row.id: OpenSession(*row.values()) for row in sessions},
        {
            versions[row.place - 1]: AskedItem(
                row.id, row.kind, row.retired_at, row.skill_ids, row.version, row.content, row.answer_key
            )
            for row in items
        },
        {row.key: (row.digest, row.result) for row in keys},
    )


async def _write(
    work: UnitOfWork,
    principal: Principal,
    known: _Known,
    accepted: Sequence[tuple[int, Answer, NewAttempt]],
) -> list[tuple[int, RecordedAnswer]]:
    if not accepted:
        return []
    attempts = [attempt for _, _, attempt in accepted]
    states = await load_states(work, {(each.learner_id, each.item_id) for each in attempts})
    judged = fold(states, attempts)
    recorded = [
        (index, answer, RecordedAnswer(each.id, answer.session_id))
        for (index, answer, _), each in zip(accepted, judged, strict=True)
    ]
    classrooms = {session.id: session.classroom_id for session in known.sessions.values()}
    keys = used_keys(principal, MUTATION, [(answer, each) for _, answer, each in recorded])
    await write_attempts(work, states, judged, classrooms=classrooms, keys=keys)
    await _choose_next_items(work, known, states, judged)
    return [(index, each) for index, _, each in recorded]


async def _choose_next_items(
    work: UnitOfWork, known: _Known, states: States, judged: Sequence[JudgedAttempt]
) -> None:
    answered: dict[uuid.UUID, set[uuid.UUID]] = {}
    for each in judged:
        if each.attempt.session_id is not None:
            answered.setdefault(each.attempt.session_id, set()).add(each.attempt.item_id)
    for session_id, item_ids in answered.items():
        session = known.sessions[session_id]
        if session.next_item_id is None or session.next_item_id in item_ids:
            await choose_next_item(work, session, states)
