"""Figures in words, for somebody who is tired: counts first, then rates, then how strong the evidence is."""

from __future__ import annotations

from math import exp

from goldfinch.core.health.fast_path import Breakage
from goldfinch.core.health.interval import PairCounts
from goldfinch.core.health.metrics import GatedMetric, MetricKind
from goldfinch.core.health.outcome import Measured, MetricCheck


def percent(share: float | None) -> str:
    """Two digits that mean something: 0.52 %, 5.2 %, 52 %."""
    if share is None:
        return "no data"
    shown = 100 * share
    return f"{shown:.2f} %" if 0 < shown < 1 else f"{shown:.1f} %" if shown < 10 else f"{shown:.0f} %"


def milliseconds(value: float | None) -> str:
    """Milliseconds, seconds from one on."""
    if value is None:
        return "no data"
    return f"{value / 1000:.2f} s" if value >= 1000 else f"{value:.0f} ms"


def evidence(log_e: float, log_threshold: float) -> str:
    """E against what is needed, as odds against chance."""
    return f"evidence {_large(log_e)} of {_large(log_threshold)} needed"


def _large(log_value: float) -> str:
    value = exp(log_value)
    return f"{value:,.0f}" if 100 <= value < 1e6 else f"{value:.3g}"


def times(ratio: float | None) -> str:
    """How the canary compares."""
    return "no ratio yet" if ratio is None else f"{ratio:.2f} times"


def unit(metric: GatedMetric) -> str:
    """What is counted."""
    return {MetricKind.COUNT: "sessions", MetricKind.QUANTILE: "latencies", MetricKind.SCORE: "scores"}[metric.kind]


def amount(metric: GatedMetric, value: float | None) -> str:
    """A value of the metric."""
    if metric.kind is MetricKind.COUNT:
        return percent(value)
    if metric.kind is MetricKind.QUANTILE:
        return milliseconds(value)
    return "no data" if value is None else f"{value:.3g}"


def compared(metric: GatedMetric, canary: Measured, stable: Measured, ratio: float | None) -> str:
    """Both arms of a metric: "error_rate: canary 31 of 302 sessions (10 %), stable 54 of 2,710 (2.0 %), 5.15 times"."""
    arms = f"canary {_measured(metric, canary, unit(metric))}, stable {_measured(metric, stable, '')}"
    return f"{metric.name}: {arms}, {times(ratio)}"


def alone(metric: GatedMetric, canary: Measured) -> str:
    """The canary of a metric."""
    return f"{metric.name}: canary {_measured(metric, canary, unit(metric))}"


def _measured(metric: GatedMetric, measured: Measured, units: str) -> str:
    if measured.units == 0:
        return f"none{' ' if units else ''}{units}"
    name = f" {units}" if units else ""
    if metric.kind is MetricKind.COUNT:
        return f"{measured.bad or 0:,} of {measured.units:,}{name} ({percent(measured.value)})"
    return f"{amount(metric, measured.value)} ({measured.units:,}{name})"


def broken(found: Breakage) -> str:
    """A gross breakage."""
    counts: PairCounts = found.counts
    stable = f"{counts.stable_bad:,} of {counts.stable_units:,} stable"
    return f"{found.metric}: {counts.canary_bad:,} of {counts.canary_units:,} canary sessions turned bad {found.window}, {stable}"


def strongest(checks: tuple[MetricCheck, ...]) -> str:
    """The metric that comes nearest to a breach."""
    nearest = max(checks, key=lambda check: check.log_e, default=None)
    return "" if nearest is None else f"nearest to a breach is {nearest.reason}"
