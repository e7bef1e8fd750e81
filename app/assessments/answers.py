"""Saving an answer: once for each number, in order, until the time is up by the server's clock.

Four round trips: the sitting's lock comes with the opening of the transaction, one statement reads all that
is needed, one writes everything, and the commit.
"""

import uuid
from dataclasses import replace
from datetime import timedelta

from app.access.principal import Principal
from app.assessments.answer import GivenAnswer
from app.assessments.changes import Changes
from app.assessments.form import FormItem, in_order_of
from app.assessments.incidents import lasting
from app.assessments.sitting import COLUMNS, Sitting, heard, section_is_over, sitting_of, time_is_up
from app.assessments.sittings import note_address
from app.assessments.states import BEFORE_START, ExamIncidentKind, SittingState
from app.content.kinds import ItemKind, ResponseInvalid, check_response
from app.kit.database import Row, UnitOfWork
from app.kit.errors import BadInput, Conflict, ErrorReason, not_found
from app.kit.statements import sql
from app.practice.answer import camel, check_size
from app.realtime.presence import Presence

MOST_ANSWERS = 5_000
"""Answers of one sitting, counting each change of an answer."""
BURST, BURST_WITHIN = 5, timedelta(seconds=10)
"""So many items answered for the first time within that are told as an incident."""

_FACTS = sql(f"""
    SELECT {", ".join(f"s.{name}" for name in COLUMNS)},
           a.shuffle_items, i.kind, v.version, v.content,
           x.item_ids, x.item_sections, k.digest,
           EXISTS (SELECT FROM exam_answer b WHERE b.sitting_id = s.id AND b.item_id = :item_id) AS again,
           (SELECT count(DISTINCT b.item_id) FROM exam_answer b
            WHERE b.sitting_id = s.id AND b.saved_at > :since AND b.item_id <> :item_id) AS lately
    FROM exam_sitting s
    JOIN exam e ON e.organization_id = s.organization_id AND e.id = s.exam_id
    JOIN assessment a ON a.organization_id = e.organization_id AND a.id = e.assessment_id
    CROSS JOIN LATERAL (
      SELECT array_agg(y.item_id ORDER BY y.position) AS item_ids,
             array_agg(y.section ORDER BY y.position) AS item_sections
      FROM assessment_item y
      WHERE y.organization_id = a.organization_id AND y.assessment_id = a.id) x
    LEFT JOIN assessment_item m
      ON m.organization_id = a.organization_id AND m.assessment_id = a.id AND m.item_id = :item_id
    LEFT JOIN item i ON i.organization_id = m.organization_id AND i.id = m.item_id
    LEFT JOIN item_version v
      ON v.organization_id = m.organization_id AND v.item_id = m.item_id AND v.version = m.item_version
    LEFT JOIN exam_answer k
      ON k.organization_id = s.organization_id AND k.sitting_id = s.id AND k.sequence = :sequence
    WHERE s.id = :sitting_id AND s.learner_id = :learner_id
    FOR NO KEY UPDATE OF s
""")


async def save_answer(work: UnitOfWork, principal: Principal, given: GivenAnswer, address: str) -> int:
    """Save an answer; the number of the last one saved. The same number and answer again change nothing.

    The sitting has been locked by the opening of the unit of work (`sitting_lock`): what is read beside a
    row that is waited for is not read again. Another's sitting is not found.
    Conflict with the reason when the sitting or the item's section takes no answers, the number was used for
    another answer, or an earlier one is missing; BadInput when the response does not fit the item.
    """
    if given.sequence < 1:
        raise BadInput("The first answer has the number 1.", path=("sequence",))
    check_size(given.response)
    facts = await work.fetch_one(
        _FACTS, sitting_id=given.sitting_id, learner_id=principal.learner_id, item_id=given.item_id,
        sequence=given.sequence, since=work.now - BURST_WITHIN,
    )  # fmt: skip
    if facts is None:
        raise not_found("sitting", "sittingId")
    sitting = sitting_of(facts)
    _check_device(sitting, given)
    if facts.digest is not None:
        _check_same(facts, given)
        return sitting.last_sequence
    _check_takes_answers(sitting, work)
    _check_sequence(sitting, given)
    _check_section(sitting, facts, given, work)
    _check_response(facts, given)
    changes = Changes(work, [sitting])
    changes.answer(given)
    await _move(changes, sitting, facts, given, address)
    await changes.keep()
    return given.sequence


async def _move(changes: Changes, sitting: Sitting, facts: Row, given: GivenAnswer, address: str) -> None:
    new = not facts.again
    changes.move(
        replace(
            heard(sitting, changes.work.now, acted=True),
            answered_count=sitting.answered_count + new,
            last_sequence=given.sequence,
            current_item_number=_number(sitting.id, facts, given.item_id),
        )
    )
    burst = new and facts.lately == BURST - 1
    if burst or sitting.presence in (Presence.MISSING, Presence.OFFLINE):
        known = await lasting(changes.work, [sitting.id])
        changes.end_incident(sitting.id, ExamIncidentKind.DISCONNECTED, known)
        if burst:
            changes.raise_incident(sitting.id, ExamIncidentKind.ANSWER_BURST, known)
    await note_address(changes, sitting, address)


def _number(sitting_id: uuid.UUID, facts: Row, item_id: uuid.UUID) -> int:
    """The item's place in this sitting, from 1."""
    places = zip(facts.item_ids, facts.item_sections, strict=True)
    items = [FormItem(item, section, "", 0, {}) for item, section in places]
    order = [each.item_id for each in in_order_of(sitting_id, items, facts.shuffle_items)]
    return order.index(item_id) + 1


def _check_device(sitting: Sitting, given: GivenAnswer) -> None:
    if sitting.joined_at is not None and sitting.device_id != given.device_id:
        message = "This sitting goes on at another device; join the exam here to take it up again."
        raise Conflict(message, reason=ErrorReason.SITTING_TAKEN_OVER, path=("deviceId",))


def _check_same(facts: Row, given: GivenAnswer) -> None:
    if facts.digest != given.digest():
        message = "This number came before with another answer; give the next one a number of its own."
        raise Conflict(message, reason=ErrorReason.SEQUENCE_REUSED, path=("sequence",))


_REFUSALS = {
    SittingState.PAUSED: (ErrorReason.SITTING_PAUSED, "The sitting is paused; send it when it goes on."),
    SittingState.LOCKED: (ErrorReason.SITTING_LOCKED, "The sitting is locked; ask a teacher to unlock it."),
    SittingState.SUBMITTED: (ErrorReason.SITTING_SUBMITTED, "This sitting has been submitted."),
    SittingState.FORCE_SUBMITTED: (ErrorReason.SITTING_SUBMITTED, "A teacher has submitted this sitting."),
    SittingState.CLOSED: (ErrorReason.EXAM_CLOSED, "This exam has closed."),
}  # fmt: skip


def _check_takes_answers(sitting: Sitting, work: UnitOfWork) -> None:
    if sitting.state in BEFORE_START:
        message = "This exam has not begun for you; join it, or wait until it opens."
        raise Conflict(message, reason=ErrorReason.EXAM_NOT_OPEN, path=("sittingId",))
    if time_is_up(sitting, work.now):
        message = "The time of this sitting is up; what was saved counts."
        raise Conflict(message, reason=ErrorReason.TIME_IS_UP, path=("sittingId",))
    if sitting.state is not SittingState.ACTIVE:
        reason, message = _REFUSALS[sitting.state]
        raise Conflict(message, reason=reason, path=("sittingId",))


def _check_sequence(sitting: Sitting, given: GivenAnswer) -> None:
    following = sitting.last_sequence + 1
    if given.sequence != following:
        message = f"The next answer has the number {following}; send the earlier ones first."
        raise Conflict(message, reason=ErrorReason.OUT_OF_SEQUENCE, path=("sequence",))
    if given.sequence > MOST_ANSWERS:
        message = f"A sitting takes at most {MOST_ANSWERS:,} answers, counting each change."
        raise BadInput(message, reason=ErrorReason.TOO_MANY_ENTRIES, path=("sequence",))


def _check_section(sitting: Sitting, facts: Row, given: GivenAnswer, work: UnitOfWork) -> None:
    if given.item_id not in facts.item_ids:
        return
    section = facts.item_sections[facts.item_ids.index(given.item_id)]
    if section_is_over(sitting, section, work.now):
        message = "The time of this item's section is up; what was saved counts. Go on with the next section."
        raise Conflict(message, reason=ErrorReason.SECTION_CLOSED, path=("itemId",))


def _check_response(facts: Row, given: GivenAnswer) -> None:
    if facts.version is None:
        raise not_found("item of this exam", "itemId")
    try:
        check_response(ItemKind(facts.kind), facts.content, given.response)
    except ResponseInvalid as error:
        if error.mismatch:
            reason = ErrorReason.RESPONSE_KIND_MISMATCH
            raise BadInput(error.message, reason=reason, path=("response",)) from None
        raise BadInput(error.message, path=("response", *map(camel, error.path))) from None
