"""A seeded campaign of hostile requests against one server, by the people of schools made for it."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import orjson
from graphql import GraphQLSchema

from tests.access.walker import World
from tests.client import GraphErrors, sign_in
from tests.transport.hostile.bodies import Request, request_of
from tests.transport.hostile.documents import Author
from tests.transport.hostile.frames import Act, Script, script_of
from tests.transport.hostile.senders import Outcome, Sender

PEOPLE = ["self", "own teacher", "admin", "anonymous", "classmate", "other organization"]
WEIGHTS = [30, 25, 25, 8, 6, 6]
SCRIPTS = 0.06
"""How many of the clients play a script over a socket, of eight acts or so; others send one request."""
SHRINKINGS = 150
EMAIL = "{ viewer { user { email } } }"

Attack = Request | Script


@dataclass
class Finding:
    """What was wrong with the answer to an attack; enough to send it again."""

    seed: str
    number: int
    faults: list[str]
    attack: Attack

    def as_json(self, names: "Names") -> bytes:
        """The finding as a file, in which people and ids have names instead of what they were this time."""
        made: dict[str, Any] = {"seed": self.seed, "number": self.number, "faults": self.faults}
        if isinstance(self.attack, Request):
            body = self.attack.body.decode("latin-1")
            made |= {
                "person": self.attack.person,
                "head": self.attack.head,
                "whole": self.attack.whole,
                "body": body,
            }
        else:
            acts = [[act.kind, act.given] for act in self.attack.acts]
            made |= {"person": self.attack.person, "acts": acts}
        return orjson.dumps(
            orjson.loads(names.hidden(orjson.dumps(made).decode())), option=orjson.OPT_INDENT_2
        )


def attack_in(file: bytes, names: "Names") -> Attack:
    """The attack of a file, with the ids of now."""
    made = orjson.loads(names.shown(file.decode()))
    if "acts" in made:
        return Script(made["person"], tuple(Act(kind, given) for kind, given in made["acts"]))
    return Request(made["person"], tuple(made["head"]), made["body"].encode("latin-1"), made["whole"])


@dataclass(frozen=True)
class Names:
    """Names for the ids of objects, which are others in each school."""

    ids: dict[str, str]

    def hidden(self, text: str) -> str:
        """The text with names for ids."""
        for name, public_id in self.ids.items():
            text = text.replace(public_id, f"<<{name}>>")
        return text

    def shown(self, text: str) -> str:
        """The text with ids for names."""
        for name, public_id in self.ids.items():
            text = text.replace(f"<<{name}>>", public_id)
        return text


@dataclass
class Tally:
    """What was sent and what came back."""

    clients: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    resolved: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    def add(self, attack: Attack, outcome: Outcome) -> None:
        """Count one attack."""
        kind = "frames" if isinstance(attack, Script) else "HTTP"
        self.sent[kind] += len(attack.acts) if isinstance(attack, Script) else 1
        self.ended[f"{'closed' if isinstance(attack, Script) else 'status'} {outcome.ended}"] += 1
        self.codes += outcome.codes
        self.answers += outcome.answers
        self.resolved += outcome.resolved


class Campaign:
    """Attacks one server; everything follows from the seed, but for the ids in it."""

    def __init__(
        self, address: str, schema: GraphQLSchema, seed: str, new_world: Callable[[], Awaitable[World]]
    ) -> None:
        self._address = address
        self._schema = schema
        self._seed = seed
        self._new_world = new_world
        self._world: World | None = None
        self.tally = Tally()
        self.names = Names({})

    async def move(self) -> None:
        """Go to a new school; the one before becomes another organization to read from."""
        before = self._world or await self._new_world()
        world = self._world = await self._new_world()
        self._author = Author(self._schema, world.objects, before.objects, world.mutations)
        foreign = {f"foreign {name}": public_id for name, public_id in before.objects.items()}
        self.names = Names({**world.objects, **foreign})
        apart, own = frozenset(before.objects.values()), frozenset(world.objects.values())
        hidden = dict.fromkeys(PEOPLE, apart) | {
            "anonymous": apart | own,
            "other organization": apart | own,
        }
        tokens = {name: world.people[name].token for name in PEOPLE}
        self._sender = Sender(self._address, tokens, hidden)
        signed_in = [name for name in PEOPLE if name != "anonymous"]
        self._emails = {
            name: (await world.people[name].ask(EMAIL))["viewer"]["user"]["email"] for name in signed_in
        }

    async def run(self, count: int, lanes: int = 10, seconds: float = 3600) -> None:
        """Send until so many requests and frames have been sent in all, or the time is over."""
        began = time.perf_counter()

        def goes_on() -> bool:
            return self.tally.sent.total() < count and time.perf_counter() - began < seconds

        async def lane() -> None:
            while goes_on():
                number, self.tally.clients = self.tally.clients, self.tally.clients + 1
                await self._attack(number)

        async with asyncio.TaskGroup() as group:
            for _ in range(lanes):
                group.create_task(lane())
        self.tally.seconds += time.perf_counter() - began

    def attack(self, number: int) -> Attack:
        """The attack of a number."""
        chance = random.Random(f"{self._seed}:{number}")
        person = chance.choices(PEOPLE, WEIGHTS)[0]
        make = script_of if chance.random() < SCRIPTS else request_of
        return make(chance, self._author, person)

    async def outcome(self, attack: Attack) -> Outcome:
        """What an attack leads to."""
        if isinstance(attack, Script):
            return await self._sender.play(attack)
        return await self._sender.send(attack)

    async def _attack(self, number: int) -> None:
        attack = self.attack(number)
        outcome = await self.outcome(attack)
        self.tally.add(attack, outcome)
        if "UNAUTHENTICATED" in outcome.codes or outcome.ended == "4403":
            await self._sign_in_again(attack.person)
        if outcome.faults:
            self.tally.findings.append(Finding(self._seed, number, outcome.faults, attack))

    async def _sign_in_again(self, person: str) -> None:
        """Hostile mutations sign people out; who still may, comes back."""
        assert self._world is not None
        client, email = self._world.people[person], self._emails.get(person)
        if email is None or "data" in await client.post("{ viewer { user { id } } }"):
            return
        with contextlib.suppress(GraphErrors, httpx.TransportError):
            client.token = self._sender.tokens[person] = (await sign_in(client.with_token(None), email)).token

    async def shrunk(self, finding: Finding) -> Finding:
        """The finding with as little of its attack as still does it."""
        kinds = {_kind(fault) for fault in finding.faults}

        async def does(attack: Attack) -> bool:
            return bool(kinds & {_kind(fault) for fault in (await self.outcome(attack)).faults})

        attack = finding.attack
        if not await does(attack):
            return finding
        if isinstance(attack, Script):
            script = attack
            acts = await _least(script.acts, lambda some: does(replace(script, acts=tuple(some))))
            return replace(finding, attack=replace(script, acts=tuple(acts)))
        request = attack
        body = await _least(request.body, lambda some: does(replace(request, body=bytes(some))))
        return replace(finding, attack=replace(request, body=bytes(body)))


def _kind(fault: str) -> str:
    return fault[:24]


async def _least(whole: Sequence[Any], does: Callable[[Sequence[Any]], Awaitable[bool]]) -> Sequence[Any]:
    """The sequence without the parts, large ones first, that are not needed."""
    left, size = SHRINKINGS, len(whole) // 2
    while size >= 1 and left > 0:
        at = 0
        while at < len(whole) and left > 0:
            left -= 1
            without = [*whole[:at], *whole[at + size :]]
            if await does(without):
                whole = without
            else:
                at += size
        size //= 2
    return whole
