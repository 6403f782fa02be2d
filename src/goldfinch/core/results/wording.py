"""Figures of a run in words, the same in every report. A figure that is not known is a dash, never 0 and never NaN."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING

from goldfinch.core.results.case_result import CaseResult, Reason
from goldfinch.core.results.report import Report
from goldfinch.core.results.summary import CostSummary, Estimate, LatencySummary, MetricSummary, Summary, TokenSummary

if TYPE_CHECKING:
    from goldfinch.core.calibration.in_report import CorrectedMetric

UNKNOWN = "—"
_SAFETY = "safety"
REPLAYED = "replayed, not asked"
_MILLISECONDS = 1_000.0


def headline(report: Report) -> str:
    """The run in one line: how many passed, of how many, how sure that is; a replayed or an incomplete run says so first."""
    rate = pass_rate(report.summary)
    said = f"{incompleteness(report)} — so far {rate}" if report.is_incomplete else rate
    return f"{REPLAYED}: {said}" if report.is_replayed else said


def incompleteness(report: Report) -> str:
    """`incomplete: 37/60 cases, provider 429`."""
    summary = report.summary
    unit = "cases" if summary.planned == summary.cases else "answers"
    return f"incomplete: {summary.finished}/{summary.planned} {unit}, {report.incomplete_reason}"


def pass_rate(summary: Summary) -> str:
    """`52 of 60 cases passed (86.7 %, 95 % CI 75.8–93.1)`, with what could not be decided."""
    passes = summary.passes
    decided = passes.passed + passes.failed
    left = f"; {passes.undecided} undecided" if passes.undecided else ""
    if not decided or passes.rate.mean is None:
        return f"no case was decided{left}"
    what = "cases" if decided == passes.rate.count else f"trials of {passes.rate.count} cases"
    return f"{passes.passed} of {decided} {what} passed ({percent(passes.rate)}){left}"


def percent(estimate: Estimate) -> str:
    """`86.7 %, 95 % CI 75.8–93.1`."""
    mean, low, high = (known(figure) for figure in (estimate.mean, estimate.low, estimate.high))
    if mean is None:
        return UNKNOWN
    if low is None or high is None:
        return f"{100 * mean:.1f} %, no interval from {estimate.count}"
    return f"{100 * mean:.1f} %, 95 % CI {100 * low:.1f}–{100 * high:.1f}"


def corrected(found: CorrectedMetric) -> str:
    """A judged mean, as people's labels correct it, beside what the judge alone says."""
    by = found.corrected
    value = f"{by.value:.3f} (95 % CI {by.low:.3f}–{by.high:.3f})"
    raw = f"{mean_of(found.raw)} ({interval_of(found.raw)})"
    return f"{found.metric} corrected by {by.labels} labels of people: {value}; the judge alone says {raw}"


def tells_something(metric: MetricSummary) -> bool:
    """False of a metric that applied to no case: a row of dashes hides the rows that matter."""
    return bool(metric.scored or metric.missing or metric.errors)


def idle_metrics(summary: Summary) -> list[str]:
    """The metrics that no scored case asked for; none before the first answer, when nothing is known of them yet."""
    return [metric.name for metric in summary.metrics if metric.not_applicable and not tells_something(metric)]


def metric_name(metric: MetricSummary) -> str:
    """`judge_accuracy (advisory)`, `coherence (heuristic)`: what has no say, or was not shown to agree with people, says so."""
    notes = notes_of(metric)
    return f"{metric.name} ({', '.join(notes)})" if notes else metric.name


def notes_of(metric: MetricSummary) -> list[str]:
    """`["advisory"]`: what keeps a metric from being taken for more than it is."""
    return [note for note, applies in (("advisory", metric.advisory), ("heuristic", metric.is_heuristic)) if applies]


def safety_line(summary: Summary) -> str:
    """`safety: 1 unsafe case (refund-7) of 60`; empty where no safety metric decided anything."""
    metric = next((metric for metric in summary.metrics if metric.name == _SAFETY), None)
    if metric is None or metric.failed_cases is None or not metric.estimate.count:
        return ""
    if not metric.failed_cases:
        return f"{_SAFETY}: no unsafe case of {metric.estimate.count}"
    ids, more = metric.failed_case_ids, metric.failed_cases - len(metric.failed_case_ids)
    named = ", ".join(ids) + (f" and {more} more" if more else "")
    return f"{_SAFETY}: {metric.failed_cases} unsafe {'case' if metric.failed_cases == 1 else 'cases'} ({named}) of {metric.estimate.count}"


def mean_of(estimate: Estimate) -> str:
    """`0.867`."""
    mean = known(estimate.mean)
    return UNKNOWN if mean is None else f"{mean:.3f}"


def interval_of(estimate: Estimate) -> str:
    """`0.758–0.931`."""
    low, high = known(estimate.low), known(estimate.high)
    return UNKNOWN if low is None or high is None else f"{low:.3f}–{high:.3f}"


def cost_of(report: Report) -> str:
    """What the run cost; of a replayed run, what it cost when it was recorded."""
    said = cost(report.summary.cost)
    return f"{said} (when it was recorded; nothing was paid now)" if report.is_replayed and said != UNKNOWN else said


def latency_of(report: Report) -> str:
    """How long answers took; not known of a replayed run."""
    said = latency(report.summary.latency_ms)
    return f"{said} (not known of a replayed run)" if report.is_replayed and said == UNKNOWN else said


def cost(figures: CostSummary) -> str:
    """`$1.84, $0.0307 an answer`; with unknown prices the total is a lower bound, and says so. Money paid for nothing is added."""
    lost = known(figures.lost_usd)
    return f"{_cost_of_answers(figures)}; {usd(lost)} more for answers that could not be had" if lost else _cost_of_answers(figures)


def _cost_of_answers(figures: CostSummary) -> str:
    total = known(figures.total_usd)
    if not figures.known or total is None:
        return "unknown" if figures.unknown else UNKNOWN
    mean = known(figures.mean_usd)
    each = "" if mean is None else f", {usd(mean)} an answer"
    if figures.unknown:
        return f"at least {usd(total)}{each} ({figures.unknown} of {figures.known + figures.unknown} answers have no known price)"
    return f"{usd(total)}{each}"


def usd(amount: float) -> str:
    """`$1.84`; four significant places below a dollar."""
    if amount == 0 or amount >= 1:
        return f"${amount:,.2f}"
    return f"${amount:.4g}" if amount >= 1e-4 else f"${amount:.1e}"


def tokens(figures: TokenSummary) -> str:
    """`12,000 in, 3,400 out`."""
    if not figures.input and not figures.output:
        return "unknown" if figures.unknown else UNKNOWN
    unknown = f" ({figures.unknown} answers unknown)" if figures.unknown else ""
    return f"{figures.input:,} in, {figures.output:,} out{unknown}"


def latency(figures: LatencySummary) -> str:
    """`p50 812 ms, p95 2.1 s, max 4.0 s (n 60)`."""
    if not figures.count:
        return UNKNOWN
    parts = (("p50", figures.p50), ("p95", figures.p95), ("max", figures.max))
    return f"{', '.join(f'{name} {milliseconds(value)}' for name, value in parts)} (n {figures.count})"


def milliseconds(value: float | None) -> str:
    """`812 ms`, `2.1 s`, `3.5 min`."""
    value = known(value)
    if value is None:
        return UNKNOWN
    if value < _MILLISECONDS:
        return f"{value:.0f} ms" if value >= 10 else f"{value:.2g} ms"
    return f"{value / _MILLISECONDS:.1f} s" if value < 120 * _MILLISECONDS else f"{value / _MILLISECONDS / 60:.1f} min"


def failures(kinds: Mapping[str, int]) -> str:
    """`timeout 3, rate limited 2`, the most frequent first."""
    return ", ".join(f"{kind.replace('_', ' ')} {count}" for kind, count in sorted(kinds.items(), key=lambda item: (-item[1], item[0])))


def trials_of(case: CaseResult) -> str:
    """`1/3 trials`, empty where one trial says it all."""
    if case.planned_trials <= 1 and len(case.trials) <= 1:
        return ""
    return f"{case.passed_trials}/{case.planned_trials} trials passed"


def reason_text(reason: Reason) -> str:
    """`accuracy 0.40: the refund is missing`, unescaped."""
    value = known(reason.value)
    source = " ".join(part for part in (reason.source, "" if value is None else f"{value:.2f}") if part)
    return ": ".join(part for part in (source, reason.text) if part)


def known(value: float | None) -> float | None:
    """`value`, or None where it is no finite number."""
    return value if value is not None and isfinite(value) else None
