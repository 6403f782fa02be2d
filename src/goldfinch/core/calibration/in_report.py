"""What people's labels make of a judged metric of a run: the corrected mean, to be shown beside the raw one."""

from __future__ import annotations

from dataclasses import dataclass

from goldfinch.core.calibration import codes
from goldfinch.core.calibration.correction import Corrected, corrected_mean
from goldfinch.core.calibration.record import CalibrationRecord
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.results.summary import Estimate, MetricSummary, Summary
from goldfinch.core.results.tallies import MetricTally


@dataclass(frozen=True, slots=True)
class CorrectedMetric:
    """A metric of a run with the mean that its judge gives and the one that people's labels correct it to."""

    metric: str
    raw: Estimate
    corrected: Corrected


def corrected_metric(summary: Summary, calibration: CalibrationRecord, where: str) -> CorrectedMetric:
    """Correct the metric that `calibration` (the file `where`) is about.

    Raises `ConfigurationError` (E1953) where the run has no such metric, another version of the judge scored it, the calibration cannot
    correct means (pairs, one label), or the run has no mean with an error of its own.
    """
    metric = _metric(summary, calibration, where)
    if calibration.rectifier is None:
        kind = "preferences between two answers" if calibration.label_kind == "pairwise" else "too few labels"
        raise _does_not_fit(f"a calibration on {kind} corrects no mean", where)
    tally = summary.state.get("metrics", {}).get(metric.name)
    moments = None if tally is None else MetricTally.from_state(tally).cases
    if moments is None or moments.mean is None or moments.standard_error is None:
        raise _does_not_fit(f"fewer than two cases of the run have a score of {metric.name!r}", where)
    return CorrectedMetric(
        metric.name,
        metric.estimate,
        corrected_mean(moments.mean, moments.standard_error, moments.count, calibration.rectifier),
    )


def _metric(summary: Summary, calibration: CalibrationRecord, where: str) -> MetricSummary:
    """The metric of that name; a judged metric may be called `judge_` and what it judges."""
    if calibration.metric is None:
        raise _does_not_fit("the calibration does not say which metric it is about", where, "calibrate with --metric")
    names = (calibration.metric, f"judge_{calibration.metric}")
    metric = next((metric for metric in summary.metrics if metric.name in names), None)
    if metric is None:
        known = ", ".join(metric.name for metric in summary.metrics) or "none"
        raise _does_not_fit(f"the calibration is of {calibration.metric!r}; the run has {known}", where)
    if metric.version != calibration.judge_version:
        versions = f"judge version {calibration.judge_version!r}; the run was scored by {metric.version!r}"
        raise _does_not_fit(f"the calibration is of {versions}", where, "calibrate the judge of this run")
    return metric


def _does_not_fit(what: str, where: str, hint: str = "leave this --calibration out") -> ConfigurationError:
    return ConfigurationError(what, where=where, hint=hint, code=codes.OTHER_JUDGE)
