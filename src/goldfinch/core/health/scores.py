"""Is the canary's mean score lower? A bet on each block of scores, its size fixed before the block is looked at.

Source: STATISTICS A2, scores; betting after Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting,
J. R. Stat. Soc. B 86 (2024), 1-27. Valid for any distribution in [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum, log

from goldfinch.core.health.counts import CountEvidence
from goldfinch.core.health.interval import ScoreValues
from goldfinch.core.health.metrics import GatedMetric
from goldfinch.core.health.mixing import Row, Rows

BETS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
"""g: how much of the evidence is staked on one unit of difference."""
MAX_WAITING = 1_000
"""Scores of one arm that wait for the other; later ones are left out of the evidence, and still count in the mean."""
_FACTORS_PER_LOG = 32  # each lies within 0.1 and 5, so that their product neither overflows nor vanishes


@dataclass(frozen=True, slots=True)
class Sums:
    """Number and sum of the scores of each arm."""

    canary: int = 0
    canary_sum: float = 0.0
    stable: int = 0
    stable_sum: float = 0.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Scores of one stratum that wait until both arms have at least one."""

    stratum: int
    canary: tuple[float, ...]
    stable: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ScoreEvidence:
    """What is known of one score metric."""

    rows: Rows
    judge_failures: CountEvidence
    """Answers that the judge could not score are missing, not 0; that they are missing more often in one arm is a finding of its own."""
    total: Sums = Sums()
    stage: Sums = Sums()
    earlier: int = 1
    """Scores of both arms in closed blocks, and the prior one of 0.5."""
    earlier_sum: float = 0.5
    waiting: tuple[Waiting, ...] = ()


def rescaled(values: tuple[float, ...], metric: GatedMetric) -> tuple[float, ...]:
    """Scores as they are; an amount with a cap is clipped, rescaled and turned round, so that higher is better."""
    if metric.cap is None:
        return values
    cap = metric.cap
    return tuple([1 - min(value, cap) / cap for value in values])


def expected_mean(evidence: ScoreEvidence) -> float:
    """m: the mean of all scores in earlier blocks, within [0.1, 0.9]."""
    return min(0.9, max(0.1, evidence.earlier_sum / evidence.earlier))


def log_gain(block: Waiting, mean: float) -> Row:
    """What a block adds per bet: ln of 1 + l (m - y) over the canary's scores and of 1 + l n_c/n_b (y - m) over the stable ones."""
    share = len(block.canary) / len(block.stable)
    most = 0.9 * min(1 / (1 - mean), 1 / (share * mean))
    below = [mean - score for score in block.canary]
    above = [share * (score - mean) for score in block.stable]
    changes = below + above
    return tuple([_log_product(min(bet, most), changes) for bet in BETS])


def _log_product(bet: float, changes: list[float]) -> float:
    total = 0.0
    for start in range(0, len(changes), _FACTORS_PER_LOG):
        product = 1.0
        for change in changes[start : start + _FACTORS_PER_LOG]:
            product *= 1 + bet * change
        total += log(product)
    return total


def joined(waiting: Iterable[Waiting], values: Iterable[tuple[int, ScoreValues]]) -> list[Waiting]:
    """What waits of each stratum after the scores of an interval have come, in the order of strata."""
    of_stratum = {block.stratum: block for block in waiting}
    for stratum, new in values:
        before = of_stratum.get(stratum, Waiting(stratum, (), ()))
        of_stratum[stratum] = Waiting(stratum, _bounded(before.canary, new.canary), _bounded(before.stable, new.stable))
    return [of_stratum[stratum] for stratum in sorted(of_stratum)]


def _bounded(before: tuple[float, ...], new: tuple[float, ...]) -> tuple[float, ...]:
    return before if not new else (before + new)[:MAX_WAITING]


def with_more(sums: Sums, values: list[ScoreValues]) -> Sums:
    """The sums of an interval taken in; the order of its strata changes no bit."""
    canary = [score for value in values for score in value.canary]
    stable = [score for value in values for score in value.stable]
    return Sums(sums.canary + len(canary), sums.canary_sum + fsum(canary), sums.stable + len(stable), sums.stable_sum + fsum(stable))
