"""A queue of sampled answers in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from goldfinch.ports.clock import Clock
from goldfinch.ports.trace_queue import SampledAnswer


def _nobody(answers: tuple[SampledAnswer, ...]) -> None:
    """Nobody is told."""


class FakeQueue:
    """As bounded, short-lived and forgetful as the real one."""

    def __init__(
        self,
        clock: Clock,
        *,
        ttl_s: float = 900.0,
        max_answers: int = 2000,
        when_dropped: Callable[[tuple[SampledAnswer, ...]], None] = _nobody,
    ) -> None:
        self._clock, self._ttl_s, self._max_answers, self._when_dropped = clock, ttl_s, max_answers, when_dropped
        self._waiting: dict[str, tuple[float, SampledAnswer]] = {}
        self._seen: dict[str, float] = {}
        self._dropped = 0

    def put(self, answers: Iterable[SampledAnswer]) -> int:
        self._expire()
        now_s, given = self._clock.monotonic_s(), list(answers)
        fresh = [answer for answer in {answer.id: answer for answer in reversed(given)}.values() if answer.id not in self._seen][::-1]
        for answer in fresh:
            self._waiting[answer.id] = now_s, answer
            self._seen[answer.id] = now_s
        self._drop(list(self._waiting)[: max(0, len(self._waiting) - self._max_answers)])
        return sum(answer.id in self._waiting for answer in fresh)

    def take(self, limit: int) -> tuple[SampledAnswer, ...]:
        self._expire()
        return tuple(answer for _, answer in self._waiting.values())[: max(0, limit)]

    def done(self, ids: Iterable[str]) -> None:
        for name in ids:
            self._waiting.pop(name, None)

    def dropped(self) -> int:
        self._expire()
        return self._dropped

    def _expire(self) -> None:
        old_s = self._clock.monotonic_s() - self._ttl_s
        self._drop([name for name, (put_s, _) in self._waiting.items() if put_s <= old_s])
        self._seen = {name: put_s for name, put_s in self._seen.items() if put_s > old_s}

    def _drop(self, names: list[str]) -> None:
        if names:
            self._when_dropped(tuple(self._waiting[name][1] for name in names))
            self._dropped += len(names)
            for name in names:
                del self._waiting[name]
