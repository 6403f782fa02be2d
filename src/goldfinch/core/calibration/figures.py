"""The figures of a calibration. None stands without its count and, where one can be had, its 95 % interval."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from goldfinch.core.statistics.agreement import Proportion
from goldfinch.core.statistics.rank_correlation import cluster_bootstrap

T = TypeVar("T")
_MANY_ITEMS = 1_000
_LEAST_SAMPLES = 500


@dataclass(frozen=True, slots=True)
class Figure:
    """A value from `count` items; None where it is not known, its interval None where nothing can be said about it."""

    value: float | None
    count: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Items. `labelled` = `judged` + `failed` + `not_judged`, in the order in which the items were given."""

    labelled: int
    judged: int
    failed: int
    """The judge was asked and gave no verdict: missing, never a disagreement and never an agreement."""
    not_judged: int
    clusters: int
    """Different inputs among the judged items."""
    per_class: Mapping[str, int]
    """Judged items by what people said of them."""
    other_judgements: int = 0
    """Judgements of items that have no label."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the labels say about the judge; None where the question does not apply to this kind of label."""

    agreement: Figure
    """Share of items of which people and judge say the same, with Wilson's interval."""
    agreement_clustered: Figure | None
    """The same with an interval by bootstrap over inputs; None where no two items share one."""
    kappa: Figure
    """Cohen's kappa of those verdicts."""
    class_rates: Mapping[str, Figure]
    """Of the items that people put into a class, how many the judge put there: sensitivity and specificity."""
    weighted_kappa: Figure | None = None
    spearman: Figure | None = None
    agreement_swapped: Figure | None = None
    kappa_swapped: Figure | None = None
    position_consistency: Figure | None = None
    """Share of pairs with the same verdict in both orders."""
    first_shown: Figure | None = None
    """Of the pairs with different verdicts, how many went both times to the answer that was shown first."""
    decided_in_both_orders: Figure | None = None
    """Share of pairs with one winner in both orders; the others count as ties where both orders are averaged."""
    agreement_when_decided: Figure | None = None
    """Agreement among the pairs with one winner in both orders, those that people call a tie left out."""
    repeat_flip_rate: Figure = field(default_factory=lambda: Figure(None, 0))
    length_correlation: Figure = field(default_factory=lambda: Figure(None, 0))
    """Spearman of the judge's score with the answer's length among answers of the same human grade."""
    family_bias: Figure | None = None
    """How much more the judge favours its own family of models than people do; None where no family was named."""
    agreement_tune_half: Figure = field(default_factory=lambda: Figure(None, 0))
    agreement_report_half: Figure = field(default_factory=lambda: Figure(None, 0))


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals without a formula are made.

    Above 1,000 items fewer `samples` are drawn, 500 at the least. That leaves an end uncertain by an eighth of the standard error, which is
    0.001 or so with that many items.
    """

    seed: int = 0
    samples: int = 2000

    def samples_of(self, items: int) -> int:
        """How often to resample so many items."""
        return min(self.samples, max(_LEAST_SAMPLES, self.samples * _MANY_ITEMS // max(items, 1)))


def share(found: Proportion) -> Figure:
    """A share with Wilson's interval."""
    bounds = found.interval
    return Figure(found.value, found.count, *((bounds.low, bounds.high) if bounds else ()))


def resampled(
    statistic: Callable[[Sequence[T]], float | None], items: Sequence[T], clusters: Sequence[Hashable], how: Resampling
) -> Figure:
    """`statistic` of all items, with its interval by bootstrap over clusters."""
    value = statistic(items)
    bounds = None if value is None else cluster_bootstrap(statistic, items, clusters, seed=how.seed, samples=how.samples_of(len(items)))
    return Figure(value, len(items), *((bounds.low, bounds.high) if bounds else ()))
