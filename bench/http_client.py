"""An HTTP/1.1 client for load: one connection kept alive, no more parsing than needed."""

import asyncio
import contextlib
import json
from typing import Any


class Refused(Exception):
    """The server answered with errors; the message holds them."""


class Connection:
    """One connection to the graph, as one person."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self._port = port
        self.token = token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes) -> bytes:
        """Send a request and wait for the answer's body; ConnectionError or IncompleteReadError when cut."""
        if self._streams is not None and self._streams[0].at_eof():
            # Servers end a connection that rests for seconds; what is sent over it is not answered.
            await self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        authorization = f"authorization: Bearer {self.token}\r\n" if self.token else ""
        writer.write(
            f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\n{authorization}content-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        found = head.find(b"content-length:")
        if found < 0:
            raise Refused(head.decode())
        return await reader.readexactly(int(head[found + 15 : head.index(b"\r\n", found)]))

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer; Refused when it holds errors of either kind."""
        answer = json.loads(await self.post(request(query, **variables)))
        if "errors" in answer:
            raise Refused(str(answer["errors"]))
        data: dict[str, Any] = answer["data"]
        for payload in data.values():
            if isinstance(payload, dict) and payload.get("userErrors"):
                raise Refused(str(payload["userErrors"]))
        return data

    async def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._streams is not None:
            _, writer = self._streams
            self._streams = None
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def request(query: str, **variables: Any) -> bytes:
    """The body of an operation."""
    return json.dumps({"query": query, "variables": variables}).encode()
