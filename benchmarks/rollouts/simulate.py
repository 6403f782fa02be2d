"""Run cells, over the cores, and keep what every judge made of every rollout."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import inf, nan
from typing import Any

from benchmarks.rollouts import other_judges, our_judge
from benchmarks.rollouts.cells import CELLS, SEED, Cell
from benchmarks.rollouts.our_judge import Ended

OURS, PLAIN, ARGO, KAYENTA = "Goldfinch", "plain rule", "Argo", "Kayenta"
JUDGES = (OURS, PLAIN, ARGO, KAYENTA)
_OTHERS = {PLAIN: other_judges.plain_rule, ARGO: other_judges.argo, KAYENTA: other_judges.kayenta}
_CHUNK = 25


@dataclass(frozen=True, slots=True)
class CellResult:
    """What became of the rollouts of a cell."""

    cell: str
    rollouts: int
    seed: int
    minutes: dict[str, dict[int, int]]
    """Judge → minute of the rollback → rollouts; those that were never rolled back are in none."""
    triggers: dict[str, int]
    """Of ours."""
    units: tuple[int, ...]
    """Canary sessions that ours had seen when it rolled back, per rollout that it did."""
    scores: tuple[int, ...]
    held: int
    """Rollouts in which ours asked for a hold."""

    def rolled_back(self, judge: str = OURS, until: float = inf) -> int:
        return sum(count for minute, count in self.minutes[judge].items() if minute <= until)

    def minute(self, judge: str = OURS, share: float = 0.5) -> float:
        """The minute by which this share of all rollouts was rolled back; infinite if it never was."""
        return _quantile([minute for minute, count in sorted(self.minutes[judge].items()) for _ in range(count)], self.rollouts, share)

    def median_units(self) -> float:
        return _quantile(sorted(self.units), self.rollouts, 0.5)

    def median_scores(self) -> float:
        return _quantile(sorted(self.scores), self.rollouts, 0.5)

    @classmethod
    def read(cls, stored: dict[str, Any]) -> CellResult:
        minutes = {judge: {int(minute): count for minute, count in of.items()} for judge, of in stored["minutes"].items()}
        return cls(**{**stored, "minutes": minutes, "units": tuple(stored["units"]), "scores": tuple(stored["scores"])})


def _quantile(found: Sequence[float], rollouts: int, share: float) -> float:
    """Of all rollouts, the ones that were never rolled back coming last."""
    if not rollouts:
        return nan
    rank = max(0, -(-int(share * rollouts * 1000) // 1000) - 1)
    return found[rank] if rank < len(found) else inf


def simulate(cell: Cell, rollouts: int, *, seed: int = SEED, only_ours: bool = False) -> CellResult:
    """In this process."""
    return _gathered(cell, seed, [_rollout(cell, seed, number, only_ours) for number in range(rollouts)])


def simulate_all(names: Sequence[str], rollouts: int, *, seed: int, workers: int, told: Callable[[str], None]) -> Iterator[CellResult]:
    """Cell by cell, each over `workers` processes; the result does not depend on how many."""
    with ProcessPoolExecutor(workers) as pool:
        for name in names:
            began = time.monotonic()
            chunks = [range(start, min(start + _CHUNK, rollouts)) for start in range(0, rollouts, _CHUNK)]
            done: list[_Rollout] = []
            for chunk in pool.map(partial(_chunk, name, seed), chunks):
                done += chunk
                told(f"\r{name}: {len(done):,} of {rollouts:,}")
            result = _gathered(CELLS[name], seed, done)
            told(f"\r{name}: {result.rolled_back():,} of {rollouts:,} rolled back, {time.monotonic() - began:.0f} s\n")
            yield result


_Rollout = tuple[Ended, dict[str, int | None]]


def _chunk(name: str, seed: int, numbers: range) -> list[_Rollout]:
    return [_rollout(CELLS[name], seed, number, False) for number in numbers]


def _rollout(cell: Cell, seed: int, number: int, only_ours: bool) -> _Rollout:
    course = cell.course(number, seed)
    ours = our_judge.judge(course, restarts=cell.restarts)
    return ours, {} if only_ours else {name: judge(course.requests) for name, judge in _OTHERS.items()}


def _gathered(cell: Cell, seed: int, rollouts: list[_Rollout]) -> CellResult:
    ended = [ours for ours, _ in rollouts]
    rolled_back = [each for each in ended if each.minute is not None]
    minutes = {OURS: Counter(each.minute for each in ended)}
    for name in _OTHERS:
        minutes[name] = Counter(others.get(name) for _, others in rollouts)
    return CellResult(
        cell=cell.name,
        rollouts=len(rollouts),
        seed=seed,
        minutes={judge: {at: count for at, count in sorted_minutes(of) if at is not None} for judge, of in minutes.items()},
        triggers=dict(Counter(each.trigger for each in rolled_back)),
        units=tuple(each.canary_units for each in rolled_back),
        scores=tuple(each.canary_scores for each in rolled_back),
        held=sum(each.held for each in ended),
    )


def sorted_minutes(counts: Counter[int | None]) -> list[tuple[int | None, int]]:
    return sorted(counts.items(), key=lambda item: item[0] or 0)
