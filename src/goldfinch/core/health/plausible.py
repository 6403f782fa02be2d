"""What cannot be, is refused before it is counted: a source that reports it is broken, and its figures are no evidence."""

from __future__ import annotations

from goldfinch.core.health.failures import ImpossibleMeasurement
from goldfinch.core.health.interval import Interval, PairCounts, ScoreValues
from goldfinch.core.health.metrics import HealthRules, MetricKind

_HINT = "the interval is not used; see to the source of measurements"


def check_plausible(rules: HealthRules, interval: Interval) -> None:
    """Raises `ImpossibleMeasurement` with the metric and the figure."""
    if not 0 <= interval.canary_share <= 1:
        raise _impossible("the canary's share", f"{interval.canary_share} of the sessions")
    if min(interval.canary_sessions, interval.stable_sessions, interval.step) < 0:
        raise _impossible("sessions", f"{interval.canary_sessions} and {interval.stable_sessions} in step {interval.step}")
    if len({part.stratum for part in interval.strata}) < len(interval.strata):
        raise _impossible("strata", "one of them twice")
    for metric in rules.metrics:
        for part in interval.strata:
            if metric.kind is MetricKind.COUNT:
                _check_pair(metric.name, part.counts.get(metric.name))
            elif metric.kind is MetricKind.QUANTILE and metric.name in part.quantiles:
                _check_pair(metric.name, part.quantiles[metric.name].exceeding)
            elif metric.name in part.scores:
                _check_scores(metric.name, part.scores[metric.name], 1.0 if metric.cap is None else float("inf"))


def _check_pair(metric: str, pair: PairCounts | None) -> None:
    if pair is None or (0 <= pair.canary_bad <= pair.canary_units and 0 <= pair.stable_bad <= pair.stable_units):
        return
    canary, stable = f"{pair.canary_bad} of {pair.canary_units} canary", f"{pair.stable_bad} of {pair.stable_units} stable units"
    raise _impossible(metric, f"{canary} and {stable}")


def _check_scores(metric: str, values: ScoreValues, most: float) -> None:
    _check_pair(f"judge failures of {metric}", values.failures)
    for arm in (values.canary, values.stable):
        if arm and not (min(arm) >= 0 and max(arm) <= most and sum(arm) < float("inf")):
            wrong = next((value for value in arm if not 0 <= value <= most), arm[0])
            raise _impossible(metric, f"the value {wrong!r}")


def _impossible(what: str, figure: str) -> ImpossibleMeasurement:
    return ImpossibleMeasurement(f"{what}: {figure} cannot be", hint=_HINT)
