"""A judge beside people: every figure of STATISTICS D, and whether the judge may decide about a release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from goldfinch.core.calibration import bias
from goldfinch.core.calibration.correction import Rectifier, rectifier
from goldfinch.core.calibration.decision import Check, Thresholds, checks, has_enough_labels
from goldfinch.core.calibration.figures import Counts, Figure, Figures, Resampling, resampled, share
from goldfinch.core.calibration.items import Half, LabelKind, LabelledItem, RecordedJudgement, half_of
from goldfinch.core.calibration.verdicts import Classes, Verdicts, both_orders, verdicts_of
from goldfinch.core.statistics.agreement import agreement, class_rates, cohen_kappa, quadratic_weighted_kappa
from goldfinch.core.statistics.rank_correlation import spearman

_BINARY_MARK = 0.5
"""Where people say yes or no, a judge's score says yes from here on, unless a pass mark is given."""

_STRICT = Thresholds()
ClassPair = tuple[str, str]
"""What people and judge say of one item."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What labelled items say about a judge. `reasons` are the rules that keep it from gating, or how it met all of them."""

    kind: LabelKind
    half: Half
    pass_mark: float | None
    counts: Counts
    figures: Figures
    may_gate: bool
    enough_labels: bool
    reasons: tuple[str, ...]
    checks: tuple[Check, ...]
    thresholds: Thresholds
    rectifier: Rectifier | None
    """What corrects a mean of this judge's scores; None for pairs."""


def calibrate(
    items: Sequence[LabelledItem],
    judgements: Iterable[RecordedJudgement],
    thresholds: Thresholds = _STRICT,
    seed: int = 0,
    *,
    half: Half = Half.ALL,
    pass_mark: float | None = None,
    judge_family: str = "",
    samples: int = 2000,
) -> Calibration:
    """Compare one judge's judgements with people's labels of the same items, all of one kind and with different ids.

    `half` keeps the items of one half only: where a prompt was tuned on the one, only the other tells how good it is. `pass_mark` (0 to 1)
    divides grades into pass and fail. `judge_family` begins the names of the systems that are of the judge's own family.
    Raises ValueError without items and for mixed kinds.
    """
    kinds = {item.kind for item in items}
    if len(kinds) != 1:
        raise ValueError(f"items must be of one kind, got {sorted(kinds) or 'none'}")
    kind = kinds.pop()
    mark = _BINARY_MARK if pass_mark is None and kind is LabelKind.BINARY else pass_mark
    classes, how = Classes(kind, mark), Resampling(seed, samples)
    everything, others = verdicts_of(items, judgements)
    verdicts = [found for found in everything if half is Half.ALL or half_of(found.item) is half]
    counts = _counts(verdicts, others, classes)
    figures = _figures(everything, verdicts, classes, judge_family, how)
    answered = checks(counts, figures, classes, thresholds)
    may_gate = all(check.met for check in answered)
    return Calibration(
        kind=kind,
        half=half,
        pass_mark=None if kind is LabelKind.PAIRWISE else mark,
        counts=counts,
        figures=figures,
        may_gate=may_gate,
        enough_labels=has_enough_labels(counts, classes, thresholds),
        reasons=tuple(check.words for check in answered if may_gate or not check.met),
        checks=answered,
        thresholds=thresholds,
        rectifier=None if kind is LabelKind.PAIRWISE else rectifier(_values(verdicts)),
    )


def _counts(verdicts: Sequence[Verdicts], others: int, classes: Classes) -> Counts:
    judged = [found for found in verdicts if found.value is not None]
    failed = sum(found.value is None and found.asked > 0 for found in verdicts)
    per_class = Counter(classes.of(found.item.label) for found in judged) if classes.known else Counter[str]()
    return Counts(
        labelled=len(verdicts),
        judged=len(judged),
        failed=failed,
        not_judged=len(verdicts) - len(judged) - failed,
        clusters=len({found.item.cluster_key for found in judged}),
        per_class=dict(sorted(per_class.items())),
        other_judgements=others,
    )


def _figures(everything: Sequence[Verdicts], verdicts: Sequence[Verdicts], classes: Classes, family: str, how: Resampling) -> Figures:
    judged = [found for found in verdicts if found.value is not None]
    clusters = [found.item.cluster_key for found in judged]
    pairs = _class_pairs(verdicts, classes)
    is_ordinal, is_pairwise = classes.kind is LabelKind.ORDINAL, classes.kind is LabelKind.PAIRWISE
    values = _values(verdicts)
    swapped = _class_pairs(verdicts, classes, swapped=True) if is_pairwise else []
    shares_inputs = classes.known and len(set(clusters)) < len(clusters)
    return Figures(
        agreement=share(agreement(pairs)),
        agreement_clustered=resampled(lambda found: agreement(found).value, pairs, clusters, how) if shares_inputs else None,
        kappa=resampled(cohen_kappa, pairs, clusters[: len(pairs)], how),
        class_rates={str(label): share(rate) for label, rate in sorted(class_rates(pairs).items(), key=lambda entry: str(entry[0]))},
        weighted_kappa=resampled(quadratic_weighted_kappa, values, clusters, how) if is_ordinal else None,
        spearman=resampled(_spearman, values, clusters, how) if is_ordinal else None,
        agreement_swapped=share(agreement(swapped)) if is_pairwise else None,
        kappa_swapped=_kappa_swapped(verdicts, swapped, how) if is_pairwise else None,
        position_consistency=bias.position_consistency(verdicts, classes) if is_pairwise else None,
        first_shown=bias.first_shown(verdicts) if is_pairwise else None,
        decided_in_both_orders=_decided(verdicts, classes) if is_pairwise else None,
        agreement_when_decided=_agreement_when_decided(verdicts, classes) if is_pairwise else None,
        repeat_flip_rate=bias.flip_rate(verdicts, classes),
        length_correlation=bias.length_correlation(verdicts, how),
        family_bias=bias.family_bias(verdicts, family, how) if family else None,
        agreement_tune_half=_agreement_of_half(everything, Half.TUNE, classes),
        agreement_report_half=_agreement_of_half(everything, Half.REPORT, classes),
    )


def _values(verdicts: Sequence[Verdicts]) -> list[tuple[float, float]]:
    return [(found.item.label, found.value) for found in verdicts if found.value is not None]


def _spearman(pairs: Sequence[tuple[float, float]]) -> float | None:
    return spearman([label for label, _ in pairs], [score for _, score in pairs])


def _class_pairs(verdicts: Sequence[Verdicts], classes: Classes, *, swapped: bool = False) -> list[ClassPair]:
    if not classes.known:
        return []
    said = ((found.item.label, found.value_swapped if swapped else found.value) for found in verdicts)
    return [(classes.of(label), classes.of(value)) for label, value in said if value is not None]


def _kappa_swapped(verdicts: Sequence[Verdicts], swapped: Sequence[ClassPair], how: Resampling) -> Figure:
    return resampled(cohen_kappa, swapped, [found.item.cluster_key for found in verdicts if found.value_swapped is not None], how)


def _decided(verdicts: Sequence[Verdicts], classes: Classes) -> Figure:
    """Share of the pairs judged in both orders that have a winner once both are averaged."""
    averaged = (classes.of(both_orders(first, second)) for first, second in bias.in_both_orders(verdicts))
    return share(agreement((verdict != "tie", True) for verdict in averaged))


def _agreement_when_decided(verdicts: Sequence[Verdicts], classes: Classes) -> Figure:
    both = [found for found in verdicts if found.value is not None and found.value_swapped is not None]
    said = [(classes.of(found.item.label), classes.of(both_orders(found.value or 0.0, found.value_swapped or 0.0))) for found in both]
    return share(agreement(pair for pair in said if "tie" not in pair))


def _agreement_of_half(verdicts: Sequence[Verdicts], half: Half, classes: Classes) -> Figure:
    return share(agreement(_class_pairs([found for found in verdicts if half_of(found.item) is half], classes)))
