"""A comparison in words, the same in every report. A figure that is not known is a dash."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from goldfinch.core.comparison.outcome import CaseChange, Change, Comparison, MetricChange
from goldfinch.core.verdict import Verdict

UNKNOWN = "—"
HEADINGS = ("metric", "verdict", "baseline", "current", "D", "95 % CI", "n", "trials", "p", "MDE")
"""`p` is one-sided, of the side that the change is on, adjusted for the number of metrics."""
LEGEND = "* does not decide; D current less baseline; p one-sided, adjusted; MDE what 80 % of such comparisons would find"


def headline(comparison: Comparison) -> str:
    """The verdict and its first reason, in one line."""
    if comparison.baseline is None:
        return f"neutral: {comparison.notes[0] if comparison.notes else 'there is no baseline yet'}"
    if comparison.invalid:
        return f"cannot be compared: {comparison.invalid[0]}"
    if comparison.verdict is Verdict.FAIL:
        return f"regressed: {', '.join(comparison.regressed or _lost(comparison))}"
    if breached := [one.metric for one in comparison.metrics if one.gating and one.point_breach]:
        return f"inconclusive: {', '.join(breached)} worse by the margin, but it may be chance"
    replayed = "neutral, answers were replayed and no model was asked: " if comparison.replayed else ""
    improved = [one.metric for one in comparison.metrics if one.gating and one.change is Change.IMPROVED]
    return f"{replayed}no regression{'; improved: ' * bool(improved)}{', '.join(improved)}"


def _lost(comparison: Comparison) -> list[str]:
    """Critical cases that are lost for certain and count, the first three by name."""
    lost = [case.case_id for case in comparison.lost_critical]
    return [f"critical case {case_id}" for case_id in lost[:3]] + [f"{len(lost) - 3} more"] * (len(lost) > 3)


def in_order(metrics: Sequence[MetricChange]) -> list[MetricChange]:
    """Regressed ones first, then those that may have: what decides before what does not."""
    return sorted(metrics, key=lambda one: (one.change is not Change.REGRESSED, not one.point_breach, not one.gating))


def row_of(one: MetricChange) -> tuple[str, ...]:
    """The figures of a metric, below `HEADINGS`."""
    trials = str(one.baseline_trials) if one.baseline_trials == one.current_trials else f"{one.baseline_trials}/{one.current_trials}"
    interval = UNKNOWN if one.low is None or one.high is None else f"{_signed(one, one.low)} … {_signed(one, one.high)}"
    return (
        one.metric if one.gating else f"{one.metric} *",
        one.change.value + (", small decline" if one.small_decline else ""),
        _figure(one, one.baseline),
        _figure(one, one.current),
        _signed(one, one.difference),
        interval,
        f"{one.cases:,}",
        trials,
        _p_value(_shown_p(one)),
        _figure(one, one.mde),
    )


def remark_of(one: MetricChange) -> str:
    """What is to be said of a metric that is not decided; empty where nothing is."""
    if one.change is not Change.INCONCLUSIVE or not (one.gating or one.point_breach or one.baseline is None):
        return ""
    advice = f"; at least {one.trials_to_decide} trials a case, in both runs, would decide" if one.trials_to_decide else ""
    return f"{one.metric}: {one.reason}{advice}"


def case_line(case: CaseChange) -> str:
    """`5/5 → 1/5, regressed, p 0.024`."""
    facts = [f"{case.baseline_passed}/{case.baseline_trials} → {case.current_passed}/{case.current_trials}"]
    facts += ["critical"] * case.critical + ["regressed"] * case.regressed + ["fixed"] * case.fixed + ["changed once"] * case.changed_once
    facts += ["quarantined"] * case.quarantined
    facts += [f"p {_p_value(case.p_worse)}"] if case.p_worse is not None else []
    return ", ".join(facts)


def is_lost(case: CaseChange) -> bool:
    """Whether a smaller share of its trials passes than before."""
    return case.current_passed * case.baseline_trials < case.baseline_passed * case.current_trials


def cases_line(comparison: Comparison) -> str:
    """How many cases of which sort; only sorts that there are."""
    parts = (
        (len([case for case in comparison.cases if case.regressed]), "regressed"),
        (len([case for case in comparison.cases if case.fixed]), "fixed"),
        (len([case for case in comparison.cases if case.changed_once and is_lost(case)]), "lost in one trial"),
        (len([case for case in comparison.cases if case.changed_once and not is_lost(case)]), "gained in one trial"),
        (comparison.unchanged, "unchanged"),
        (len(comparison.flaky), "flaky"),
        (len(comparison.quarantined), "quarantined"),
        (len(comparison.added), "added"),
        (len(comparison.removed), "removed"),
        (len(comparison.edited), "edited and therefore not compared"),
    )
    return "cases: " + (", ".join(f"{count:,} {word}" for count, word in parts if count) or "none in common")


def regressed_tags(comparison: Comparison) -> list[str]:
    """`billing: pass_rate -0.213 (n 48, p 0.004)` for each tag in which a metric that gates, or the pass rate, regressed."""
    gating = {one.metric for one in comparison.metrics if one.gating}
    return [
        f"{tag}: {one.metric} {_signed(one, one.difference)} (n {one.cases:,}, p {_p_value(one.p_worse_adjusted)})"
        for tag, changes in comparison.slices.items()
        for one in changes
        if one.change is Change.REGRESSED and one.metric in gating
    ]


def next_command(comparison: Comparison) -> str:
    """The one thing to do now, unescaped."""
    current = quote(comparison.current.path or "CURRENT")
    if comparison.baseline is not None and any("goldfinch score" in why for why in comparison.invalid):
        return f"goldfinch score {quote(comparison.baseline.path or 'BASELINE')}   (then compare again)"
    if comparison.baseline is None or comparison.invalid:
        return f"goldfinch report {current}"
    trials = [one.trials_to_decide for one in comparison.metrics if one.gating and one.point_breach and one.trials_to_decide]
    if comparison.verdict is Verdict.INCONCLUSIVE and trials:
        return f"goldfinch evaluate --trials {max(trials)} for both versions, each into a new --output-dir, then compare again"
    return f"goldfinch report {current} --format html   (a page: input, expected, answer and steps of every case)"


def _shown_p(one: MetricChange) -> float | None:
    if one.difference is None:
        return None
    is_better = one.difference > 0 if one.higher_is_better else one.difference < 0
    return one.p_better_adjusted if is_better else one.p_worse_adjusted


def _figure(one: MetricChange, value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return f"{value:.3f}" if one.higher_is_better else _measure(value)


def _signed(one: MetricChange, value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return f"{value:+.3f}" if one.higher_is_better else ("+" if value >= 0 else "-") + _measure(abs(value))


def _measure(value: float) -> str:
    """Four digits that tell something."""
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.4g}"


def _p_value(p: float | None) -> str:
    if p is None:
        return UNKNOWN
    return f"{p:.3f}" if p >= 0.001 else "<0.001"
