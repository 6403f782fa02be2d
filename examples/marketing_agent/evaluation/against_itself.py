"""The good release against itself, where its answers vary from run to run: how often a comparison says regressed of what did not change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import goldfinch as api
from goldfinch.core.comparison.outcome import Comparison

from evaluation.commands import settings_of
from evaluation.running import evaluate_release
from evaluation.stopping import compared

_APART = 100
"""Between the seeds of two runs: further trials take the next ones."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two runs that differ by their seeds alone. `trials` a case when it was decided; `verdict` pass, fail or inconclusive."""

    seeds: tuple[int, int]
    pass_rates: tuple[float, float]
    verdict: str
    trials: int
    regressed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgainstItself:
    """All pairs at one share of answers that vary."""

    variation: float
    pairs: tuple[Pair, ...]

    def count(self, verdict: str) -> int:
        return sum(pair.verdict == verdict for pair in self.pairs)

    @property
    def trials(self) -> dict[int, int]:
        """How many pairs were decided, or left open, after so many trials a case."""
        return dict(sorted(Counter(pair.trials for pair in self.pairs).items()))


def against_itself(variation: float, pairs: int, *, results: Path, concurrency: int) -> AgainstItself:
    """Every run has a seed of its own; none is in two pairs. Raises `GoldfinchError`."""
    return AgainstItself(variation, tuple(_pairs(variation, pairs, results / f"variation-{variation:g}", concurrency)))


def _pairs(variation: float, pairs: int, results: Path, concurrency: int) -> Iterator[Pair]:
    overrides = {"behaviour": {"variation": variation}}
    for number in range(pairs):
        seeds = (_APART * (2 * number + 1), _APART * (2 * number + 2))
        before, after = (_varied(overrides, seed, results, concurrency) for seed in seeds)
        folder = results / f"{seeds[0]}-{seeds[1]}"
        folder.mkdir(parents=True, exist_ok=True)
        settings = settings_of("good", folder.absolute(), overrides=overrides)
        yield _pair(seeds, before, after, compared(before, after, settings, settings, folder.absolute()))


def _varied(overrides: dict[str, Any], seed: int, results: Path, concurrency: int) -> api.Evaluation:
    return evaluate_release("good", results=results / f"seed-{seed}", overrides=overrides, seed=seed, concurrency=concurrency)


def _pair(seeds: tuple[int, int], before: api.Evaluation, after: api.Evaluation, found: Comparison) -> Pair:
    rates = tuple(run.summary.passes.rate.mean or 0.0 for run in (before, after))
    trials = max((one.current_trials for one in found.metrics), default=0)
    return Pair(seeds, (rates[0], rates[1]), found.verdict.value, trials, found.regressed)
