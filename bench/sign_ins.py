"""`python -m bench.sign_ins`: what others feel while 200 people sign in at once.

Serves a demo school; one connection asks a small question twenty times a second, first alone, then while
200 learners sign in, round by round. Hashing a password takes some 30 ms of a processor by design, so
that the 200 take seconds; the aim is that the question's p99 does not show it.
"""

import argparse
import asyncio
import json
import statistics
import time
from pathlib import Path

from bench.http_client import Connection, Refused, request
from bench.served import PASSWORD, SIGN_IN, folder, served, sign_in

ME = "{ viewer { user { id displayName } organization { name } learner { id displayName } } }"
PEOPLE, LEARNERS = 200, 180
PAUSE_SECONDS = 0.05


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.sign_ins", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often they sign in")
    parser.add_argument("--data", type=Path, help="the data folder of a demo school, instead of a new one")
    given = parser.parse_args()
    with folder(given.data) as data, served(data) as (port, _):
        asyncio.run(_measure(port, given.rounds))


async def _measure(port: int, rounds: int) -> None:
    other = await sign_in(port, "learner1@demo.example")
    print(f"{'':12}{'seconds':>9}{'questions':>11}{'p50 ms':>9}{'p99 ms':>9}")
    for number in range(1, rounds + 1):
        _print(f"{number}. alone", 5.0, await _felt(other, asyncio.create_task(asyncio.sleep(5))))
        began = time.perf_counter()
        crowd = asyncio.create_task(_all_sign_in(port))
        felt = await _felt(other, crowd)
        _print(f"{number}. crowd", time.perf_counter() - began, felt)
        await crowd
    await other.close()


def _print(name: str, seconds: float, felt: list[float]) -> None:
    p99 = statistics.quantiles(felt, n=100)[98]
    print(f"{name:12}{seconds:9.1f}{len(felt):11}{statistics.median(felt):9.1f}{p99:9.1f}", flush=True)


async def _felt(other: Connection, meanwhile: "asyncio.Task[None]") -> list[float]:
    """Milliseconds of each answer until something else is done."""
    felt = []
    while not meanwhile.done():
        began = time.perf_counter()
        answer = json.loads(await other.post(request(ME)))
        assert "errors" not in answer, answer
        felt.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(PAUSE_SECONDS)
    return felt


async def _all_sign_in(port: int) -> None:
    people = [f"learner{1 + number % LEARNERS}@demo.example" for number in range(PEOPLE)]
    await asyncio.gather(*(_one_signs_in(port, email) for email in people))


async def _one_signs_in(port: int, email: str) -> None:
    person = Connection(port)
    while True:
        try:
            payload = (await person.ask(SIGN_IN, i={"email": email, "password": PASSWORD}))["signIn"]
        except Refused as refused:
            # After five seconds in the queue one is asked to come again.
            if "UNAVAILABLE" not in str(refused):
                raise
            await asyncio.sleep(1)
        else:
            assert payload["accessToken"], payload
            return await person.close()


if __name__ == "__main__":
    main()
