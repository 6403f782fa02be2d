"""May a judge decide about a release? Every rule with its answer in words; what is not known is never a yes (STATISTICS D)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from goldfinch.core.calibration.figures import Counts, Figure, Figures
from goldfinch.core.calibration.items import LabelKind
from goldfinch.core.calibration.verdicts import Classes


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a judge must reach before it may gate. Source of the first four and the counts of labels: STATISTICS D, REQUIREMENTS M7."""

    min_agreement_low: float = 0.75
    """Lower end of the interval of agreement."""
    min_kappa: float = 0.6
    min_position_consistency: float = 0.85
    max_repeat_flip_rate: float = 0.05
    min_items: int = 100
    """At an agreement of 0.8 the interval is then 0.08 wide to either side."""
    min_per_class: int = 30
    min_checked: int = 30
    """Items judged in both orders, and items judged again: three steady answers prove nothing."""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule. `met` is None where the evidence for an answer is missing, which lets a judge gate as little as False does."""

    met: bool | None
    words: str


def checks(counts: Counts, figures: Figures, classes: Classes, thresholds: Thresholds) -> tuple[Check, ...]:
    """Every rule that applies to this kind of label, answered."""
    return tuple(_checks(counts, figures, classes, thresholds))


def has_enough_labels(counts: Counts, classes: Classes, thresholds: Thresholds) -> bool:
    """Whether there are labels enough to say anything: in all, and in each class."""
    rare = any(counts.per_class.get(label, 0) < thresholds.min_per_class for label in classes.needed) if classes.known else False
    return counts.judged >= thresholds.min_items and not rare


def _checks(counts: Counts, figures: Figures, classes: Classes, thresholds: Thresholds) -> Iterator[Check]:
    yield _enough_items(counts, thresholds)
    if not classes.known:
        yield Check(None, "agreement on pass or fail is not known: grades have no pass mark; give one")
    else:
        yield from (_enough_of_class(label, counts, thresholds) for label in classes.needed)
        yield from _agreement(figures, thresholds)
    yield from _kappa(figures, classes, thresholds)
    if classes.kind is LabelKind.PAIRWISE:
        yield _position(figures.position_consistency, thresholds)
    yield _flips(figures.repeat_flip_rate, thresholds)


def _enough_items(counts: Counts, thresholds: Thresholds) -> Check:
    if counts.judged < thresholds.min_items:
        return Check(None, f"too few labels: {counts.judged} labelled items were judged, {thresholds.min_items} are needed")
    return Check(True, f"{counts.judged} labelled items were judged, at least {thresholds.min_items} are needed")


def _enough_of_class(label: str, counts: Counts, thresholds: Thresholds) -> Check:
    found, least = counts.per_class.get(label, 0), thresholds.min_per_class
    what = f"that people prefer {label}" if label in ("a", "b") else f"that people let {label}"
    if found < least:
        return Check(None, f"too few labels: {found} judged items {what}, {least} are needed")
    return Check(True, f"{found} judged items {what}, at least {least} are needed")


def _agreement(figures: Figures, thresholds: Thresholds) -> Iterator[Check]:
    kinds = (
        ("agreement", figures.agreement),
        ("agreement (allowing for shared inputs)", figures.agreement_clustered),
        ("agreement in the swapped order", figures.agreement_swapped),
    )
    for name, figure in kinds:
        if figure is not None and not (figure.count == 0 and name != "agreement"):
            yield _lower_bound(name, figure, thresholds.min_agreement_low)


def _lower_bound(name: str, figure: Figure, least: float) -> Check:
    if figure.value is None or figure.low is None:
        return Check(None, f"{name} is not known")
    met = figure.low >= least
    relation = "reaches" if met else "is below"
    return Check(
        met, f"{name} is {figure.value:.3f}; the lower end of its 95 % interval, {_shown(figure.low, least)}, {relation} {least:g}"
    )


def _kappa(figures: Figures, classes: Classes, thresholds: Thresholds) -> Iterator[Check]:
    if classes.kind is LabelKind.ORDINAL:
        yield _at_least("quadratic-weighted kappa", figures.weighted_kappa, thresholds.min_kappa)
        return
    yield _at_least("kappa", figures.kappa, thresholds.min_kappa)
    if figures.kappa_swapped is not None and figures.kappa_swapped.count:
        yield _at_least("kappa in the swapped order", figures.kappa_swapped, thresholds.min_kappa)


def _at_least(name: str, figure: Figure | None, least: float) -> Check:
    if figure is None or figure.value is None:
        return Check(None, f"{name} is not known: people or judge put every item into one class")
    met = figure.value >= least
    return Check(met, f"{name} is {_shown(figure.value, least)}, {'at least' if met else 'below'} {least:g}")


def _position(figure: Figure | None, thresholds: Thresholds) -> Check:
    found = 0 if figure is None else figure.count
    if figure is None or figure.value is None or found < thresholds.min_checked:
        needed = f"{found} pairs were judged in both orders, {thresholds.min_checked} are needed"
        return Check(None, f"position consistency is not known: {needed}")
    least = thresholds.min_position_consistency
    met = figure.value >= least
    return Check(met, f"position consistency is {_shown(figure.value, least)} of {found} pairs, {'at least' if met else 'below'} {least:g}")


def _flips(figure: Figure, thresholds: Thresholds) -> Check:
    if figure.value is None or figure.count < thresholds.min_checked:
        needed = f"{figure.count} items were judged more than once in the same way, {thresholds.min_checked} are needed"
        return Check(None, f"the repeat flip rate is not known: {needed}")
    most = thresholds.max_repeat_flip_rate
    met = figure.value <= most
    return Check(
        met, f"the repeat flip rate is {_shown(figure.value, most)} of {figure.count} items, {'at most' if met else 'above'} {most:g}"
    )


def _shown(value: float, limit: float) -> str:
    """Three places, or as many as show that it is not the limit."""
    short = f"{value:.3f}"
    return f"{value:.6f}" if float(short) == limit and value != limit else short
