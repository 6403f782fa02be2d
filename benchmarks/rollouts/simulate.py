"""Run cells, over the cores, and keep what every judge made of every rollout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from math import ceil, inf
from multiprocessing import get_context
from typing import Any

from benchmarks.rollouts import other_judges, our_judge
from benchmarks.rollouts.cells import SEED, Cell
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
    """Of all rollouts, the ones that were never rolled back coming last; nearest rank."""
    rank = ceil(share * rollouts - 1e-9) - 1
    return found[rank] if rank < len(found) else inf


def processes(workers: int) -> Executor:
    """Started anew, not forked: the caller may have threads."""
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def simulate(
    cell: Cell,
    rollouts: int,
    *,
    pool: Executor,
    seed: int = SEED,
    only_ours: bool = False,
    told: Callable[[int], None] | None = None,
) -> CellResult:
    """Over the processes of `pool`; the result does not depend on how many those are. `told` hears how many rollouts are done."""
    done: list[_Rollout] = []
    for chunk in pool.map(partial(_chunk, cell, seed, only_ours), range(0, rollouts, _CHUNK), repeat(rollouts)):
        done += chunk
        if told is not None:
            told(len(done))
    return _gathered(cell, seed, done)


_Rollout = tuple[Ended, dict[str, int | None]]


def _chunk(cell: Cell, seed: int, only_ours: bool, start: int, rollouts: int) -> list[_Rollout]:
    return [_rollout(cell, seed, number, only_ours) for number in range(start, min(start + _CHUNK, rollouts))]


def _rollout(cell: Cell, seed: int, number: int, only_ours: bool) -> _Rollout:
    course = cell.course(number, seed)
    ours = our_judge.judge(course, restarts=cell.restarts)
    return ours, {} if only_ours else {name: judge(course.requests) for name, judge in _OTHERS.items()}


def _gathered(cell: Cell, seed: int, rollouts: list[_Rollout]) -> CellResult:
    ended = [ours for ours, _ in rollouts]
    rolled_back = [each for each in ended if each.minute is not None]
    minutes: dict[str, Counter[int | None]] = {OURS: Counter(each.minute for each in ended)}
    for name in _OTHERS:
        minutes[name] = Counter(others.get(name) for _, others in rollouts)
    return CellResult(
        cell=cell.name,
        rollouts=len(rollouts),
        seed=seed,
        minutes={
            judge: {at: count for at, count in sorted(of.items(), key=lambda each: each[0] or 0) if at is not None}
            for judge, of in minutes.items()
        },
        triggers=dict(Counter(each.trigger for each in rolled_back)),
        units=tuple(each.canary_units for each in rolled_back),
        scores=tuple(each.canary_scores for each in rolled_back),
        held=sum(each.held for each in ended),
    )
