"""Trouble: kill -9 of servers, of the worker, of Redis, and subscribers that break off."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from bench.live.following import Follower
from bench.live.installation import Installation, Process, Server


class Trouble:
    """Kills now and then, each kind at least once, and breaks off all the time; `done` counts them."""

    def __init__(
        self,
        installation: Installation,
        followers: Sequence[Follower],
        chance: random.Random,
        pause: float,
        kills: int | None = None,
    ) -> None:
        """`pause` is the time between two kills on average, in seconds, `kills` their greatest number."""
        self.done: Counter[str] = Counter()
        self.enough = asyncio.Event()
        self._installation = installation
        self._followers = followers
        self._chance = chance
        self._pause = pause
        self._kills = kills
        self._away: set[object] = set()

    async def make(self, stop: asyncio.Event) -> None:
        """Go on until `stop`; then everything is brought back."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._kill_all(group, stop))
            while not stop.is_set():
                await asyncio.sleep(self._pause * self._chance.uniform(0.1, 0.4))
                self._break_off()
        await self._installation.revive()

    async def _kill_all(self, group: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        made: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "server": self._kill_server,
            "worker": self._kill_worker,
            "Redis": self._kill_redis,
        }
        wanted, kills = list(made), 0
        self._chance.shuffle(wanted)
        while not stop.is_set() and (self._kills is None or kills < self._kills):
            await asyncio.sleep(self._pause * self._chance.uniform(0.3, 1.7))
            kind = next((each for each in wanted if not self.done[each]), self._chance.choice(wanted))
            killed = group.create_task(made[kind]())
            kills += 1
            # Now and then the next one dies before this one is back.
            if self._chance.random() < 0.7:
                await asyncio.wait([killed])
            await asyncio.sleep(0)
            if all(self.done[each] for each in wanted):
                self.enough.set()

    async def _kill_server(self) -> None:
        await self._killed(self._chance.choice(self._installation.servers), "server")

    async def _kill_worker(self) -> None:
        await self._killed(self._installation.worker, "worker")

    async def _killed(self, process: Process, kind: str) -> None:
        if process in self._away:
            return
        self._away.add(process)
        self.done[kind] += 1
        process.kill()
        await asyncio.sleep(self._chance.uniform(0, 1))
        process.start()
        if isinstance(process, Server):
            await process.serves()
        self._away.discard(process)

    async def _kill_redis(self) -> None:
        redis = self._installation.redis
        if redis in self._away:
            return
        self._away.add(redis)
        self.done["Redis"] += 1
        redis.kill()
        await asyncio.sleep(self._chance.uniform(0.2, 2))
        await asyncio.to_thread(redis.start)
        self._away.discard(redis)

    def _break_off(self) -> None:
        self.done["subscribers"] += 1
        some = self._chance.sample(list(self._followers), max(1, len(self._followers) // 5))
        for each in some:
            each.leave(rudely=self._chance.random() < 0.5)
