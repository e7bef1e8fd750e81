"""What an event costs that a thousand follow: ours alone, in processor time and until the last one has it.

    python -m bench.fanout [--sockets 1000] [--rounds 40]

Serves over a temporary folder. The sockets are monitors of one exam by one document; each event is an act of
the teacher or an answer of a learner, written durably, and asked for each subscriber whether it may see it.
The clients are in this process. `python -m bench.live` has the same beside graphql-ws on Node, and all else
that lives.
"""

import argparse
import asyncio
import resource
from pathlib import Path

from app.bootstrap import Addresses
from bench.idle_sockets import SPARE_FILES
from bench.live.fanout import ours
from bench.live.installation import database, installed
from bench.served import folder


async def measure(data: Path, addresses: Addresses, sockets: int, rounds: int) -> None:
    """Start, measure, print."""
    async with installed(data, addresses, servers=1, worker=False) as installation:
        found = await ours(installation, sockets, rounds)
    print(f"{found.subscribers} sockets, {3 * rounds} events one by one, {rounds} bursts of {found.events}")
    print(f"the last one has an event after {found.last:7.1f} ms (median)")
    print(f"messages                        {found.per_second:7.0f} a second within a burst")
    print(f"processor time of the server    {found.processor:7.1f} µs a message")


def main() -> None:
    """Measure as asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sockets", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(given.sockets + SPARE_FILES, most), most))
    with folder() as data, database(data) as addresses:
        asyncio.run(measure(data, addresses, given.sockets, given.rounds))


if __name__ == "__main__":
    main()
