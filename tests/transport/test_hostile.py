"""The short form of `python -m bench.hostile`: hostile input breaks nothing and is told nothing."""

import logging
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from app.runtime import Runtime
from schema.root import build
from tests.access.walker import World
from tests.access.world import make_world
from tests.client import Client, School
from tests.socket import socket_of
from tests.transport.hostile.answers import faults_of
from tests.transport.hostile.bodies import Request
from tests.transport.hostile.campaign import Campaign, Finding, Names, attack_in
from tests.transport.hostile.frames import Act, Script
from tests.transport.wire import served

NO_RATES = {"cost_points": 0, "read_characters": 0, "class_rates": "tutor=1000000 analytics=1000000"}
ALIVE = "{ viewer { organization { id } } }"


@pytest.fixture
async def unlimited(runtime: Runtime) -> AsyncIterator[str]:
    """A server that no rate keeps from the work."""
    async with served(runtime, **NO_RATES, sockets_per_user=100, streams_per_user=100) as address:
        yield address


@pytest.fixture
async def campaign(unlimited: str, anonymous: Client, runtime: Runtime, seed: str) -> Campaign:
    """A campaign against that server, by the people of a school that was just founded."""

    async def new_world() -> World:
        return await make_world(await School.found(anonymous, runtime), anonymous)

    made = Campaign(unlimited, build().schema, seed, new_world)
    await made.move()
    return made


@pytest.mark.parametrize("seed", ["short 1", "short 2"])
async def test_hostile_requests_and_frames_get_coded_errors_and_break_nothing(
    campaign: Campaign, unlimited: str, school: School, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as logs, caplog.at_level(logging.ERROR):
        await campaign.run(750)
    assert campaign.tally.findings == []
    assert [entry for entry in logs if entry["log_level"] == "error"] == []
    assert [record.getMessage() for record in caplog.records] == []
    assert campaign.tally.sent["HTTP"] > 300
    assert campaign.tally.sent["frames"] > 100
    assert campaign.tally.resolved > 100
    async with socket_of(unlimited, school.admin.token) as client:
        assert "viewer" in await (await client.subscribe(ALIVE)).data()


@pytest.mark.parametrize("seed", ["again"])
async def test_a_finding_is_written_with_names_for_ids_and_read_again(campaign: Campaign) -> None:
    text = f'{{"query":"{{ learner(id: {campaign.names.ids["foreign Learner"]}) }}"}}'
    request = Request("self", ("POST /graphql HTTP/1.1",), text.encode() + b"\xff")
    script = Script("admin", (Act("init"), Act("text", text), Act("raw", "gQVoZWxsbw==")))
    for attack in (request, script):
        file = Finding("again", 7, ["status 500"], attack).as_json(campaign.names)
        assert b"<<foreign Learner>>" in file
        assert campaign.names.ids["foreign Learner"].encode() not in file
        assert attack_in(file, campaign.names) == attack
        elsewhere = Names({"foreign Learner": "lrn_other"})
        assert "lrn_other" in str(attack_in(file, elsewhere))


@pytest.mark.parametrize("seed", ["again"])
async def test_the_same_seed_makes_the_same_attacks(campaign: Campaign) -> None:
    first = [campaign.attack(number) for number in range(200)]
    assert [campaign.attack(number) for number in range(200)] == first
    assert len(set(first)) > 190


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (
            {"errors": [{"message": "x", "extensions": {"code": "INTERNAL", "requestId": "1"}}]},
            "code INTERNAL",
        ),
        ({"errors": [{"message": "x", "extensions": {"code": "BAD_INPUT"}}]}, "an error without requestId"),
        ({"errors": [{"message": "x"}]}, "code None"),
        ({"data": {"a": [{"code": "INTERNAL", "message": "x"}]}}, "code INTERNAL in userErrors"),
        ({"data": {"a": {"code": "CONFLICT", "message": "see practice_session"}}}, "'practice_session' in"),
        ({}, "the answer has neither data nor errors"),
    ],
)
def test_an_answer_that_tells_too_much_is_a_finding(answer: object, fault: str) -> None:
    assert any(each.startswith(fault) for each in faults_of(answer, b"{ a }"))


def test_what_the_client_said_itself_may_be_repeated() -> None:
    error = {"message": "No field SELECT 1", "extensions": {"code": "BAD_INPUT", "requestId": "1"}}
    assert list(faults_of({"errors": [error]}, b"{ SELECT 1 }")) == []
    assert len(list(faults_of({"errors": [error]}, b"{ a }"))) == 1
