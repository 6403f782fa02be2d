from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from src.config import Config
from src.domain import Fact, Recollection, Turn
from src.memory import StoredMemory, memory_of
from src.memory.entries import Entry, text_of_entry
from src.memory.process_log import ProcessLog
from tests.memory_contract import MemoryContract, turn

START = datetime(2026, 11, 1, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


class TestInProcess(MemoryContract):
    @pytest.fixture
    def memory(self) -> StoredMemory:
        return memory_of(Config())


async def test_a_session_is_gone_when_its_time_is_over(clock: Clock) -> None:
    memory = memory_of(Config(session_ttl_s=60), clock=clock)
    await memory.remember("s", turn(1), (Fact("k", 1),))
    clock.advance(59)
    assert (await memory.recall("s")).facts
    clock.advance(60)
    assert await memory.recall("s") == Recollection()
    assert await memory.forget("s") is False


async def test_a_fact_lives_as_long_as_its_session_is_used(clock: Clock) -> None:
    memory = memory_of(Config(session_ttl_s=60), clock=clock)
    await memory.remember("s", turn(1), (Fact("k", 1),))
    for number in range(5):
        clock.advance(50)
        assert (await memory.recall("s")).facts == (Fact("k", 1),)
        await memory.remember("s", turn(number), ())


async def test_closing_forgets_everything() -> None:
    memory = memory_of(Config())
    await memory.remember("s", turn(1), ())
    await memory.close()
    assert await memory.recall("s") == Recollection()


def entry(text: str = "") -> Entry:
    return Entry({"text": text}, "r", START)


def log_of(clock: Clock, *, max_sessions: int = 100, max_total_chars: int = 1_000_000) -> ProcessLog:
    return ProcessLog(keep=5, ttl=timedelta(seconds=60), clock=clock, max_sessions=max_sessions, max_total_chars=max_total_chars)


async def test_the_session_untouched_for_longest_makes_room(clock: Clock) -> None:
    log = log_of(clock, max_sessions=2)
    await log.append("a", [entry()])
    await log.append("b", [entry()])
    await log.read("a")
    await log.append("c", [entry()])
    assert [bool(await log.read(session)) for session in "abc"] == [True, False, True]


async def test_many_characters_make_room_too(clock: Clock) -> None:
    size = len(text_of_entry(entry("x" * 100)))
    log = log_of(clock, max_total_chars=3 * size)
    for session in "abcd":
        await log.append(session, [entry("x" * 100)])
    assert [bool(await log.read(session)) for session in "abcd"] == [False, True, True, True]


async def test_the_count_of_characters_survives_trimming_dropping_and_expiry(clock: Clock) -> None:
    log = log_of(clock)
    await log.append("a", [entry("x" * number) for number in range(12)])
    await log.append("b", [entry()])
    await log.append("c", [])
    held = [*await log.read("a"), *await log.read("b")]
    assert log._total_chars == sum(len(text_of_entry(kept)) for kept in held)
    await log.drop("b")
    clock.advance(60)
    assert await log.read("a") == []
    assert log._total_chars == 0


def test_a_url_that_cannot_be_meant_is_refused_without_its_password() -> None:
    for url in ("http://:secret@host", "redis://:secret@host:port"):
        with pytest.raises(ValueError, match="redis_url: cannot be read; write it as redis://") as refused:
            memory_of(Config(redis_url=url))
        assert "secret" not in str(refused.value)
    for url in ("mysql://root:secret@host/name", "host=secret"):
        with pytest.raises(ValueError, match="database_url: only PostgreSQL is supported") as refused:
            memory_of(Config(database_url=url))
        assert "secret" not in str(refused.value)
    with pytest.raises(ValueError, match="database_url: cannot be read") as refused:
        memory_of(Config(database_url="postgresql://u:secret@host/name?nonsense=1"))
    assert "secret" not in str(refused.value)


async def test_a_turn_carries_release_and_time(clock: Clock) -> None:
    for config, given, expected in (
        (Config(), None, "good"),
        (Config(release_id="sha-1"), None, "sha-1"),
        (Config(release_id="sha-1"), "computed", "computed"),
    ):
        memory = memory_of(config, release_id=given, clock=clock)
        await memory.remember("s", Turn("q", "a"), (Fact("k", 1),))
        ((_, turns),) = memory._turns._sessions.items()  # type: ignore[attr-defined]
        assert (
            f'"at":"2026-11-01T00:00:00+00:00","body":{{"answer":"a","question":"q","understood":{{}}}},"release":"{expected}"'
            in turns.texts[0]
        )
