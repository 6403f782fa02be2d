"""Entries in Redis (or Valkey): a list for each session, which expires. Shared by all replicas."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from .deadline import ANSWER_WITHIN_S, within
from .entries import Entry, entry_of_text, text_of_entry
from .errors import MemoryUnavailable

T = TypeVar("T")


class RedisServer:
    """A client and its name in messages, which has no password in it."""

    def __init__(self, url: str, *, answer_within_s: float = ANSWER_WITHIN_S) -> None:
        """Connects at first use. Raises `ValueError` for what is no Redis URL."""
        self._answer_within_s = answer_within_s
        try:
            self.name = _name_of(url)
            # No second try: it would append a second time what a slow server had already taken.
            self.client: Redis = Redis.from_url(
                url, socket_timeout=answer_within_s, socket_connect_timeout=answer_within_s, retry=Retry(NoBackoff(), 0)
            )
        except ValueError:
            raise ValueError("redis_url: cannot be read; write it as redis://:password@host:6379/0 or unix:///path/to/socket") from None

    async def ask(self, work: Coroutine[Any, Any, T]) -> T:
        """The work's result. Raises `MemoryUnavailable`."""
        try:
            return await within(self._answer_within_s, self.name, work)
        except (RedisError, OSError) as why:
            raise MemoryUnavailable(self.name, f"{type(why).__name__}: is it running, and does redis_url name it?") from why

    async def close(self) -> None:
        await self.client.aclose()


def _name_of(url: str) -> str:
    address = urlsplit(url)
    return f"Redis at {address.hostname}:{address.port or 6379}" if address.hostname else f"Redis at {address.path}"


class RedisLog:
    """`kind` tells turns from facts; `namespace` stands before every key, so that several agents can share a server."""

    def __init__(self, server: RedisServer, *, kind: str, keep: int, ttl_s: int, namespace: str) -> None:
        self._server = server
        self._prefix = f"{namespace}:{kind}:"
        self._keep = keep
        self._ttl_s = ttl_s

    async def read(self, session: str) -> list[Entry]:
        return [entry_of_text(text) for text in await self._server.ask(self._read(self._prefix + session))]

    async def append(self, session: str, entries: Sequence[Entry]) -> None:
        if entries:
            await self._server.ask(self._append(self._prefix + session, [text_of_entry(entry) for entry in entries]))

    async def drop(self, session: str) -> bool:
        return await self._server.ask(self._drop(self._prefix + session))

    async def ping(self) -> None:
        await self._server.ask(self._ping())

    async def close(self) -> None:
        await self._server.close()

    async def _read(self, key: str) -> list[bytes]:
        async with self._server.client.pipeline(transaction=True) as pipe:
            pipe.lrange(key, 0, -1)
            pipe.expire(key, self._ttl_s)
            texts, _ = await pipe.execute()
        return list(texts)

    async def _append(self, key: str, texts: list[str]) -> None:
        async with self._server.client.pipeline(transaction=True) as pipe:
            pipe.rpush(key, *texts)
            pipe.ltrim(key, -self._keep, -1)
            pipe.expire(key, self._ttl_s)
            await pipe.execute()

    async def _drop(self, key: str) -> bool:
        return bool(await self._server.client.delete(key))

    async def _ping(self) -> None:
        await self._server.client.ping()
