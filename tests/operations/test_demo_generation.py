"""The demo school: its skills, items and people, and what its learners are said to have answered."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from statistics import correlation, mean
from zoneinfo import ZoneInfo

import pytest

from app.content.kinds import ItemKind, check_item, check_response, score
from app.operations.demo.curriculum import CURRICULUM
from app.operations.demo.simulation import School, Simulation, draw_school, simulated_school
from app.operations.demo.stems import STEMS, item_bank

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def generated() -> tuple[School, Simulation]:
    return simulated_school(1, NOW, ZONE)


@pytest.fixture(scope="module")
def school(generated: tuple[School, Simulation]) -> School:
    return generated[0]


@pytest.fixture(scope="module")
def simulation(generated: tuple[School, Simulation]) -> Simulation:
    return generated[1]


@pytest.fixture(scope="module")
def credits(school: School, simulation: Simulation) -> list[bool]:
    items = school.items
    return [
        score(
            items[answer.item_index].kind,
            items[answer.item_index].content,
            items[answer.item_index].answer_key,
            answer.response,
        ).correct
        for answer in simulation.answers
    ]


def test_a_skill_comes_after_its_prerequisites_so_that_the_graph_has_no_cycle() -> None:
    assert len(CURRICULUM) == 120
    known: set[str] = set()
    for skill in CURRICULUM:
        assert set(skill.prerequisites) <= known, skill.code
        assert len(skill.prerequisites) <= 3
        assert 3 <= skill.grade <= 10
        known.add(skill.code)
    assert len(known) == 120
    assert set(STEMS) == known


def test_each_skill_has_twelve_or_thirteen_items_with_different_stems(school: School) -> None:
    stems: dict[int, list[str]] = defaultdict(list)
    for item in school.items:
        stems[item.skill_index].append(item.content["stem"])
    assert len(school.items) == 1_500
    assert {len(of_skill) for of_skill in stems.values()} == {12, 13}
    assert all(len(set(of_skill)) == len(of_skill) for of_skill in stems.values())


def test_every_kind_that_learners_answer_is_there(school: School) -> None:
    counts = Counter(item.kind for item in school.items)
    assert set(counts) == set(ItemKind) - {ItemKind.EXTERNAL, ItemKind.CODE}
    assert min(counts.values()) >= 30


@pytest.mark.parametrize("seed", range(6))
def test_every_item_holds_together_and_its_solution_earns_full_credit(seed: int) -> None:
    for item in item_bank(Random(seed), CURRICULUM):
        check_item(item.kind, item.content, item.answer_key)
        assert score(item.kind, item.content, item.answer_key, item.solution).score == 1.0, item


@pytest.mark.parametrize("seed", range(6))
def test_every_typical_mistake_fits_the_item_and_earns_less(seed: int) -> None:
    for item in item_bank(Random(seed), CURRICULUM):
        assert item.mistakes
        for mistake in item.mistakes:
            check_response(item.kind, item.content, mistake)
            assert score(item.kind, item.content, item.answer_key, mistake).score < 1.0, item


@pytest.mark.parametrize("seed", range(6))
def test_choices_are_at_least_three_and_read_differently(seed: int) -> None:
    for item in item_bank(Random(seed), CURRICULUM):
        if item.kind is ItemKind.MULTIPLE_CHOICE:
            texts = [choice["text"] for choice in item.content["choices"]]
            assert len(texts) in (3, 4), item
            assert len(set(texts)) == len(texts), item


def test_most_wrong_choices_tell_the_learner_what_went_wrong(school: School) -> None:
    told = []
    for item in school.items:
        if item.kind is ItemKind.MULTIPLE_CHOICE:
            wrong = [c["id"] for c in item.content["choices"] if c["id"] != item.answer_key["correct"]]
            told += [choice_id in item.answer_key["feedback"]["choices"] for choice_id in wrong]
    assert mean(told) > 0.85


def test_a_mixed_number_written_without_its_blank_is_another_number(school: School) -> None:
    mixed = [item for item in school.items if " as a mixed number" in item.content["stem"]]
    typed = [item for item in mixed if item.kind is ItemKind.SHORT_TEXT]
    assert typed
    for item in typed:
        closed = {"text": item.solution["text"].replace(" ", "")}
        assert score(item.kind, item.content, item.answer_key, closed).score == 0.0


def test_content_never_holds_the_key(school: School) -> None:
    for item in school.items:
        assert set(item.content) <= {"stem", "choices", "targets", "gaps", "unit"}
        assert json.loads(json.dumps(item.content)) == item.content
        assert json.loads(json.dumps(item.answer_key)) == item.answer_key


def test_items_of_higher_grades_are_harder(school: School) -> None:
    def level(low: int, high: int) -> float:
        return mean(i.difficulty for i in school.items if low <= school.skills[i.skill_index].grade <= high)

    assert level(3, 4) < -0.6 < level(5, 6) < level(7, 8) < level(9, 10)
    assert all(-4 < item.difficulty < 4 for item in school.items)


def test_six_classes_of_thirty_have_the_accounts_the_readme_names(school: School) -> None:
    assert len(school.classes) == 6
    assert Counter(learner.class_index for learner in school.learners) == dict.fromkeys(range(6), 30)
    emails = [learner.account.email for learner in school.learners]
    assert emails == [f"learner{number}@demo.example" for number in range(1, 181)]
    assert (school.teacher.email, school.admin.email) == ("teacher@demo.example", "admin@demo.example")
    assert len({learner.account.name for learner in school.learners}) == 180


def test_the_same_seed_gives_the_same_school_and_another_seed_another(
    generated: tuple[School, Simulation],
) -> None:
    assert simulated_school(1, NOW, ZONE) == generated
    assert draw_school(Random(2)) != generated[0]


def test_about_forty_thousand_answers_in_sixty_days_come_in_time_order(simulation: Simulation) -> None:
    times = [answer.answered_at for answer in simulation.answers]
    assert 36_000 <= len(times) <= 44_000
    assert times == sorted(times)
    assert NOW - timedelta(days=60) < times[0] < NOW - timedelta(days=57)
    assert times[-1] < NOW


def test_an_answer_lies_within_its_session_and_sessions_of_a_learner_do_not_overlap(
    simulation: Simulation,
) -> None:
    answered = {answer.session_index for answer in simulation.answers}
    assert answered == set(range(len(simulation.sessions)))
    for answer in simulation.answers:
        session = simulation.sessions[answer.session_index]
        assert session.learner_index == answer.learner_index
        assert session.started_at < answer.answered_at <= (session.completed_at or NOW)
        assert answer.answered_at - timedelta(milliseconds=answer.duration_ms) >= session.started_at
    of_learner = defaultdict(list)
    for session in simulation.sessions:
        of_learner[session.learner_index].append(session)
    for own in of_learner.values():
        for earlier, later in pairwise(own):
            assert earlier.completed_at is not None
            assert earlier.completed_at <= later.started_at


def test_no_item_is_asked_twice_in_a_session(simulation: Simulation) -> None:
    asked = Counter((answer.session_index, answer.item_index) for answer in simulation.answers)
    assert max(asked.values()) == 1


def test_a_few_learners_are_practising_in_the_last_minutes(simulation: Simulation) -> None:
    live = {session.learner_index for session in simulation.sessions if session.completed_at is None}
    recent = {a.learner_index for a in simulation.answers if a.answered_at > NOW - timedelta(minutes=4)}
    assert len(live) == 7
    assert live <= recent


def test_learners_practise_in_lessons_and_evenings_never_at_night(simulation: Simulation) -> None:
    finished = [session for session in simulation.sessions if session.completed_at is not None]
    local = [session.started_at.astimezone(ZONE) for session in finished]
    assert {moment.hour for moment in local} <= set(range(8, 22))
    weekend = mean(moment.weekday() >= 5 for moment in local)
    assert 0.03 < weekend < 0.15
    assert not any(moment.weekday() >= 5 and moment.hour < 15 for moment in local)


def test_some_learners_have_been_away_lately(school: School, simulation: Simulation) -> None:
    last = {answer.learner_index: answer.answered_at for answer in simulation.answers}
    away = [index for index, learner in enumerate(school.learners) if learner.away_days]
    assert len(away) >= 8
    assert all(NOW - last[index] > timedelta(days=7) for index in away if index in last)


def test_success_rises_with_practice_and_lies_between_chance_and_boredom(
    school: School, simulation: Simulation, credits: list[bool]
) -> None:
    seen: Counter[tuple[int, int]] = Counter()
    early: list[bool] = []
    late: list[bool] = []
    between: list[bool] = []
    for answer, correct in zip(simulation.answers, credits, strict=True):
        key = (answer.learner_index, school.items[answer.item_index].skill_index)
        (early if seen[key] < 3 else late if seen[key] >= 12 else between).append(correct)
        seen[key] += 1
    assert 0.6 < mean(credits) < 0.8
    assert mean(late) - mean(early) > 0.1


def test_recent_success_follows_the_true_state_and_the_difficulty(
    school: School, simulation: Simulation, credits: list[bool]
) -> None:
    recent: dict[tuple[int, int], list[bool]] = defaultdict(list)
    of_item: dict[int, list[bool]] = defaultdict(list)
    for answer, correct in zip(simulation.answers, credits, strict=True):
        of_item[answer.item_index].append(correct)
        if answer.answered_at > NOW - timedelta(days=10):
            recent[answer.learner_index, school.items[answer.item_index].skill_index].append(correct)
    enough = {key: answers for key, answers in recent.items() if len(answers) >= 8}
    level = {
        index: mean(i.difficulty for i in school.items if i.skill_index == index) for index in range(120)
    }
    states = [simulation.true_states[key] - level[key[1]] for key in enough]
    assert len(states) > 200
    assert correlation(states, [mean(answers) for answers in enough.values()]) > 0.5
    asked = [index for index, answers in of_item.items() if len(answers) >= 20]
    ease = [mean(of_item[index]) for index in asked]
    kinds = [school.items[index].difficulty for index in asked]
    assert correlation(kinds, ease) < -0.2


def test_answers_take_seconds_to_minutes(simulation: Simulation) -> None:
    durations = sorted(answer.duration_ms for answer in simulation.answers)
    assert durations[0] >= 1_200
    assert 12_000 < durations[len(durations) // 2] < 30_000
    assert durations[-1] < 15 * 60_000
