"""The difficulty that mastery is stated on follows the items of the skill."""

from app.kit.statements import sql
from app.mastery.references import ReferenceDifficulties
from app.realtime.consumers import drain
from tests.client import School
from tests.mastery.curriculum import tenant_of
from tests.practice.learner_at_work import LearnerAtWork

REFERENCES = sql("""
    SELECT s.reference_difficulty AS now, percentile_cont(0.5) WITHIN GROUP (ORDER BY p.difficulty) AS median
    FROM skill s JOIN item_skill x ON x.skill_id = s.id JOIN item_parameter p ON p.item_id = x.item_id
    WHERE p.evidence_count > 0 GROUP BY s.id, s.code, s.reference_difficulty ORDER BY s.code
""")
LEVELS = "{ viewer { learner { mastery { nodes { skill { code } probability level } } } } }"


async def test_the_reference_is_the_median_of_the_items_that_were_answered(school: School) -> None:
    ada = await LearnerAtWork.begin(school)
    for number in range(5):
        await ada.record(number)
    await drain(school.runtime.maintenance, [ReferenceDifficulties()])

    async with school.runtime.database.reader(tenant_of(school)) as reader:
        rows = await reader.fetch(REFERENCES)

    assert [row.now for row in rows] == [row.median for row in rows]
    assert all(row.now < -0.5 for row in rows), "items that were answered right are easy ones"


async def test_a_learner_who_is_always_right_masters_the_skill(school: School) -> None:
    ada = await LearnerAtWork.begin(school, items=20)
    for number in range(20):
        await ada.record(number)
    before = await ada.learner.ask(LEVELS)
    await drain(school.runtime.maintenance, [ReferenceDifficulties()])
    after = await ada.learner.ask(LEVELS)

    def levels(data: dict[str, dict[str, dict[str, dict[str, list[dict[str, str]]]]]]) -> list[str]:
        return [each["level"] for each in data["viewer"]["learner"]["mastery"]["nodes"]]

    assert levels(before) == ["NEARLY", "NEARLY"]
    assert levels(after) == ["MASTERED", "MASTERED"]
