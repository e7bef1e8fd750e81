"""A bus over Redis: wakes the readers of every process that has the same Redis.

A wake-up reaches this process at once and the others as a message on one channel. Redis may be away, slow
or restarted at any time and nobody waits for it: what is not sent is dropped, and readers look by the clock.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from app.realtime.bus import InProcessBus, Waiting

CHANNEL = "masterygraph:wake"
TOPICS_A_MESSAGE = 500
ANSWER_SECONDS = 2.0
"""After so many seconds without an answer Redis counts as away."""
PROBE_SECONDS = 5.0
"""How often a silent connection is probed."""
RETRY_SECONDS = 1.0

log = structlog.get_logger("bus")


class RedisBus:
    """The bus of one process among many; `redis_bus` opens it."""

    def __init__(self, client: "Redis") -> None:
        self._client = client
        self._here = InProcessBus()
        self._process = secrets.token_hex(8)
        self._leaving: dict[str, None] = {}
        self._news = asyncio.Event()
        self._degraded = True
        self._ended = False

    @property
    def degraded(self) -> bool:
        """Whether Redis does not answer now."""
        return self._degraded

    def wake(self, topics: Iterable[str]) -> None:
        """Wake the readers of these topics, here at once and elsewhere soon."""
        topics = list(topics)
        self._here.wake(topics)
        if not self._degraded:
            self._leaving.update(dict.fromkeys(topics))
            self._news.set()

    def waiting(self, *topics: str) -> Waiting:
        """A listener of these topics, which begins with its context."""
        return self._here.waiting(*topics)

    async def send(self) -> None:
        """Tell the other processes what was woken here, until the end."""
        while not self._ended:
            await self._news.wait()
            self._news.clear()
            topics, self._leaving = list(self._leaving), {}
            with suppress(RedisError, OSError):
                for begin in range(0, len(topics), TOPICS_A_MESSAGE):
                    part = topics[begin : begin + TOPICS_A_MESSAGE]
                    await self._client.publish(CHANNEL, "\n".join((self._process, *part)))

    async def listen(self) -> None:
        """Be woken by the other processes, until the end; connects again for as long as it takes."""
        while not self._ended:
            try:
                async with self._client.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(CHANNEL)
                    self._found()
                    await self._hear(channel)
            except (RedisError, OSError) as error:
                self._lost(error)
            await asyncio.sleep(RETRY_SECONDS)

    def end(self) -> None:
        """Listen and send no more. To be followed by a cancellation, which redis-py now and then swallows."""
        self._ended = True

    async def _hear(self, channel: PubSub) -> None:
        while not self._ended:
            message = await channel.get_message(timeout=PROBE_SECONDS)
            if message is not None:
                process, *topics = message["data"].decode().split("\n")
                if process != self._process:
                    self._here.wake(topics)
            else:
                await self._client.ping()

    def _found(self) -> None:
        self._degraded = False
        # Others may have spoken while nobody listened.
        self._here.wake_all()
        log.info("redis connected")

    def _lost(self, error: Exception) -> None:
        if not self._degraded:
            log.warning("redis is away; other processes' news is found by the clock", error=str(error))
        self._degraded = True
        self._leaving.clear()


@asynccontextmanager
async def redis_bus(url: str) -> AsyncIterator[RedisBus]:
    """A bus over the Redis at `url`, for as long as the context lasts; it begins also while Redis is away."""
    pool = BlockingConnectionPool.from_url(
        url, max_connections=4, timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
    )  # fmt: skip
    async with Redis(connection_pool=pool) as client:
        bus = RedisBus(client)
        work = [asyncio.create_task(bus.send()), asyncio.create_task(bus.listen())]
        try:
            yield bus
        finally:
            bus.end()
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
    await pool.disconnect()
