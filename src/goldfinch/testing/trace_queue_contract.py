"""What every queue of sampled answers must do, as tests to inherit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import pytest

from goldfinch.ports.trace_queue import SampledAnswer, TraceQueue
from goldfinch.testing.clock import FakeClock


def answer(name: str, text: str = "an answer") -> SampledAnswer:
    """One to put."""
    return SampledAnswer(name, 1_767_268_800.0, "session", "rel_1", [{"role": "user", "content": "?"}], text, ("tool",), {"tokens": 3})


class TraceQueueContract(ABC):
    """Inherit, implement `open_queue`, and let pytest collect the class."""

    @pytest.fixture(autouse=True)
    def _clock(self) -> None:
        self.clock = FakeClock()
        self.told: list[str] = []

    @abstractmethod
    def open_queue(
        self, *, ttl_s: float = 900.0, max_answers: int = 2000, when_dropped: Callable[[tuple[SampledAnswer, ...]], None] | None = None
    ) -> TraceQueue:
        """An empty queue on `self.clock`."""

    def opened(self, *, ttl_s: float = 900.0, max_answers: int = 2000) -> TraceQueue:
        def tell(answers: tuple[SampledAnswer, ...]) -> None:
            self.told += [one.id for one in answers]

        return self.open_queue(ttl_s=ttl_s, max_answers=max_answers, when_dropped=tell)

    def test_answers_come_out_as_they_went_in_oldest_first(self) -> None:
        queue = self.opened()
        assert queue.put([answer("1"), answer("2")]) == 2
        assert queue.put([answer("3")]) == 1
        assert queue.take(2) == (answer("1"), answer("2"))

    def test_an_answer_stays_until_it_is_done(self) -> None:
        queue = self.opened()
        queue.put([answer("1"), answer("2")])
        assert queue.take(9) == queue.take(9)
        queue.done(["1", "unknown"])
        assert queue.take(9) == (answer("2"),)
        assert queue.dropped() == 0

    def test_the_same_turn_twice_is_there_once_also_when_it_is_done(self) -> None:
        queue = self.opened()
        assert queue.put([answer("1"), answer("1", "again")]) == 1
        assert queue.take(9) == (answer("1"),)
        queue.done(["1"])
        assert queue.put([answer("1")]) == 0
        assert queue.take(9) == ()

    def test_beyond_its_size_the_oldest_go_and_are_counted_and_told(self) -> None:
        queue = self.opened(max_answers=2)
        queue.put([answer("1"), answer("2")])
        assert queue.put([answer("3")]) == 1
        assert [one.id for one in queue.take(9)] == ["2", "3"]
        assert (queue.dropped(), self.told) == (1, ["1"])

    def test_more_at_once_than_it_holds_are_not_all_kept(self) -> None:
        queue = self.opened(max_answers=2)
        assert queue.put([answer(str(number)) for number in range(5)]) == 2
        assert queue.dropped() == 3

    async def test_an_answer_that_waited_too_long_is_gone_and_counted(self) -> None:
        queue = self.opened(ttl_s=60.0)
        queue.put([answer("1")])
        await self.clock.sleep(30)
        queue.put([answer("2")])
        await self.clock.sleep(30)
        assert queue.take(9) == (answer("2"),)
        assert (queue.dropped(), self.told) == (1, ["1"])
