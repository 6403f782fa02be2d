from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis

from src.config import Config
from src.domain import Fact, Recollection, Turn
from src.memory import EntryRefused, memory_of
from src.memory.entries import session_key
from src.memory.stored_memory import MAX_FACT_ROWS, MAX_TURNS
from tests.memory_contract import turn

pytestmark = pytest.mark.integration

STORED = Path(__file__).parent.parent / "unit" / "memory" / "stored"
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


async def test_another_replica_goes_on_with_the_session(redis_url: str, redis_namespace: str) -> None:
    config = Config(redis_url=redis_url)
    first, second = memory_of(config, namespace=redis_namespace), memory_of(config, namespace=redis_namespace)
    await first.remember("s", turn(1), (Fact("k", 1),))
    await first.close()
    assert await second.recall("s") == Recollection((turn(1),), (Fact("k", 1),))
    await second.close()


async def test_every_use_of_a_session_renews_its_time(redis_url: str, redis_namespace: str, client: Redis) -> None:
    memory = memory_of(Config(redis_url=redis_url, session_ttl_s=500), namespace=redis_namespace)
    keys = [f"{redis_namespace}:{kind}:{session_key('s')}" for kind in ("turns", "facts")]

    async def age() -> None:
        for key in keys:
            await client.expire(key, 10)

    await memory.remember("s", turn(1), (Fact("k", 1),))
    assert all([await client.ttl(key) > 400 for key in keys])
    await age()
    await memory.recall("s")
    assert all([await client.ttl(key) > 400 for key in keys])
    await age()
    await memory.remember("s", turn(2), (Fact("k", 2),))
    assert all([await client.ttl(key) > 400 for key in keys])
    await memory.close()


async def test_a_session_takes_bounded_room(redis_url: str, redis_namespace: str, client: Redis) -> None:
    memory = memory_of(Config(redis_url=redis_url), namespace=redis_namespace)
    many = tuple(Fact(f"k{number}", number) for number in range(MAX_FACT_ROWS))
    for number in range(MAX_TURNS + 2):
        await memory.remember("s", turn(number), many if number < 2 else ())
    assert await client.llen(f"{redis_namespace}:turns:{session_key('s')}") == MAX_TURNS
    assert await client.llen(f"{redis_namespace}:facts:{session_key('s')}") == MAX_FACT_ROWS
    await memory.close()


async def test_entries_carry_release_and_time(redis_url: str, redis_namespace: str, client: Redis) -> None:
    memory = memory_of(Config(redis_url=redis_url), release_id="sha-1", clock=lambda: NOW, namespace=redis_namespace)
    await memory.remember("s", turn(1), (Fact("k", 1),))
    for kind in ("turns", "facts"):
        (text,) = await client.lrange(f"{redis_namespace}:{kind}:{session_key('s')}", 0, -1)
        assert {"release": "sha-1", "at": "2026-11-01T00:00:00+00:00", "schema": 2}.items() <= json.loads(text).items()
    await memory.close()


async def test_what_a_release_of_schema_1_stored_is_read(redis_url: str, redis_namespace: str, client: Redis) -> None:
    await client.rpush(f"{redis_namespace}:turns:{session_key('s')}", (STORED / "turn.schema1.json").read_bytes())
    await client.rpush(f"{redis_namespace}:facts:{session_key('s')}", (STORED / "fact.schema1.json").read_bytes())
    memory = memory_of(Config(redis_url=redis_url), namespace=redis_namespace)
    await memory.remember("s", Turn("q", "a", {"n": 1}), ())
    told = await memory.recall("s")
    assert [kept.understood for kept in told.turns] == [{}, {"n": 1}]
    assert told.facts == (Fact("target_cpa", 24.5),)
    await memory.close()


async def test_a_damaged_entry_is_refused_in_one_line(redis_url: str, redis_namespace: str, client: Redis) -> None:
    await client.rpush(f"{redis_namespace}:turns:{session_key('s')}", b"\xff{")
    memory = memory_of(Config(redis_url=redis_url), namespace=redis_namespace)
    with pytest.raises(EntryRefused, match=r"^memory: an entry cannot be read \(UnicodeDecodeError\): forget the session$"):
        await memory.recall("s")
    await memory.close()


async def test_no_session_id_is_in_the_server(redis_url: str, redis_namespace: str, client: Redis) -> None:
    memory = memory_of(Config(redis_url=redis_url), namespace=redis_namespace)
    await memory.remember("secret-session", turn(1), (Fact("k", 1),))
    keys = [key async for key in client.scan_iter(f"{redis_namespace}*")]
    assert len(keys) == 2
    assert not [key for key in keys if b"secret-session" in key]
    await memory.close()
