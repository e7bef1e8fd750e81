"""A client of the graph as tests speak it, and a school to speak about."""

import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.runtime import Runtime

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)
_process = secrets.token_hex(4)


class GraphErrors(AssertionError):
    """The answer had errors that the test did not expect."""


class Client:
    """Sends operations over HTTP as one person."""

    def __init__(self, http: httpx.AsyncClient, token: str | None = None) -> None:
        self.http = http
        self.token = token
        self.user_id = ""
        self.learner_id = ""

    def with_token(self, token: str | None) -> "Client":
        """The same connection for another person."""
        return Client(self.http, token)

    async def post(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """The whole answer, errors included."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        response = await self.http.post(
            "/graphql", json={"query": query, "variables": variables}, headers=headers
        )
        answer: dict[str, Any] = response.json()
        return answer

    async def ask(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """The data of an answer that must have no errors."""
        answer = await self.post(query, **variables)
        if "errors" in answer:
            raise GraphErrors(answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data

    async def refused(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """The first error of an answer that must have one."""
        answer = await self.post(query, **variables)
        if "errors" not in answer:
            raise AssertionError(f"expected an error, got {answer}")
        error: dict[str, Any] = answer["errors"][0]
        return error

    async def do(self, mutation: str, given: Mapping[str, Any], selection: str) -> dict[str, Any]:
        """Run a mutation that must succeed; its payload."""
        payload = await self.attempt(mutation, given, selection)
        if payload["userErrors"]:
            raise GraphErrors(payload["userErrors"])
        return payload

    async def attempt(self, mutation: str, given: Mapping[str, Any], selection: str = "") -> dict[str, Any]:
        """Run a mutation; its payload with `userErrors`."""
        name = mutation[0].upper() + mutation[1:]
        query = (
            f"mutation($input: {name}Input!) {{ {mutation}(input: $input) {{ {selection} "
            "userErrors { code reason path message } } }"
        )
        data = await self.ask(query, input=dict(given))
        payload: dict[str, Any] = data[mutation]
        return payload


TOKENS = "accessToken refreshToken viewer { user { id } learner { id } organization { id } }"


@dataclass
class School:
    """An organization with an admin who founded it; people are added by the same doors that clients use."""

    runtime: Runtime
    admin: Client
    organization_id: str
    teachers: list[Client] = field(default_factory=list)

    @classmethod
    async def found(cls, anonymous: Client, runtime: Runtime) -> "School":
        """Sign up as the founder."""
        admin = await _signed_up(anonymous, organizationName=f"School {next(_numbers)}")
        data = await admin.ask("{ viewer { organization { id } } }")
        return cls(runtime, admin, data["viewer"]["organization"]["id"])

    async def settled(self, learner: Client) -> None:
        """Wait until consumers have made of the learner's answers what they make of them."""
        from app.realtime.consumers import drain
        from app.worker import consumers

        await drain(self.runtime.maintenance, consumers())

    async def classroom(self, name: str = "7A", teacher: Client | None = None) -> dict[str, Any]:
        """A class, taught by the admin or by a teacher; with `id` and `joinCode`."""
        payload = await (teacher or self.admin).do(
            "createClassroom", {"name": name}, "classroom { id name joinCode }"
        )
        found: dict[str, Any] = payload["classroom"]
        return found

    async def learner(self, classroom: Mapping[str, Any], name: str = "Ada") -> Client:
        """A person who signs up with the class's join code."""
        return await _signed_up(self.admin, displayName=name, joinCode=classroom["joinCode"])

    async def teacher(self, name: str = "Grace") -> Client:
        """A teacher of the organization who teaches no class yet."""
        from app.access.principal import Role
        from app.identity import accounts
        from app.kit import ids

        email = _address()
        hashed = await self.runtime.passwords.hash(PASSWORD)
        organization_id = ids.decode(self.organization_id)
        assert organization_id is not None
        async with self.runtime.database.unit_of_work(organization_id[1]) as work:
            user_id = await accounts.create_account(work, accounts.NewAccount(email, name, hashed))
            await accounts.add_member(work, user_id, {Role.TEACHER})
        return await sign_in(self.admin, email)


async def sign_in(client: Client, email: str, password: str = PASSWORD) -> Client:
    """Sign in; the person's client."""
    payload = await client.do("signIn", {"email": email, "password": password}, TOKENS)
    return _client_of(client, payload)


async def _signed_up(client: Client, **given: Any) -> Client:
    values = {"email": _address(), "password": PASSWORD, "displayName": "Ada", **given}
    return _client_of(client, await client.with_token(None).do("signUp", values, TOKENS))


def _client_of(client: Client, payload: Mapping[str, Any]) -> Client:
    person = client.with_token(payload["accessToken"])
    person.user_id = payload["viewer"]["user"]["id"]
    person.learner_id = (payload["viewer"]["learner"] or {}).get("id", "")
    return person


def _address() -> str:
    return f"person{next(_numbers)}.{_process}@school.example"
