"""What is kept of a password; the other tests sign in with a cheaper hash than a server's."""

import asyncio
from collections.abc import Iterator

import pytest

from app.identity.passwords import Passwords


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    """As a server has them."""
    opened = Passwords(2)
    yield opened
    opened.close()


async def test_a_password_is_kept_as_argon2id_at_the_floor_that_owasp_sets(passwords: Passwords) -> None:
    kept, again = await asyncio.gather(*(passwords.hash("correct horse battery") for _ in range(2)))
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert kept != again
    assert await passwords.verify(kept, "correct horse battery")
    assert not await passwords.verify(kept, "correct horse batters")


async def test_a_password_is_the_same_however_its_letters_are_composed(passwords: Passwords) -> None:
    kept = await passwords.hash("Caf\u00e9 am Platz")
    assert await passwords.verify(kept, "Cafe\u0301 am Platz")


async def test_no_password_fits_an_account_that_does_not_exist(passwords: Passwords) -> None:
    assert not await passwords.verify(None, "an account that does not exist")
