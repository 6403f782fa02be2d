"""Whether further trials can decide what a comparison left open, and how many. Source: STATISTICS B, "Gate policy".

A metric that is worse by the margin without the evidence for it (a point breach) is asked again with more trials on both sides, 1 -> 3 ->
5, each look at a third of the error. Whether it is worth the money is told by conditional power (Lan, Simon and Halperin, Commun. Stat. C 1
(1982), 207-219): given what was seen so far, how likely is it that a breach of chance vanishes, or one as large as it looks is proved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.comparison.outcome import Comparison, MetricChange
from goldfinch.core.comparison.pairing import Pairing
from goldfinch.core.comparison.run_table import RunTable
from goldfinch.core.statistics.paired import detectable_factor
from goldfinch.core.statistics.student_t import student_t_quantile
from goldfinch.core.verdict import Verdict

LOOKS = (1, 3, 5)
"""Trials of each case, on both sides, at each look."""
LEAST_CHANCE = 0.2
"""Below it further trials are not worth their money: what is called futile in sequential trials."""
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class NextLook:
    """`trials` of each case on both sides; None: no further look, and `reason` says why. `is_open`: the question stays without answer."""

    trials: int | None
    reason: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Chance:
    """How likely a look of `trials` trials ends the question of one metric, either way."""

    metric: str
    trials: int
    vanishes: float
    """If nothing changed: the breach is gone."""
    is_proved: float
    """If the change is as large as it looks: it is found."""


@dataclass(frozen=True, slots=True)
class WantedTrials:
    """What one side is to be asked: `hashes` of the cases by id, `trials` of each, counted on from `first_trial`."""

    hashes: dict[str, str]
    trials: int
    first_trial: int


def next_look(comparison: Comparison, options: CompareOptions, looks: Sequence[int] = LOOKS) -> NextLook:
    """What to do after a comparison that was judged with `options` (whose `looks` is the number of looks there are)."""
    if comparison.verdict is not Verdict.INCONCLUSIVE:
        return NextLook(None, f"decided: {comparison.verdict.value}")
    if comparison.invalid:
        return NextLook(None, f"the runs cannot be compared: {comparison.invalid[0]}", is_open=True)
    breaches = [one for one in comparison.metrics if one.gating and one.point_breach]
    later = [trials for trials in looks if trials > min(_trials(one) for one in breaches)]
    if not later:
        return NextLook(None, f"{looks[-1]} trials a case are the most that is asked", is_open=True)
    family = sum(one.gating and one.baseline is not None for one in comparison.metrics)
    by_metric = [[chance_of(one, trials, options, family) for trials in later] for one in breaches]
    if not _is_worth_it(by_metric):
        names = ", ".join(one.metric for one in breaches)
        return NextLook(None, f"more trials would hardly decide {names}; more cases would", is_open=True)
    return NextLook(later[0], _in_words([chances[0] for chances in by_metric]), is_open=True)


def chance_of(one: MetricChange, trials: int, options: CompareOptions, family: int) -> Chance:
    """Conditional power of a look at `trials`: the mean of more trials drifts from what was seen as a Brownian motion does."""
    count, difference = one.cases, one.difference
    if count < options.least_cases or difference is None or not one.mde or not one.trials_to_decide:
        return Chance(one.metric, trials, 0.0, 0.0)
    loss = -abs(difference)
    factor = detectable_factor(count, options.level / max(family, 1))
    now = (one.mde / factor) ** 2
    then = now - _noise(one, now, factor) * (1 / _trials(one) - 1 / trials)
    spread = sqrt(max(then * (1 - then / now), 0.0))
    if then <= 0 or spread <= 0:
        return Chance(one.metric, trials, 0.0, 0.0)
    critical = max(one.margin, student_t_quantile(1 - options.level / max(family, 1), count - 1) * sqrt(then))
    return Chance(
        one.metric,
        trials,
        vanishes=1 - _NORMAL.cdf((-one.margin - loss * then / now) / spread),
        is_proved=_NORMAL.cdf((-critical - loss) / spread),
    )


def wanted_trials(table: RunTable, pairing: Pairing, places: Sequence[int], trials: int) -> WantedTrials | None:
    """The common cases that have fewer than `trials` rows on this side; None where all have them. `places` are the side's in `pairing`."""
    rows = Counter(table.row_cases)
    short = {case_id: place for case_id, place in zip(pairing.ids, places, strict=True) if rows[place] < trials}
    if not short:
        return None
    fewest = min(rows[place] for place in short.values())
    return WantedTrials({case_id: table.hashes[place] for case_id, place in short.items()}, trials - fewest, max(rows.values()))


def _trials(one: MetricChange) -> int:
    return max(min(one.baseline_trials, one.current_trials), 1)


def _noise(one: MetricChange, now: float, factor: float) -> float:
    """The part of the mean's variance that a single trial makes: of one trial all of it, else what `trials_to_decide` implies."""
    trials = _trials(one)
    if trials == 1 or not one.trials_to_decide:
        return now * trials
    implied = (now - (one.margin / factor) ** 2) / (1 / trials - 1 / one.trials_to_decide)
    return min(max(implied, 0.0), now * trials)


def _is_worth_it(by_metric: Sequence[Sequence[Chance]]) -> bool:
    """One metric that may be proved fails the change; for it to pass, every breach has to vanish."""
    proved = any(chance.is_proved >= LEAST_CHANCE for chances in by_metric for chance in chances)
    return proved or all(any(chance.vanishes >= LEAST_CHANCE for chance in chances) for chances in by_metric)


def _in_words(chances: Sequence[Chance]) -> str:
    names = ", ".join(chance.metric for chance in chances)
    first = chances[0]
    return (
        f"{names} worse by the margin, but it may be chance; with {first.trials} trials {first.metric} is no longer with probability "
        f"{first.vanishes:.0%} if nothing changed, and proved worse with {first.is_proved:.0%} if it is as bad as it looks"
    )
