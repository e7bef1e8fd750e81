"""Single requests, to see that servers answer the same before they are measured."""

import socket
from typing import Any, NamedTuple

from bench.peers.questions import difference, leaves, normalised
from bench.peers.school import School
from bench.peers.servers import ANSWERING, HTTP_COLUMNS, Server

ASKED = (0, ANSWERING - 1)
"""The persons whose answers are compared."""


class Answer(NamedTuple):
    """Status, header lines in small letters, body."""

    status: int
    head: bytes
    body: bytes

    @property
    def etag(self) -> str | None:
        """The answer's ETag, as it was written."""
        found = [line for line in self.head.split(b"\r\n") if line.lower().startswith(b"etag:")]
        return found[0].partition(b":")[2].strip().decode() if found else None


class Differs(Exception):
    """A server does not answer as ours does."""


def ask(port: int, request: bytes) -> Answer:
    """Send one request over a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1))
        received = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        body = _unchunked(body)
    return Answer(int(head[9:12]), head, body)


def answers(server: Server, port: int, school: School) -> dict[str, list[Any]]:
    """What a server answers to a few persons in each column, in one form; Differs when it refuses."""
    found: dict[str, list[Any]] = {}
    for column in server.columns:
        if column not in HTTP_COLUMNS:
            continue
        if column == "persisted_me":
            ask(port, server.registered(school, ASKED[0]))
            requests = [server.get(school, n) for n in ASKED]
        else:
            requests = [server.post(column, school, n) for n in ASKED]
        found[column] = []
        for request in requests:
            answer = ask(port, request)
            try:
                found[column].append(normalised(answer.body))
            except ValueError as error:
                raise Differs(f"{server.title}, {column}: {answer.status} {error}") from None
    return found


def compare(server: Server, port: int, school: School, wanted: dict[str, list[Any]]) -> dict[str, int]:
    """Leaves of each column's answer; Differs when one is not as `wanted`, or an ETag does not hold."""
    found = answers(server, port, school)
    for column, given in found.items():
        for n, (one, other) in enumerate(zip(wanted[column], given, strict=True)):
            told = difference(one, other)
            if told:
                raise Differs(f"{server.title}, {column}, person {ASKED[n]}: {told} (ours first)")
    etag = ask(port, server.get(school, 0)).etag
    if etag and ask(port, server.get(school, 0, etag)).status != 304:
        raise Differs(f"{server.title} does not answer 304 to its own ETag")
    return {column: leaves(given[0]) for column, given in found.items()}


def requests_of(server: Server, column: str, school: School, port: int) -> list[bytes]:
    """The requests of all persons of a column; by hash with the ETag that each of them holds already."""
    if column != "persisted_me":
        return [server.post(column, school, n) for n in range(ANSWERING)]
    ask(port, server.registered(school, 0))
    held = [ask(port, server.get(school, n)).etag for n in range(ANSWERING)]
    return [server.get(school, n, held[n]) for n in range(ANSWERING)]


def _unchunked(body: bytes) -> bytes:
    parts, rest = [], body
    while rest:
        line, _, rest = rest.partition(b"\r\n")
        size = int(line.split(b";")[0], 16)
        if not size:
            break
        parts.append(rest[:size])
        rest = rest[size + 2 :]
    return b"".join(parts)
