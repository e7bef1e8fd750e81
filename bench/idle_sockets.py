"""What an idle socket costs: memory of the serving process for each, acknowledged alone and with a stream.

    python -m bench.idle_sockets [--sockets 1000] [--apart]

With `--apart` no two of the streams have the same variables, so that each is an audience of its own.

Starts a server of its own over a temporary folder. The memory is that of /proc, so this runs on Linux alone;
the clients live in another process.
"""

import argparse
import asyncio
import itertools
import re
import resource
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.processes import Operator
from tests.socket import address_of

PASSWORD = "correct horse battery"
SIGN_UP = (
    """mutation($input: SignUpInput!) { signUp(input: $input) { accessToken viewer { learner { id } } } }"""
)
CREATE = 'mutation { createClassroom(input: {name: "A"}) { classroom { joinCode } } }'
FOLLOW = "subscription($id: ID!) { masteryChanged(learnerId: $id) { __typename } }"
SETTLE_SECONDS = 3.0
SPARE_FILES = 200


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


async def _ask(http: httpx.AsyncClient, query: str, token: str | None = None, **variables: Any) -> Any:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    given = {"query": query, "variables": variables}
    return (await http.post("/graphql", json=given, headers=headers)).json()["data"]


async def _learner(http: httpx.AsyncClient) -> tuple[str, str]:
    """A learner's token and id."""
    numbers = itertools.count()

    async def signed_up(**given: str) -> Any:
        email = f"person{next(numbers)}@school.example"
        values = {"email": email, "password": PASSWORD, "displayName": "Ada", **given}
        return (await _ask(http, SIGN_UP, input=values))["signUp"]

    admin = await signed_up(organizationName="School")
    room = (await _ask(http, CREATE, admin["accessToken"]))["createClassroom"]["classroom"]
    learner = await signed_up(joinCode=room["joinCode"])
    return learner["accessToken"], learner["viewer"]["learner"]["id"]


async def _opened(held: AsyncExitStack, address: str, token: str) -> ClientConnection:
    protocols = [Subprotocol("graphql-transport-ws")]
    socket = await held.enter_async_context(connect(address_of(address), subprotocols=protocols))
    payload = {"authorization": f"Bearer {token}"}
    await socket.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
    assert orjson.loads(await socket.recv()) == {"type": "connection_ack"}
    return socket


async def measure(address: str, pid: int, count: int, apart: bool) -> None:
    """Open the sockets, then a stream on each, and print what the server's memory grew by."""
    async with httpx.AsyncClient(base_url=address) as http, AsyncExitStack() as held:
        token, learner_id = await _learner(http)
        warm = await _opened(held, address, token)
        await warm.close()
        before = resident(pid)
        sockets = [await _opened(held, address, token) for _ in range(count)]
        await asyncio.sleep(SETTLE_SECONDS)
        idle = resident(pid)
        for number, socket in enumerate(sockets):
            # A variable that the document does not name is left, but tells it from the others.
            more = {"number": number} if apart else {}
            payload = {"query": FOLLOW, "variables": {"id": learner_id, **more}}
            await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": payload}).decode())
            assert orjson.loads(await socket.recv())["type"] == "next"
        await asyncio.sleep(SETTLE_SECONDS)
        following = resident(pid)
    print(f"{count} sockets, compression off")
    print(f"acknowledged            {(idle - before) / count / 1024:6.1f} KB each")
    print(f"and following a learner {(following - before) / count / 1024:6.1f} KB each")


def main() -> None:
    """Serve, measure, end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sockets", type=int, default=1_000)
    parser.add_argument("--apart", action="store_true")
    given = parser.parse_args()
    count: int = given.sockets
    wanted = count + SPARE_FILES
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, most), most))
    with tempfile.TemporaryDirectory(prefix="masterygraph-bench-") as folder:
        Path(folder).chmod(0o755)
        alone = Operator(Path(folder), {"SOCKETS_PER_USER": "1000", "CONSUMERS": "false"})
        serving = alone.serve("--no-demo")
        try:
            address = f"http://127.0.0.1:{serving.port}"
            asyncio.run(measure(address, serving.process.pid, count, given.apart))
        finally:
            serving.process.terminate()
            serving.process.wait(60)


if __name__ == "__main__":
    main()
