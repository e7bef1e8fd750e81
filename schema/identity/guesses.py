"""Guesses whose answers tell something: an address has only so many wrong ones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.identity.accounts import AddressTaken
from app.kit.errors import DomainError, RateLimited
from app.kit.ratelimit import Rate
from schema.context import Context


@dataclass(frozen=True, slots=True)
class Guess:
    """What may be guessed, the error that a guess costs a point for, and how many there are to spend."""

    what: str
    wrong: type[DomainError]
    rate: Rate
    path: str


JOIN_CODE = Guess("wrong join codes", DomainError, Rate(100, 0.5), "joinCode")
"""A class behind one address mistypes less; who guesses needs years for one class of thousands."""
ACCOUNT = Guess("addresses that have an account", AddressTaken, Rate(100, 1 / 30), "email")
"""Who tries a list of people is told of a hundred, then of two a minute."""


@asynccontextmanager
async def guessing(context: Context, guess: Guess) -> AsyncIterator[None]:
    """Try something that may be a guess; what is right, or fails otherwise, costs nothing."""
    rates, name = context.runtime.rates, f"{guess.what}:{context.address}"
    taken = await rates.take(name, 1, guess.rate)
    if not taken.allowed:
        message = f"Too many {guess.what} from this network address; try again in {taken.retry_after} s."
        raise RateLimited(message, path=(guess.path,), retry_after=taken.retry_after)
    try:
        yield
    except guess.wrong:
        raise
    except BaseException:
        await rates.give_back(name, 1, guess.rate)
        raise
    await rates.give_back(name, 1, guess.rate)
