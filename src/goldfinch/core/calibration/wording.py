"""A calibration in words, the same in every report. What is not known is a dash, never 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from goldfinch.core.calibration.figures import Figure
from goldfinch.core.calibration.items import Half, LabelKind
from goldfinch.core.calibration.record import CalibrationRecord, JudgingCost
from goldfinch.core.results.wording import UNKNOWN, usd

_MUCH = 0.05
"""Share of failed judgements that a person should know of before the figures: a judge may fail on the hard items, or on all good ones."""
_CLASS_NAMES = (
    ("pass", "sensitivity (of what people let pass)"),
    ("fail", "specificity (of what people let fail)"),
    ("a", "agreement where people prefer A"),
    ("b", "agreement where people prefer B"),
    ("tie", "agreement where people see a tie"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of figures, unescaped."""

    name: str
    value: str
    interval: str
    count: str


def verdict(record: CalibrationRecord) -> str:
    """The outcome in one line."""
    if record.may_gate and record.label_kind is LabelKind.PAIRWISE:
        return "may gate comparisons: the judge prefers as people do; grades that it gives to single answers need labels of their own"
    if record.may_gate:
        return "may gate: the judge agrees with people well enough to block a release"
    if not record.enough_labels:
        return "inconclusive: there are too few labels; the judge advises and does not block"
    return "advisory only: the judge may not block a release"


def subject(record: CalibrationRecord) -> str:
    """`judge gpt-x on relevance, version 3f`."""
    version = "" if record.judge_version == record.judge else f", version {record.judge_version}"
    return f"judge {record.judge}{f' on {record.metric}' if record.metric else ''}{version}"


def labels(record: CalibrationRecord) -> str:
    """How many labels there were and what became of them."""
    counts = record.counts
    parts = [
        f"{counts.judged} of {counts.labelled} {record.label_kind.value} labels judged",
        *([f"{counts.failed} judgements failed"] if counts.failed else []),
        *([f"{counts.not_judged} not judged"] if counts.not_judged else []),
        *([f"{counts.other_judgements} judgements of items without a label"] if counts.other_judgements else []),
    ]
    classes = ", ".join(f"{count} {label}" for label, count in counts.per_class.items())
    shared = f" about {counts.clusters} different inputs" if counts.clusters < counts.judged else ""
    return f"{'; '.join(parts)}{shared}{f' (people said: {classes})' if classes else ''}"


def half_note(record: CalibrationRecord) -> str:
    """Whether the figures can be flattered by tuning."""
    if record.half is Half.ALL:
        return "all labels were used: where the prompt was changed after looking at some of them, only --half report tells how good it is"
    used_for = (
        "on which the prompt was not tuned" if record.half is Half.REPORT else "on which the prompt may be tuned: its figures flatter"
    )
    return f"the {record.half.value} half of the labels, {used_for}"


def cost(found: JudgingCost) -> str:
    """`asking the judge cost $0.12 in 230 calls`."""
    least = "at least " if found.unknown_calls else ""
    unknown = f" ({found.unknown_calls} calls have no known price)" if found.unknown_calls else ""
    if found.unknown_calls == found.calls:
        return f"asking the judge took {found.calls} calls; their price is not known"
    return f"asking the judge cost {least}{usd(found.usd)} in {found.calls} calls{unknown}"


def rows(record: CalibrationRecord) -> Iterator[Row]:
    """Every figure that this kind of label has."""
    figures = record.figures
    for name, figure in (
        ("agreement with people", figures.agreement),
        ("  allowing for shared inputs", figures.agreement_clustered),
        ("  answers in swapped order", figures.agreement_swapped),
        ("Cohen's kappa", figures.kappa),
        ("  answers in swapped order", figures.kappa_swapped),
        ("quadratic-weighted kappa", figures.weighted_kappa),
        ("Spearman's correlation", figures.spearman),
        *((words, figures.class_rates.get(label)) for label, words in _CLASS_NAMES),
        ("same verdict in both orders", figures.position_consistency),
        ("  else for the answer shown first", figures.first_shown),
        ("one winner in both orders", figures.decided_in_both_orders),
        ("  agreement among those", figures.agreement_when_decided),
        ("different verdict when asked again", figures.repeat_flip_rate),
        ("correlation with length", figures.length_correlation),
        ("favour for its own family", figures.family_bias),
        ("agreement in the tune half", figures.agreement_tune_half),
        ("agreement in the report half", figures.agreement_report_half),
    ):
        if figure is not None and (figure.count or not name.startswith("  ")):
            yield _row(name, figure)


def warnings(record: CalibrationRecord) -> Iterator[str]:
    """What a person should look at although no rule depends on it."""
    counts, length = record.counts, record.figures.length_correlation
    if counts.failed > _MUCH * (counts.judged + counts.failed):
        yield f"the judge failed on {counts.failed} of {counts.judged + counts.failed} items: the figures are about the others only"
    if length.low is not None and length.low > 0:
        yield "among answers that people find equally good, the judge prefers longer ones"
    if length.high is not None and length.high < 0:
        yield "among answers that people find equally good, the judge prefers shorter ones"
    family = record.figures.family_bias
    if family is not None and family.low is not None and family.low > 0:
        yield "the judge favours its own family of models more than people do"
    first = record.figures.first_shown
    if first is not None and first.low is not None and first.high is not None and not first.low <= 0.5 <= first.high:
        place = "first" if first.low > 0.5 else "second"
        yield f"where the order decides, the judge mostly takes the answer shown {place}"
    if record.label_kind is LabelKind.PAIRWISE:
        yield from _orders(record)


def _orders(record: CalibrationRecord) -> Iterator[str]:
    decided, agreed = record.figures.decided_in_both_orders, record.figures.agreement_when_decided
    if decided is not None and agreed is not None and decided.value is not None and agreed.value is not None:
        yield (
            f"asked in both orders, with a tie where they differ, it decides {100 * decided.value:.0f} % of the pairs"
            f" and is right in {100 * agreed.value:.0f} % of those"
        )


def _row(name: str, figure: Figure) -> Row:
    value = UNKNOWN if figure.value is None else f"{figure.value:.3f}"
    return Row(name, value, _interval(figure), str(figure.count))


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return UNKNOWN
    between = " to " if figure.low < 0 else "–"  # a dash would read as another minus
    return f"{figure.low:.3f}{between}{figure.high:.3f}"
