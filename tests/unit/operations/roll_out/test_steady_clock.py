"""Time that nobody can set, questions that end, and pauses that grow."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from goldfinch.core.rollout.state import Phase, RolloutState
from goldfinch.operations.roll_out.measured import Measured
from goldfinch.operations.roll_out.pace import Pace
from goldfinch.operations.roll_out.steady_clock import SteadyClock
from goldfinch.operations.roll_out.time_limit import within
from goldfinch.testing.clock import FakeClock

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_goes_on_as_if_nobody_had_set_the_clock_and_says_so_once(by: timedelta) -> None:
    clock = FakeClock()
    steady = SteadyClock(clock)
    began = steady.now()
    await clock.sleep(10)
    assert steady.jump() is None
    clock.set_wall(by)
    assert steady.jump() == by
    assert steady.jump() is None
    await clock.sleep(10)
    assert steady.now() - began == timedelta(seconds=20)
    assert steady.jump() is None


async def test_a_few_seconds_are_no_jump() -> None:
    clock = FakeClock()
    steady = SteadyClock(clock)
    clock.set_wall(timedelta(seconds=4))
    assert steady.jump() is None


async def test_never_begins_before_what_was_seen() -> None:
    clock = FakeClock()
    seen = clock.utc() + HOUR
    steady = SteadyClock(clock, seen)
    assert steady.now() == seen
    assert steady.ahead == HOUR
    assert steady.jump() is None
    await clock.sleep(60)
    assert steady.now() == seen + timedelta(minutes=1)


async def test_a_question_ends_at_its_limit_even_where_it_does_not_let_itself_be_cancelled() -> None:
    clock = FakeClock()

    async def stubborn() -> None:
        while True:
            try:
                await clock.sleep(1000)
                return
            except asyncio.CancelledError:
                continue

    with pytest.raises(TimeoutError, match="within 5 s"):
        await within(clock, 5, stubborn())
    assert clock.monotonic_s() == 5


async def test_an_answer_in_time_is_the_answer_and_an_error_is_the_error() -> None:
    clock = FakeClock()

    async def slowly(answer: int) -> int:
        await clock.sleep(4)
        if answer < 0:
            raise ValueError("no")
        return answer

    assert await within(clock, 5, slowly(7)) == 7
    with pytest.raises(ValueError, match="no"):
        await within(clock, 5, slowly(-1))


def test_pauses_grow_and_end() -> None:
    pace = Pace()
    assert [pace.command_retry_s(times, shifting=False) for times in (1, 2, 3, 4, 20, 10_000)] == [1, 2, 4, 8, 60, 60]
    assert pace.command_retry_s(9, shifting=True) == 5
    assert pace.store_retry_s(9) == 30
    with pytest.raises(ValueError, match="outlast"):
        Pace(lease=timedelta(seconds=25))


def test_how_far_it_is_measured_is_written_and_read_back() -> None:
    at = datetime(2026, 1, 1, microsecond=7, tzinfo=UTC)
    for measured in (Measured(), Measured(at, None, "a b  c"), Measured(at, at, "")):
        assert Measured.read(measured.write()) == measured
    assert Measured.read("") == Measured()
    for wrong in ("yesterday", "- -", "2026-01-01T00:00:00 - x"):
        with pytest.raises(ValueError, match=r"."):
            Measured.read(wrong)


def test_what_was_measured_before_a_watch_says_nothing_about_it() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    measured = Measured(at, at, "")
    assert measured.until_in(RolloutState(Phase.PROGRESSING, entered_at=at)) is None
    assert measured.until_in(RolloutState(Phase.PROGRESSING, entered_at=at - HOUR)) == at
