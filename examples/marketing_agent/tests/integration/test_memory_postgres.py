from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from src.config import Config
from src.domain import Fact, Recollection
from src.memory import StoredMemory, memory_of
from src.memory.entries import session_key
from src.memory.stored_memory import MAX_FACT_ROWS
from tests.memory_contract import turn

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.fixture
async def memory_at(database_url: str) -> AsyncIterator[Callable[..., StoredMemory]]:
    made: list[StoredMemory] = []

    def make(release_id: str = "r", **settings: Any) -> StoredMemory:
        config = Config(**{"database_url": database_url, **settings})
        made.append(memory_of(config, release_id=release_id, clock=lambda: NOW))
        return made[-1]

    yield make
    for memory in made:
        await memory.close()


async def test_facts_outlive_the_process_and_turns_do_not(memory_at: Callable[..., StoredMemory]) -> None:
    await memory_at().remember("s", turn(1), (Fact("k", {"a": 1}),))
    assert await memory_at().recall("s") == Recollection((), (Fact("k", {"a": 1}),))


async def test_superseded_values_are_kept_with_release_and_time(memory_at: Callable[..., StoredMemory], database_url: str) -> None:
    await memory_at("r1").remember("s", turn(1), (Fact("k", 1),))
    await memory_at("r2").remember("s", turn(2), (Fact("k", 2),))
    kept = rows(database_url, "select session_key, key, content, release_id, written_at, schema_version from facts order by id")
    assert kept == [(session_key("s"), "k", 1, "r1", NOW, 2), (session_key("s"), "k", 2, "r2", NOW, 2)]


async def test_what_is_said_again_is_not_written_again(memory_at: Callable[..., StoredMemory], database_url: str) -> None:
    memory = memory_at()
    for number in range(3):
        await memory.remember("s", turn(number), (Fact("k", {"b": 1, "a": None}), Fact("n", None)))
        await memory.remember("s", turn(number), (Fact("k", {"a": None, "b": 1}), Fact("n", None)))
    assert rows(database_url, "select key, count(*) from facts group by key order by key") == [("k", 1), ("n", 1)]


async def test_a_session_takes_bounded_room(memory_at: Callable[..., StoredMemory], database_url: str) -> None:
    memory = memory_at()
    await memory.remember("t", turn(1), (Fact("k", "stays"),))
    for start in (0, MAX_FACT_ROWS):
        await memory.remember("s", turn(1), tuple(Fact("k", start + number) for number in range(MAX_FACT_ROWS)))
    assert rows(database_url, "select count(*) from facts") == [(MAX_FACT_ROWS + 1,)]
    assert (await memory.recall("s")).facts == (Fact("k", 2 * MAX_FACT_ROWS - 1),)


async def test_test_mode_writes_no_durable_fact(memory_at: Callable[..., StoredMemory], database_url: str) -> None:
    memory = memory_at(test_mode=True)
    await memory.remember("s", turn(1), (Fact("k", 1),))
    assert (await memory.recall("s")).facts == (Fact("k", 1),)
    assert rows(database_url, "select * from facts") == []


async def test_the_form_of_sqlalchemy_names_the_same_database(memory_at: Callable[..., StoredMemory], database_url: str) -> None:
    await memory_at().remember("s", turn(1), (Fact("k", 1),))
    other = memory_at(database_url=database_url.replace("postgresql://", "postgresql+psycopg://"))
    assert (await other.recall("s")).facts == (Fact("k", 1),)


async def test_connections_that_the_server_closed_cost_no_task(memory_at: Callable[..., StoredMemory], database_url: str) -> None:
    memory = memory_at()
    await memory.remember("s", turn(1), (Fact("k", 1),))
    closed = rows(
        database_url,
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    )
    assert closed
    assert (await memory.recall("s")).facts == (Fact("k", 1),)


async def test_no_session_id_is_in_the_database(memory_at: Callable[..., StoredMemory], database_url: str) -> None:
    await memory_at().remember("secret-session", turn(1), (Fact("k", 1),))
    assert "secret-session" not in str(rows(database_url, "select facts::text from facts"))


async def test_forgetting_takes_superseded_values_too(memory_at: Callable[..., StoredMemory], database_url: str) -> None:
    memory = memory_at()
    await memory.remember("s", turn(1), (Fact("k", 1),))
    await memory.remember("s", turn(1), (Fact("k", 2),))
    assert await memory.forget("s")
    assert rows(database_url, "select * from facts") == []
