"""What else than the quality of an answer moves a judge: its place, its length, who wrote it, and chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import fsum

from goldfinch.core.calibration.figures import Figure, Resampling, resampled, share
from goldfinch.core.calibration.items import PREFERS_A, PREFERS_B, LabelKind, LabelledItem
from goldfinch.core.calibration.verdicts import Classes, Verdicts
from goldfinch.core.statistics.agreement import Proportion, agreement, repeat_flip_rate
from goldfinch.core.statistics.rank_correlation import spearman

_LEAST_GROUP = 5
"""Answers of one human grade below which their correlation is left out: of three, chance alone makes 1 or -1."""

Graded = tuple[float, float, float]
"""Human grade, judge's score, length."""


def in_both_orders(verdicts: Sequence[Verdicts]) -> list[tuple[float, float]]:
    """The verdicts in the given and in the swapped order, of the pairs that have both."""
    return [(found.value, found.value_swapped) for found in verdicts if found.value is not None and found.value_swapped is not None]


def position_consistency(verdicts: Sequence[Verdicts], classes: Classes) -> Figure:
    """How often the verdict stays when the answers change places."""
    return share(agreement((classes.of(first), classes.of(second)) for first, second in in_both_orders(verdicts)))


def first_shown(verdicts: Sequence[Verdicts]) -> Figure:
    """Of the pairs with opposite verdicts, how many went to the answer shown first: near 0.5 is noise, near 0 or 1 is position bias."""
    opposite = [pair for pair in in_both_orders(verdicts) if set(pair) == {PREFERS_A, PREFERS_B}]
    return share(Proportion(sum(first == PREFERS_A for first, _ in opposite), len(opposite)))


def flip_rate(verdicts: Sequence[Verdicts], classes: Classes) -> Figure:
    """How often a judge that is asked the same again changes its mind; grades without a pass mark must be equal.

    An item counts once, and has flipped when its verdicts in either order differ.
    """
    return share(repeat_flip_rate(_flips(found, classes) for found in verdicts))


def _flips(found: Verdicts, classes: Classes) -> list[bool]:
    """As verdicts for `repeat_flip_rate`: [False, True] of an item that flipped, [False, False] of a steady one, [] of one not repeated."""
    repeated = [values for values in (found.given, found.swapped) if len(values) > 1]
    if not repeated:
        return []
    said = ([classes.of(value) if classes.known else value for value in values] for values in repeated)
    return [False, any(len(set(values)) > 1 for values in said)]


def length_correlation(verdicts: Sequence[Verdicts], how: Resampling) -> Figure:
    """Spearman of the judge's score with length among answers of the same human grade, averaged over grades by their size.

    Over all grades together good answers may really be the longer ones; within one grade length should not matter. The count is of the
    items in grades of at least five.
    """
    judged = [found for found in verdicts if found.value is not None]
    graded: list[Graded] = [(found.item.label, found.value or 0.0, float(found.item.length)) for found in judged]
    sizes: dict[float, int] = defaultdict(int)
    for grade, _, _ in graded:
        sizes[grade] += 1
    kept = [index for index, (grade, _, _) in enumerate(graded) if sizes[grade] >= _LEAST_GROUP]
    clusters = [judged[index].item.cluster_key for index in kept]
    return resampled(within_grades, [graded[index] for index in kept], clusters, how)


def within_grades(graded: Sequence[Graded]) -> float | None:
    """The mean over human grades of the correlation of score with length; None where no grade has one."""
    groups: dict[float, list[Graded]] = defaultdict(list)
    for entry in graded:
        groups[entry[0]].append(entry)
    total, count = 0.0, 0
    for members in groups.values():
        found = spearman([score for _, score, _ in members], [length for _, _, length in members])
        if found is not None:
            total += found * len(members)
            count += len(members)
    return total / count if count else None


Favour = tuple[bool, float]
"""Whether an answer is of the judge's own family, and how much better the judge rates it than people do."""


def family_bias(verdicts: Sequence[Verdicts], family: str, how: Resampling) -> Figure:
    """How much more than people the judge favours systems whose name begins with `family`, as a fraction of the scale; 0 is none.

    Single answers: the judge's excess over people on its own family, less that on the others. Pairs: the judge's excess on its own family,
    in the pairs of which exactly one answer is of the family.
    """
    rated = [(favour, found.item.cluster_key) for found in verdicts if (favour := _favour(found, family)) is not None]
    pairs = any(found.item.kind is LabelKind.PAIRWISE for found in verdicts)
    return resampled(_mean_own if pairs else _own_less_others, [favour for favour, _ in rated], [cluster for _, cluster in rated], how)


def _favour(found: Verdicts, family: str) -> Favour | None:
    item, value = found.item, found.value
    if value is None:
        return None
    if item.kind is not LabelKind.PAIRWISE:
        return None if item.system is None else (item.system.startswith(family), value - item.label)
    return _favour_in_pair(item, value, family)


def _favour_in_pair(item: LabelledItem, value: float, family: str) -> Favour | None:
    own_a, own_b = ((system or "").startswith(family) for system in (item.system_a, item.system_b))
    if own_a == own_b:
        return None
    return True, value - item.label if own_a else item.label - value


def _mean_own(rated: Sequence[Favour]) -> float | None:
    return fsum(favour for _, favour in rated) / len(rated) if rated else None


def _own_less_others(rated: Sequence[Favour]) -> float | None:
    own, others = _mean_own([entry for entry in rated if entry[0]]), _mean_own([entry for entry in rated if not entry[0]])
    return None if own is None or others is None else own - others
