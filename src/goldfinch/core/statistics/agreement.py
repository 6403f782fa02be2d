"""How well a judge and people agree: shares with their intervals, and kappas, which take away the agreement that chance would bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import fsum

from goldfinch.core.statistics.intervals import Interval, wilson_interval

Pair = tuple[Hashable, Hashable]
"""What people said of an item, and what the judge said of it; or two verdicts of one judge."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """`hits` of `count`. Of nothing there is no share and no interval: both are None."""

    hits: int
    count: int

    @property
    def value(self) -> float | None:
        """The share, as a fraction of one."""
        return self.hits / self.count if self.count else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95 % interval; it takes the `count` as independent."""
        return wilson_interval(self.hits, self.count) if self.count else None


def agreement(pairs: Iterable[Pair]) -> Proportion:
    """How many pairs say the same. Of one judge's two verdicts in both orders this is its position consistency."""
    cells = Counter(pairs)
    return Proportion(_same(cells), cells.total())


def cohen_kappa(pairs: Sequence[Pair]) -> float | None:
    """Agreement beyond chance: 1 always, 0 as by chance. None without pairs, and where both sides say one and the same thing of all.

    Source: Cohen, Educational and Psychological Measurement 20 (1960), 37-46.
    """
    count = len(pairs)
    if not count:
        return None
    cells = Counter(pairs)  # of thousands of pairs a handful of cells: this is resampled thousands of times
    left, right = Counter[Hashable](), Counter[Hashable]()
    for (human, judge), times in cells.items():
        left[human] += times
        right[judge] += times
    by_chance = sum(left[label] * right[label] for label in left) / count**2
    return None if by_chance == 1 else (_same(cells) / count - by_chance) / (1 - by_chance)


def _same(cells: Counter[Pair]) -> int:
    return sum(times for (human, judge), times in cells.items() if human == judge)


def quadratic_weighted_kappa(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Kappa for grades on one scale, where being off by two is four times as bad as by one. None without pairs, or without any spread.

    In closed form, so that means of several people's grades need no rounding: 1 - E(x-y)^2 / E(x-y')^2 with x and y' independent, which is
    Lin's concordance correlation. Source: Cohen, Psychological Bulletin 70 (1968), 213-220; Lin, Biometrics 45 (1989), 255-268.
    """
    count = len(pairs)
    if not count:
        return None
    mean_x, mean_y = fsum(x for x, _ in pairs) / count, fsum(y for _, y in pairs) / count
    observed = fsum((x - y) ** 2 for x, y in pairs) / count
    spread = fsum((x - mean_x) ** 2 for x, _ in pairs) / count + fsum((y - mean_y) ** 2 for _, y in pairs) / count
    by_chance = spread + (mean_x - mean_y) ** 2
    return None if by_chance == 0 else 1 - observed / by_chance


def class_rates(pairs: Iterable[Pair]) -> dict[Hashable, Proportion]:
    """Of the items that people put into a class, how many the judge put there too; by class, as far as people used it."""
    hits, counts = Counter[Hashable](), Counter[Hashable]()
    for human, judge in pairs:
        counts[human] += 1
        hits[human] += human == judge
    return {label: Proportion(hits[label], count) for label, count in counts.items()}


def sensitivity(pairs: Iterable[Pair], positive: Hashable) -> Proportion:
    """Of the items that people call `positive`, how many the judge calls so (true positive rate)."""
    return class_rates(pairs).get(positive, Proportion(0, 0))


def specificity(pairs: Iterable[Pair], positive: Hashable) -> Proportion:
    """Of the items that people do not call `positive`, how many the judge does not call so either (true negative rate)."""
    return sensitivity(((human == positive, judge == positive) for human, judge in pairs), positive=False)


def repeat_flip_rate(repeats: Iterable[Sequence[Hashable]]) -> Proportion:
    """Of the items that were judged more than once in the same way, how many got different verdicts. One verdict alone says nothing."""
    flips = count = 0
    for verdicts in repeats:
        if len(verdicts) > 1:
            count += 1
            flips += len(set(verdicts)) > 1
    return Proportion(flips, count)
