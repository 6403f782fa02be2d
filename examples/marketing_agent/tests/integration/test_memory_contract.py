"""The contract of memory against real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from src.config import Config
from src.memory import StoredMemory, memory_of
from tests.memory_contract import MemoryContract

pytestmark = pytest.mark.integration


class TestRedisOnly(MemoryContract):
    @pytest.fixture
    async def memory(self, redis_url: str, redis_namespace: str) -> AsyncIterator[StoredMemory]:
        memory = memory_of(Config(redis_url=redis_url), namespace=redis_namespace)
        yield memory
        await memory.close()


class TestPostgresOnly(MemoryContract):
    @pytest.fixture
    async def memory(self, database_url: str) -> AsyncIterator[StoredMemory]:
        memory = memory_of(Config(database_url=database_url))
        yield memory
        await memory.close()


class TestBoth(MemoryContract):
    @pytest.fixture
    async def memory(self, redis_url: str, redis_namespace: str, database_url: str) -> AsyncIterator[StoredMemory]:
        memory = memory_of(Config(redis_url=redis_url, database_url=database_url), namespace=redis_namespace)
        yield memory
        await memory.close()
