"""What can end a person's sign-in, as it is done from outside."""

from collections.abc import Awaitable, Callable

import asyncpg

from app.kit import ids
from app.kit.embedded_postgres import EmbeddedPostgres
from tests.client import Client, School

Act = Callable[[School, Client, EmbeddedPostgres], Awaitable[None]]


async def signs_out(school: School, person: Client, server: EmbeddedPostgres) -> None:
    """The person signs out."""
    await person.ask("mutation { signOut { userErrors { code } } }")


async def loses_a_role(school: School, person: Client, server: EmbeddedPostgres) -> None:
    """An admin gives the person another role."""
    await school.admin.do("setMemberRoles", {"userId": person.user_id, "roles": ["GUARDIAN"]}, "")


async def is_removed(school: School, person: Client, server: EmbeddedPostgres) -> None:
    """An admin ends the membership."""
    await school.admin.do("removeMember", {"userId": person.user_id}, "")


async def is_disabled(school: School, person: Client, server: EmbeddedPostgres) -> None:
    """An operator disables the account."""
    decoded = ids.decode(person.user_id)
    assert decoded is not None
    connection = await asyncpg.connect(server.url("owner"))
    try:
        await connection.execute("UPDATE user_account SET disabled_at = now() WHERE id = $1", decoded[1])
    finally:
        await connection.close()


ACTS: list[Act] = [signs_out, loses_a_role, is_removed, is_disabled]
