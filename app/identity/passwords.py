"""Passwords: Argon2id in a bounded pool, so that many sign-ins at once leave other requests alone."""

import asyncio
import os
import sys
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.identity.common_passwords import COMMON
from app.kit.errors import BadInput

MINIMUM, MAXIMUM = 10, 256


class Passwords:
    """Hashes and verifies; an unknown account costs the same time as a known one."""

    def __init__(self, threads: int, hasher: PasswordHasher | None = None) -> None:
        # OWASP's floor is 19 MiB and two passes.
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._pool = ThreadPoolExecutor(threads, "passwords", initializer=_give_way)
        self._nobody = self._hasher.hash("an account that does not exist")

    async def hash(self, password: str) -> str:
        """The Argon2id hash of a password."""
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, self._hasher.hash, _normal(password)
        )

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password fits; None stands for an account that does not exist, and takes as long."""
        loop = asyncio.get_running_loop()
        fits = await loop.run_in_executor(self._pool, self._fits, stored or self._nobody, _normal(password))
        return fits and stored is not None

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fits(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def check_password(password: str, *path: str) -> None:
    """Refuse a password that is short, very long or among the common ones."""
    if not MINIMUM <= len(password) <= MAXIMUM:
        raise BadInput(f"Choose a password of {MINIMUM} to {MAXIMUM} characters.", path=path)
    if _normal(password).casefold() in COMMON:
        raise BadInput("This password is among the most common ones; choose another.", path=path)


def _give_way() -> None:
    """Let the scheduler prefer whoever answers requests to this thread, where it tells threads apart."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
