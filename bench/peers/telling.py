"""What an event to a thousand costs, of several checkouts of our server in turns (`compared.py`)."""

import asyncio
import resource
from collections.abc import Mapping
from contextlib import AsyncExitStack
from statistics import median

import uvloop

from bench.live.audience import Audience
from bench.peers.fanout import PATIENCE, SUBSCRIBERS, Exam, opened_exam, timed, tokens_of, warmed
from bench.peers.processes import Running
from bench.peers.school import School
from bench.processor import processor_seconds

SINGLES, BURSTS = 40, 8
"""Events told one by one in a turn, and bursts."""

Turn = tuple[float, float, float, float]
"""Milliseconds: of the server for a single event and for a message of a burst, to the last one, a burst's."""


def print_turns(up: Mapping[str, Running], school: School, rounds: int) -> None:
    """Let each tell its own thousand in turn, and print what that cost."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(_turns(up, school, rounds))
    for name, turns in found.items():
        event, message, last, burst = (list(each) for each in zip(*turns, strict=True))
        print(
            f"fanout        {name:12}server {min(event):6.2f} ms an event, median {median(event):6.2f}; "
            f"{1000 * min(message):6.2f} µs a message of a burst, median {1000 * median(message):6.2f}; "
            f"the last one after {min(last):6.1f} ms, median {median(last):6.1f}; "
            f"{1000 / min(burst):,.0f} messages a second, median {1000 / median(burst):,.0f}",
            flush=True,
        )


async def _turns(up: Mapping[str, Running], school: School, rounds: int) -> dict[str, list[Turn]]:
    found: dict[str, list[Turn]] = {name: [] for name in up}
    async with AsyncExitStack() as stack:
        told: dict[str, tuple[Audience, Exam, int]] = {}
        for name, each in up.items():
            audience, exam = Audience(PATIENCE), await opened_exam(each.port, school)
            stack.push_async_callback(exam.close)
            stack.callback(audience.leave)
            await audience.come(each.port, tokens_of(school), exam.exam_id)
            told[name] = audience, exam, await warmed(audience, exam.one, exam.many)
        for turn in range(rounds):
            for name in list(up) if turn % 2 else list(up)[::-1]:
                found[name].append(await _turn(up[name].pid, *told[name]))
    return found


async def _turn(pid: int, audience: Audience, exam: Exam, messages: int) -> Turn:
    marks = [processor_seconds(pid)]
    last = [(await timed(audience, exam.one, SUBSCRIBERS))[0] for _ in range(SINGLES)]
    marks.append(processor_seconds(pid))
    bursts = [(await timed(audience, exam.many, messages))[0] for _ in range(BURSTS)]
    marks.append(processor_seconds(pid))
    return (
        1000 * (marks[1] - marks[0]) / SINGLES,
        1000 * (marks[2] - marks[1]) / BURSTS / messages,
        1000 * median(last),
        1000 * median(bursts) / messages,
    )
