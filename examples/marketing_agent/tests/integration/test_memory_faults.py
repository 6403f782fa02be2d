"""Servers that are down, silent, or empty: a typed error in bounded time, and all is well when they return."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Protocol, cast
from urllib.parse import urlsplit

import psycopg
import pytest

from src.config import Config
from src.domain import Fact, Recollection
from src.memory import EntryRefused, MemoryUnavailable, StoredMemory, memory_of
from src.memory.entries import Entry
from src.memory.postgres_log import PostgresLog
from src.memory.process_log import ProcessLog
from src.memory.redis_log import RedisLog, RedisServer
from src.memory.session_log import SessionLog
from src.memory.stored_memory import _now
from tests.memory_contract import turn
from tests.proxy import Proxy, proxy_to

pytestmark = pytest.mark.integration

HANG_S = 30
"""Far beyond every bound: a test that takes as long hangs."""
PATIENT_S = 0.5


class Before(Protocol):
    """Makes a log that speaks to its server through a port of loopback."""

    def __call__(self, port: int) -> SessionLog: ...


@pytest.fixture(params=["redis", "postgres"])
def server(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def real_url(server: str, request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("redis_url" if server == "redis" else "database_url"))


@pytest.fixture
async def log_at(server: str, real_url: str, redis_namespace: str) -> AsyncIterator[Before]:
    made: list[SessionLog] = []

    def make(port: int) -> SessionLog:
        address = urlsplit(real_url)
        if server == "redis":
            userinfo = address.netloc.rpartition("@")[0]
            url = address._replace(netloc=f"{userinfo}@127.0.0.1:{port}").geturl()
            there: SessionLog = RedisLog(
                RedisServer(url, answer_within_s=PATIENT_S), kind="facts", keep=10, ttl_s=60, namespace=redis_namespace
            )
        else:
            password = address.password or "secret"
            url = f"postgresql://{address.username or 'postgres'}:{password}@127.0.0.1:{port}{address.path}"
            there = PostgresLog(url, keep=10, answer_within_s=PATIENT_S)
        made.append(there)
        return there

    yield make
    for log in made:
        await log.close()


@pytest.fixture
async def proxy(real_url: str) -> AsyncIterator[Proxy]:
    async with proxy_to(real_url) as proxy:
        yield proxy


def memory_over(facts: SessionLog) -> StoredMemory:
    return StoredMemory(ProcessLog(keep=10, ttl=timedelta(hours=1), clock=_now), facts, release_id="r")


async def every_way_fails(memory: StoredMemory, server: str) -> None:
    for work in (
        memory.recall("s"),
        memory.remember("s", turn(1), (Fact("k", 1),)),
        memory.forget("s"),
        memory.ping(),
    ):
        with pytest.raises(MemoryUnavailable, match=rf"^memory: {server} at 127\.0\.0\.1:\d+") as failed:
            async with asyncio.timeout(HANG_S):
                await work
        assert "\n" not in str(failed.value)
        assert "secret" not in str(failed.value)


def shown(server: str) -> str:
    return {"redis": "Redis", "postgres": "PostgreSQL"}[server]


async def test_a_server_that_is_down_is_a_typed_error(log_at: Before, server: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # not listening: connections are refused
        await every_way_fails(memory_over(log_at(free.getsockname()[1])), shown(server))


async def test_a_server_that_accepts_and_says_nothing_is_a_typed_error(log_at: Before, proxy: Proxy, server: str) -> None:
    proxy.passing.clear()
    await every_way_fails(memory_over(log_at(proxy.port)), shown(server))


async def test_a_server_that_falls_silent_is_a_typed_error_and_may_return(log_at: Before, proxy: Proxy, server: str) -> None:
    memory = memory_over(log_at(proxy.port))
    await memory.remember("s", turn(1), (Fact("k", 1),))
    proxy.passing.clear()
    await every_way_fails(memory, shown(server))
    proxy.passing.set()
    async with asyncio.timeout(HANG_S):
        while True:  # what was under way arrives now, so the facts may be as they were, forgotten, or said again
            try:
                await memory.ping()
                break
            except MemoryUnavailable:
                continue
    assert (await memory.recall("s")).facts in ((), (Fact("k", 1),))
    await memory.remember("s", turn(2), (Fact("k", 2),))
    assert (await memory.recall("s")).facts == (Fact("k", 2),)


async def test_a_failed_turn_can_be_repeated_without_doubling(log_at: Before, proxy: Proxy) -> None:
    memory = memory_over(log_at(proxy.port))
    proxy.passing.clear()
    with pytest.raises(MemoryUnavailable):
        await memory.remember("s", turn(1), (Fact("k", 1),))
    proxy.passing.set()
    async with asyncio.timeout(HANG_S):
        while True:
            try:
                await memory.remember("s", turn(1), (Fact("k", 1),))
                break
            except MemoryUnavailable:
                continue
    assert await memory.recall("s") == Recollection((turn(1),), (Fact("k", 1),))


async def test_readiness_names_every_server_that_is_down() -> None:
    with socket.socket() as one, socket.socket() as other:
        for free in (one, other):
            free.bind(("127.0.0.1", 0))
        ports = [free.getsockname()[1] for free in (one, other)]
        memory = memory_of(
            Config(redis_url=f"redis://127.0.0.1:{ports[0]}", database_url=f"postgresql://u:secret@127.0.0.1:{ports[1]}/name")
        )
        with pytest.raises(MemoryUnavailable, match=rf"Redis at 127\.0\.0\.1:{ports[0]}: .*; PostgreSQL at 127\.0\.0\.1:{ports[1]}/name: "):
            await memory.ping()
        await memory.close()


async def test_what_was_never_asked_can_be_closed() -> None:
    await memory_of(Config(redis_url="redis://127.0.0.1:1", database_url="postgresql://127.0.0.1:1/name")).close()


async def test_a_damaged_session_does_not_leave_the_other_store_busy(database_url: str) -> None:
    facts, asked = PostgresLog(database_url, keep=10), 0

    class Counting:
        async def read(self, session: str) -> list[Entry]:
            nonlocal asked
            told = await facts.read(session)
            asked += 1
            return told

    class Damaged:
        async def read(self, session: str) -> list[Entry]:
            raise EntryRefused("damaged")

    memory = StoredMemory(cast("SessionLog", Damaged()), cast("SessionLog", Counting()), release_id="r")
    with pytest.raises(EntryRefused):
        await memory.recall("s")
    assert asked == 1
    await facts.close()


async def test_a_database_without_its_tables_says_how_to_make_them(empty_database_url: str) -> None:
    memory = memory_of(Config(database_url=empty_database_url))
    with pytest.raises(MemoryUnavailable, match="lacks the tables of this release: run `alembic upgrade head`"):
        await memory.ping()
    await memory.close()


async def test_a_database_that_refuses_writes_is_a_typed_error(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("alter table facts add constraint closed check (false)")
    memory = memory_of(Config(database_url=database_url))
    with pytest.raises(MemoryUnavailable, match="CheckViolation"):
        await memory.remember("s", turn(1), (Fact("k", 1),))
    assert await memory.recall("s") == Recollection()
    await memory.close()
