"""Who looks is read with one statement, and answered as if each part had been read by itself."""

from typing import Any

from app.identity.repository import users_by_id
from app.kit.database import StatementCount, statement_count
from app.learners.repository import learners_by_id
from schema.engine.loading import Loaders
from tests.client import Client, School

PARTS = {
    "user": "user { id displayName email }",
    "organization": "organization { id name timeZone }",
    "learner": "learner { id displayName alias }",
}


async def _asked(person: Client, *parts: str) -> dict[str, Any]:
    data = await person.ask(f"{{ viewer {{ {' '.join(PARTS[part] for part in parts)} }} }}")
    viewer: dict[str, Any] = data["viewer"]
    return viewer


async def test_account_organization_and_learner_are_one_statement_and_the_same_as_apart(
    school: School,
) -> None:
    ada = await school.learner(await school.classroom())
    apart = {name: found for part in PARTS for name, found in (await _asked(ada, part)).items()}
    assert await _asked(ada, *PARTS) == apart
    assert apart["learner"]["id"] == ada.learner_id

    answer = await school.admin.post(f"{{ viewer {{ {PARTS['user']} {PARTS['organization']} }} }}")
    assert answer["extensions"]["statements"] == 1
    assert answer["data"]["viewer"] == await _asked(school.admin, "user", "organization")


async def test_who_is_no_learner_has_none_beside_the_rest(school: School) -> None:
    grace = await school.teacher("Grace")
    assert (await _asked(grace, *PARTS))["learner"] is None


async def test_a_part_that_may_not_be_seen_does_not_take_the_others_with_it(school: School) -> None:
    classroom = await school.classroom()
    ada, ben = await school.learner(classroom), await school.learner(classroom, "Ben")
    answer = await ada.post(
        """query($mine: ID!, $bens: ID!) { viewer { user { displayName } organization { name } }
           a: node(id: $mine) { id } b: node(id: $bens) { id } }""",
        mine=ada.learner_id,
        bens=ben.learner_id,
    )
    assert (answer["data"]["a"], answer["data"]["b"]) == ({"id": ada.learner_id}, None)
    assert answer["data"]["viewer"]["user"]["displayName"] == "Ada"


async def test_what_a_principal_may_not_know_is_not_taken_for_its_own(school: School) -> None:
    ada = await school.learner(await school.classroom())
    principal = await school.runtime.principals.recognise(ada.token)
    count = StatementCount()
    marker = statement_count.set(count)
    own, others = Loaders(school.runtime.database, principal), Loaders(school.runtime.database, principal)
    await own.many([principal.user_id], users_by_id)
    await own.many([principal.learner_id], learners_by_id)
    await others.many([principal.organization_id], users_by_id)
    statement_count.reset(marker)
    assert (own.made_of, others.made_of, count.sent) == ([], None, 3)
