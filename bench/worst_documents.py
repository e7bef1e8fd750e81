"""`python -m bench.worst_documents`: how long the worst documents take, and what other clients feel of it.

Serves a demo school without rates and sends each family of documents from one connection as fast as it is
answered, each a little different so that nothing is remembered: first alone, counting the processor time of
the server, which holds on a busy machine too; then while another connection asks a small question. The aim:
the worst request of 256 KB is refused within 50 ms, and the other client's p99 stays under 100 ms. Then many
connections send the worst families at once. In the end it tells for how long collections of garbage stopped
everybody.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from bench.http_client import Connection, request
from bench.processor import processor_seconds
from bench.served import folder, served, sign_in

ME = """query($first: Int!) { viewer { user { id displayName } organization { name }
  learner { id mastery(first: $first) { nodes { id } } } } }"""
"""Asked each time with another number: the same again would be answered without running it."""
BODY = 250_000
WORST = ("one field 900 times", "operations", "unknown names", "fragments that overlap")
"""Families that take longest to read."""
TYPES = (
    "Learner Classroom Skill Item Mastery Attempt PracticeSession Recommendation User Organization".split()
)


def families() -> dict[str, Callable[[int], bytes]]:
    """The bodies of requests, by family; the number makes each one differ."""
    return {**_selections(), **_fragment_families(), **_values(), **_variables()}


def _selections() -> dict[str, Callable[[int], bytes]]:
    return {
        "nested fields": _root("viewer { " * 160 + "roles" + " }" * 160),
        "nested until the parser gives up": _text(lambda n: f"query Q{n} " + "{ a " * 490),
        "one field 900 times": _viewer("roles " * 900),
        "one object 240 times": _root("viewer { roles } " * 240),
        "objects of objects": _viewer("learner { mastery(first: 1) { nodes { id } } } " * 70),
        "aliases": _viewer(" ".join(f"a{i}: roles" for i in range(300))),
        "arguments that differ": _viewer(
            " ".join(f"classrooms(first: {i}) {{ totalCount }}" for i in range(80))
        ),
        "directives": _viewer("roles " + "@skip(if: false) " * 150),
        "operations": _text(
            lambda n: " ".join(f"query Q{n}x{i} {{ viewer {{ roles }} }}" for i in range(120))
        ),
        "unknown names": _viewer(" ".join(f"{'x' * 28}{i}" for i in range(900))),
        "names that nearly fit": _root(" ".join(f"viewe{chr(97 + i % 26)}{i}" for i in range(900))),
        "comments": _text(lambda n: f"query Q{n} {{ viewer {{ roles }} }}" + "#\n" * 15_000),
        "braces, 250 kB": _text(lambda n: f"query Q{n} " + "{" * BODY),
        "introspection within introspection": _root(
            "__schema { types { " + "fields { type { " * 6 + "name " + "} } " * 6 + "} }"
        ),
        "introspection, 15 times": _root(
            " ".join(f"a{i}: __schema {{ types {{ fields {{ args {{ name }} }} }} }}" for i in range(15))
        ),
    }


def _fragment_families() -> dict[str, Callable[[int], bytes]]:
    return {
        "inline fragments, nested": _viewer("... on Viewer { " * 150 + "roles " + "} " * 150),
        "inline fragments of many types": _text(_many_types),
        "fragments in a chain": _text(lambda n: _fragments(n, lambda i: [i + 1])),
        "fragments, each spread twice": _text(lambda n: _fragments(n, lambda i: [i + 1, i + 1])),
        "fragments in all later ones": _text(lambda n: _fragments(n, lambda i: list(range(i + 1, 30)))),
        "fragments in a circle": _text(lambda n: _fragments(n, lambda i: [(i + 1) % 30])),
        "fragments that overlap": _text(_overlapping),
        "fragments, 160 of them": _text(lambda n: _fragments(n, lambda i: [], 160)),
    }


def _values() -> dict[str, Callable[[int], bytes]]:
    return {
        "lists nested in a value": _root(f"nodes(ids: {'[' * 480}{']' * 480}) {{ id }}"),
        "one name of 30 kB": _root("x" * 30_000),
        "one string of 30 kB": _root(f'node(id: "{"x" * 30_000}") {{ id }}'),
        "escapes, 30 kB": _root('node(id: "' + "\\n" * 15_000 + '") { id }'),
        "a block string of 30 kB": _root('node(id: """' + "  x\n" * 7_000 + '""") { id }'),
        "one string of 250 kB": _root(f'node(id: "{"x" * BODY}") {{ id }}'),
    }


def _variables() -> dict[str, Callable[[int], bytes]]:
    return {
        "types nested in a variable": _text(
            lambda n: f"query Q{n}($a: {'[' * 480}ID{']' * 480}) {{ viewer {{ roles }} }}"
        ),
        "variables with long defaults": _text(
            lambda n: f"query Q{n}($a: [ID!]! = [{'1 ' * 900}]) {{ nodes(ids: $a) {{ id }} }}"
        ),
        "variables, 120 of them": _text(
            lambda n: (
                f"query Q{n}({' '.join(f'$v{i}: Int = 1' for i in range(120))}) {{ viewer {{ roles }} }}"
            )
        ),
        "variables nested 60 deep": _with(lambda n: {"v": _deep(60, n)}),
        "variables with 36,000 entries": _with(lambda n: {"v": [n, *range(36_000)]}),
        "variables with lists in lists": _with(lambda n: {"v": [[n] * 240] * 240}),
        "variables with 20,000 names": _with(lambda n: {f"v{i}": n for i in range(20_000)}),
        "variables with a text of 250 kB": _with(lambda n: {"v": "x" * (BODY - 100) + str(n)}),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.worst_documents", description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="how often each family is sent")
    parser.add_argument("--data", type=Path, help="the data folder of a demo school, instead of a new one")
    parser.add_argument("--at-once", type=int, default=20, help="connections of the last measurements")
    given = parser.parse_args()
    with folder(given.data) as data:
        collections = data / "collections"
        with served(data, collections=collections) as (port, pid):
            told = collections.stat().st_size
            asyncio.run(_measure(port, pid, given.times, given.at_once))
            _tell_stops(collections.read_text()[told:])


async def _measure(port: int, pid: int, times: int, at_once: int) -> None:
    learner = await sign_in(port, "learner1@demo.example")
    stranger = Connection(port)
    print(f"{'family':36}{'bytes':>9}{'cpu ms':>8}{'p50 ms':>8}{'worst':>8}{'other p99':>11}  answer")
    for name, body in {"the small question": _question, **families()}.items():
        began = processor_seconds(pid)
        took, answer = await _send(stranger, body, 0, times)
        cpu = (processor_seconds(pid) - began) * 1000 / times
        felt = await _felt([stranger], learner, body, times)
        figures = f"{len(body(0)):9,}{cpu:8.1f}{statistics.median(took):8.1f}{max(took):8.1f}{felt:11.1f}"
        print(f"{name:36}{figures}  {_told(answer)}", flush=True)
    many = [stranger, *(Connection(port) for _ in range(at_once - 1))]
    print(f"\nby {at_once} connections at once:")
    for name in WORST:
        felt = await _felt(many, learner, families()[name], 1_000_000)
        print(f"{name:36}{'':33}{felt:11.1f}", flush=True)
    for each in (*many, learner):
        await each.close()


def _tell_stops(lines: str) -> None:
    stops: dict[str, list[float]] = {}
    for line in lines.splitlines():
        generation, milliseconds = line.split()
        stops.setdefault(generation, []).append(float(milliseconds))
    print("\ncollections of garbage meanwhile:")
    for generation, name in zip("012", ("young", "middle", "all"), strict=True):
        found = stops.get(generation, [0.0])
        print(f"{name:8}{len(stops.get(generation, ())):6}, the longest {max(found):6.1f} ms")


async def _send(
    sender: Connection, body: Callable[[int], bytes], first: int, times: int
) -> tuple[list[float], bytes]:
    """Milliseconds of each request, and the last answer."""
    took, answer = [], b""
    for number in range(first, first + times):
        sent = body(number)
        began = time.perf_counter()
        try:
            answer = await sender.post(sent)
        except (ConnectionError, asyncio.IncompleteReadError):  # it was idle for too long
            await sender.close()
            answer = await sender.post(sent)
        took.append((time.perf_counter() - began) * 1000)
    return took, answer


async def _felt(
    senders: Sequence[Connection], other: Connection, body: Callable[[int], bytes], first: int
) -> float:
    """The other client's p99 while the same family is sent, for a second and a hundred questions at least."""
    felt: list[float] = []
    asking = asyncio.create_task(_ask(other, felt))
    began, numbers = time.perf_counter(), count(first)

    async def send(sender: Connection) -> None:
        while time.perf_counter() - began < 1 or len(felt) < 100:
            await _send(sender, body, next(numbers), 1)

    await asyncio.gather(*(send(each) for each in senders))
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await other.close()  # an answer may have been cut off on it
    return statistics.quantiles(felt, n=100, method="inclusive")[98]


def _told(answer: bytes) -> str:
    errors = json.loads(answer).get("errors")
    return f"{errors[0]['extensions']['code']}: {errors[0]['message'][:60]}" if errors else "data"


async def _ask(connection: Connection, felt: list[float]) -> None:
    for number in count():
        question = _question(number)
        began = time.perf_counter()
        await connection.post(question)
        felt.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.001)


def _question(number: int) -> bytes:
    return request(ME, first=1 + number % 50)


def _text(document: Callable[[int], str]) -> Callable[[int], bytes]:
    return lambda number: request(document(number))


def _root(selections: str) -> Callable[[int], bytes]:
    return _text(lambda number: f"query Q{number} {{ {selections} }}")


def _viewer(selections: str) -> Callable[[int], bytes]:
    return _root(f"viewer {{ {selections} }}")


def _with(variables: Callable[[int], dict[str, Any]]) -> Callable[[int], bytes]:
    document = "query($v: [ID!]!) { nodes(ids: $v) { id } }"
    return lambda number: request(document, **variables(number))


def _deep(levels: int, inner: Any) -> Any:
    return [_deep(levels - 1, inner)] if levels else inner


def _fragments(number: int, spread: Callable[[int], list[int]], count: int = 30) -> str:
    texts = [f"query Q{number} {{ viewer {{ ...F0 }} }}"]
    for index in range(count):
        inner = " ".join(f"...F{each}" for each in spread(index) if each < count)
        texts.append(f"fragment F{index} on Viewer {{ roles {inner} }}")
    return " ".join(texts)


def _many_types(number: int) -> str:
    each = " ".join(f"... on {TYPES[i % 10]} {{ id ... on Node {{ id }} }}" for i in range(80))
    return f'query Q{number} {{ node(id: "x") {{ {each} }} }}'


def _overlapping(number: int) -> str:
    spreads = " ".join(f"...F{i}" for i in range(30))
    inner = "learner { id displayName } organization { id name } user { id email }"
    fragments = " ".join(f"fragment F{i} on Viewer {{ {inner} }}" for i in range(30))
    return f"query Q{number} {{ viewer {{ {spreads} }} }} {fragments}"


if __name__ == "__main__":
    main()
