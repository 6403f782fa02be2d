"""The row of each gate: what it found now, what the baseline had, how far apart they are, and the limit. Unescaped words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from goldfinch.core.comparison.outcome import MetricChange
from goldfinch.core.escaping import for_markdown_cell
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome
from goldfinch.core.results.report import excerpt
from goldfinch.core.results.wording import UNKNOWN, known, milliseconds, usd
from goldfinch.core.review import Review

Shown = Callable[[float], str]

_TELLING = {
    GateName.COVERAGE: "coverage_lines",
    GateName.AI_QUALITY: "pass_rate",
    GateName.PERFORMANCE: "p95_latency_ms",
    GateName.COST: "cost_per_request",
}
"""What a gate without a breach is told by."""
_COMPARED_AS = {"cost_per_request": "cost_usd"}
"""A gate's figure -> the comparison's name for it, where they differ."""
_AT_MOST_IN_AI = frozenset({"answers"})
_FIGURE = re.compile(r"(?:[≥≤] )?\$?\d[\d,]*(?:\.\d+)?(?: (?:%|ms|s|min))?")
_SHARES = ("pass_rate", "answers")
_POINTS = " pp"
"""Percentage points."""
_COUNTS = ("token_count", "step_count")
_SHARE_PARTS = ("coverage_", "_share", "_skipped", "_increase", "pass_hat_")


@dataclass(frozen=True, slots=True)
class GateRow:
    outcome: GateOutcome
    now: str
    base: str
    change: str
    limit: str


def gate_row(outcome: GateOutcome, review: Review) -> GateRow:
    """The gate's most telling figure: its worst breach, else what it is known by."""
    finding = telling_finding(outcome)
    if finding is None:
        return GateRow(outcome, "no data", UNKNOWN, UNKNOWN, UNKNOWN)
    value, threshold = known(finding.value), known(finding.threshold)
    show = figure_of(finding.name, outcome.gate)
    compared = _compared(finding.name, review)
    limit = UNKNOWN if threshold is None else f"{_sign(finding.name, outcome.gate)} {show(threshold)}"
    now = finding.text if value is None else show(value)
    if compared is None:
        return GateRow(outcome, now, UNKNOWN, UNKNOWN, limit)
    base = known(compared.baseline)
    return GateRow(outcome, now, UNKNOWN if base is None else show(base), change_of(compared), limit)


def telling_finding(outcome: GateOutcome) -> Finding | None:
    """The finding that its gate's verdict rests on; of a gate without breach the one that it is known by."""
    worst = [finding for finding in outcome.findings if finding.is_breach and finding.verdict is outcome.verdict]
    best_known = [finding for finding in outcome.findings if finding.name == _TELLING.get(outcome.gate)]
    measured = [finding for finding in outcome.findings if known(finding.value) is not None]
    return next(iter((*worst, *best_known, *measured, *outcome.findings)), None)


def table_row(*cells: str, limit_bytes: int = 500) -> str:
    """A row of a table in GitHub's Markdown. A plain figure stands as it is: for text, `0.9` would be broken so that it begins no list."""
    return f"| {' | '.join(_cell(cell, limit_bytes) for cell in cells)} |"


def _cell(text: str, limit_bytes: int) -> str:
    if _FIGURE.fullmatch(text):
        return text.replace("$", "\\$")
    return for_markdown_cell(excerpt(text, limit_bytes))


def change_of(metric: MetricChange) -> str:
    """`−5.0 pp (95 % CI −9.1…−1.2)`: current minus baseline."""
    difference, low, high = known(metric.difference), known(metric.low), known(metric.high)
    if difference is None:
        return UNKNOWN
    show = _difference_of(metric.metric)
    if low is None or high is None:
        return f"{show(difference)} (no interval, n {metric.cases})"
    return f"{show(difference)} (95 % CI {show(low).removesuffix(_POINTS)} to {show(high).removesuffix(_POINTS)}, n {metric.cases})"


def figure_of(name: str, gate: GateName | None = None) -> Shown:
    """How a figure of this name is written: by the unit in its name."""
    if name.endswith("_ms"):
        return milliseconds
    if name.startswith("cost_per") or name.endswith("_usd"):
        return usd
    if name in _SHARES or any(part in name for part in _SHARE_PARTS):
        return lambda value: f"{100 * value:.1f} %"
    if gate is GateName.AI_QUALITY:
        return lambda value: f"{value:.3f}"
    return lambda value: f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"


def metric_figure(name: str) -> Shown:
    """As `figure_of`, of a metric of an evaluation."""
    if name in _COUNTS:
        return lambda value: f"{value:,.1f}"
    return figure_of(name, GateName.AI_QUALITY)


def _difference_of(name: str) -> Shown:
    if name in _SHARES or any(part in name for part in _SHARE_PARTS):
        return lambda value: f"{_signed(100 * value, '.1f')}{_POINTS}"
    if name.endswith(("_usd", "_ms")):
        size = usd if name.endswith("_usd") else milliseconds
        return lambda value: f"{'−' if value < 0 else '+'}{size(abs(value))}"
    return lambda value: _signed(value, ",.1f" if name in _COUNTS else ".3f")


def _signed(value: float, spec: str) -> str:
    return f"{value:+{spec}}".replace("-", "−")


def _compared(name: str, review: Review) -> MetricChange | None:
    if review.comparison is None or review.comparison.baseline is None:
        return None
    wanted = _COMPARED_AS.get(name, name)
    return next((metric for metric in review.comparison.metrics if metric.metric == wanted), None)


def _sign(name: str, gate: GateName) -> str:
    if gate is GateName.COVERAGE or name == "requests_per_second":
        return "≥"
    return "≥" if gate is GateName.AI_QUALITY and name not in _AT_MOST_IN_AI else "≤"
