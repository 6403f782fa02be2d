"""What every source of measurements must do, as tests to inherit: a reading can be repeated, and no interval says what cannot be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from goldfinch.core.health.check import begin, take, thresholds_ms
from goldfinch.core.health.metrics import HealthRules
from goldfinch.core.rollout.plan import DEFAULT_STEPS
from goldfinch.ports.evidence_source import EvidenceSource, Question

SINCE = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIRST = Question("ro_1", "", 0, SINCE, 0.1, SINCE + MINUTE, {})


class EvidenceSourceContract(ABC):
    """Inherit, implement `open_source`, and let pytest collect the class."""

    rules = HealthRules()

    @abstractmethod
    def open_source(self) -> EvidenceSource:
        """A source with traffic on both arms in the three minutes from `SINCE` on, 10 % of it on the canary, all of step 0."""

    async def test_intervals_join_up_to_what_was_asked_for(self) -> None:
        source, cursor, end = self.open_source(), "", SINCE
        for minute in range(1, 4):
            until = SINCE + minute * MINUTE
            reading = await source.read(replace(FIRST, cursor=cursor, until=until), ())
            assert reading.intervals
            for interval in reading.intervals:
                assert interval.start >= end
                assert interval.end <= until
                assert interval.step == 0
                end = interval.end
            cursor = reading.cursor
        assert end == SINCE + 3 * MINUTE

    async def test_reading_the_same_cursor_again_gives_the_same(self) -> None:
        source = self.open_source()
        first = await source.read(FIRST, ())
        assert await source.read(FIRST, ()) == first
        second = replace(FIRST, cursor=first.cursor, until=SINCE + 2 * MINUTE)
        assert await source.read(second, first.sessions) == await source.read(second, first.sessions)

    async def test_another_process_reads_on_from_the_saved_cursor_and_sessions(self) -> None:
        one = self.open_source()
        first = await one.read(FIRST, ())
        second = replace(FIRST, cursor=first.cursor, until=SINCE + 2 * MINUTE)
        assert (await self.open_source().read(second, first.sessions)).intervals == (await one.read(second, first.sessions)).intervals

    async def test_sessions_begun_while_the_arms_cannot_be_compared_never_count(self) -> None:
        reading = await self.open_source().read(replace(FIRST, comparable=False), ())
        assert all(interval.strata == () for interval in reading.intervals)
        assert sum(interval.stable_sessions for interval in reading.intervals) > 0

    async def test_what_it_says_can_be(self) -> None:
        """`take` refuses more bad units than units, counts below 0 and the like."""
        source, cursor = self.open_source(), ""
        health = begin(self.rules, steps=DEFAULT_STEPS)
        for minute in range(1, 4):
            thresholds = thresholds_ms(self.rules, health)
            question = replace(FIRST, cursor=cursor, until=SINCE + minute * MINUTE, thresholds_ms=thresholds)
            reading = await source.read(question, ())
            for interval in reading.intervals:
                health = take(self.rules, health, interval)
            cursor = reading.cursor
        assert health.canary_sessions > 0
        assert health.stable_sessions > health.canary_sessions
