"""The time of a sitting as numbers: whatever is done to it, in any order."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.assessments.section_time import SectionTime
from app.assessments.sitting import (
    Sitting,
    due,
    extended,
    locked,
    paused,
    presence_of,
    resumed,
    section_is_over,
    sitting_as_json,
    sitting_from_json,
    started,
    submitted,
    time_is_up,
    unlocked,
)
from app.assessments.states import OVER, SittingState
from app.realtime.presence import Presence

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NEW = Sitting(
    uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3), uuid.UUID(int=4), 1, SittingState.NOT_STARTED,
    Presence.OFFLINE, 4, 600,
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(("wait", "pause", "resume", "extend", "lock", "unlock")), st.integers(0, 200)),
    max_size=20,
)


@given(STEPS)
def test_a_sitting_has_its_base_time_its_extra_time_and_what_it_was_paused(
    steps: list[tuple[str, int]],
) -> None:
    now, sitting = NOON, started(replace(NEW, accommodation_seconds=60), NOON, None)
    stood = timedelta(0)
    for step, seconds in steps:
        now += timedelta(seconds=seconds)
        if sitting.left_when_paused is not None:
            stood += timedelta(seconds=seconds)
        sitting = _moved(step, seconds, due(sitting, now), now)
        assert sitting_from_json(sitting_as_json(sitting)) == replace(sitting, heard_at=None, acted_at=None)
        end = NOON + timedelta(seconds=600 + sitting.extended_seconds) + stood
        if sitting.state in OVER:
            assert sitting.submitted_at is not None
            assert sitting.submitted_at <= now
        elif sitting.left_when_paused is None:
            assert sitting.ends_at == end
        else:
            assert now + sitting.left_when_paused == end


def _moved(step: str, seconds: int, sitting: Sitting, now: datetime) -> Sitting:
    match step:
        case "pause":
            return paused(sitting, now)
        case "resume":
            return resumed(sitting, now)
        case "extend":
            return extended(sitting, seconds, now)
        case "lock":
            return locked(sitting)
        case "unlock":
            return unlocked(sitting)
    return sitting


SECTIONS = (SectionTime("Reading", 2, 200), SectionTime("Sums", 1, 100), SectionTime("Essay", 1, None))


@given(STEPS)
def test_a_section_ends_when_its_time_has_run_and_never_opens_again(steps: list[tuple[str, int]]) -> None:
    now, sitting = NOON, started(replace(NEW, accommodation_seconds=60, sections=SECTIONS), NOON, None)
    stood, over, granted = timedelta(0), [False] * 3, [0] * 3
    for step, seconds in steps:
        now += timedelta(seconds=seconds)
        if sitting.left_when_paused is not None:
            stood += timedelta(seconds=seconds)
        before = due(sitting, now)
        sitting = _moved(step, seconds, before, now)
        if sitting.state in OVER:
            return
        for place in range(3):
            over[place] = over[place] or section_is_over(before, place, now)
            granted[place] += 0 if over[place] else sitting.granted_seconds - before.granted_seconds
            assert section_is_over(sitting, place, now) is over[place]
        own = [200 + 20, 300 + 30, 600 + 60]
        ends = [
            NOON + timedelta(seconds=time + more) + stood for time, more in zip(own, granted, strict=True)
        ]
        assert sitting_from_json(sitting_as_json(sitting)).sections == sitting.sections
        if sitting.ends_at is not None:
            told = [each.ends_at for each in sitting.timed_sections]
            assert [end for end, gone in zip(told, over, strict=True) if not gone] == [
                end for end, gone in zip(ends, over, strict=True) if not gone
            ]


def test_a_section_ends_to_the_microsecond_and_with_the_window() -> None:
    sitting = started(replace(NEW, sections=SECTIONS), NOON, None)
    end = NOON + timedelta(seconds=200)
    assert not section_is_over(sitting, 0, end - timedelta(microseconds=1))
    assert section_is_over(sitting, 0, end)
    cut = started(
        replace(NEW, sections=SECTIONS, accommodation_seconds=60), NOON, NOON + timedelta(seconds=250)
    )
    assert [each.ends_at and (each.ends_at - NOON).total_seconds() for each in cut.timed_sections] == [
        220.0, 280.0, 310.0,
    ]  # fmt: skip


def test_undoing_an_extension_leaves_an_ended_section_where_it_ended() -> None:
    sitting = started(replace(NEW, sections=SECTIONS), NOON, None)
    late = NOON + timedelta(seconds=205)
    longer = extended(sitting, 60, late)
    assert [section_is_over(longer, place, late) for place in range(3)] == [True, False, False]
    assert extended(longer, -60, late + timedelta(seconds=5)) == sitting
    just_before = extended(sitting, 60, end := NOON + timedelta(seconds=199))
    assert not section_is_over(just_before, 0, end + timedelta(seconds=5))
    assert section_is_over(
        extended(just_before, -60, end + timedelta(seconds=5)), 0, end + timedelta(seconds=5)
    )


def test_the_window_cuts_base_time_and_extra_time_comes_behind_it() -> None:
    closes_at = NOON + timedelta(seconds=100)
    assert started(NEW, NOON, closes_at).ends_at == closes_at
    extra = replace(NEW, accommodation_seconds=30, granted_seconds=20)
    assert started(extra, NOON, closes_at).ends_at == closes_at + timedelta(seconds=50)


def test_at_its_end_the_time_is_up_and_not_a_microsecond_before() -> None:
    sitting = started(NEW, NOON, None)
    end = NOON + timedelta(seconds=600)
    assert not time_is_up(sitting, end - timedelta(microseconds=1))
    assert time_is_up(sitting, end)
    assert due(sitting, end + timedelta(minutes=5)).submitted_at == end


def test_what_has_ended_stays_as_it_ended() -> None:
    ended = submitted(started(NEW, NOON, None), NOON + timedelta(seconds=5))
    later = NOON + timedelta(seconds=9)
    for moved in (paused(ended, later), resumed(ended, later), extended(ended, 60, later), locked(ended)):
        assert moved == ended


def test_presence_follows_silence_and_idleness() -> None:
    sitting = replace(started(NEW, NOON, None), heard_at=NOON, acted_at=NOON)
    at = {seconds: presence_of(sitting, NOON + timedelta(seconds=seconds)) for seconds in (19, 20, 599, 600)}
    assert at == {19: "ONLINE", 20: "MISSING", 599: "MISSING", 600: "OFFLINE"}
    heard = replace(sitting, heard_at=NOON + timedelta(seconds=119))
    assert presence_of(heard, NOON + timedelta(seconds=119)) is Presence.ONLINE
    assert presence_of(heard, NOON + timedelta(seconds=120)) is Presence.IDLE
