"""Whether two runs were judged on the same terms: only then a difference is one of the agents."""

from __future__ import annotations

from goldfinch.core.results.manifest import Manifest, MetricIdentity


def is_decisive(metric: MetricIdentity) -> bool:
    """Whether the metric has a say in whether a case passes."""
    return metric.pass_mark is not None and not metric.advisory


def why_different(before: MetricIdentity, after: MetricIdentity) -> str:
    """Why the scores of a metric are not on equal terms; empty where they are."""
    if before.version == after.version:
        return ""
    return f"version {before.version} in the baseline, {after.version} in the current run"


def why_pass_rate_differs(baseline: Manifest, current: Manifest) -> str:
    """Why "passed" does not mean the same in both runs; empty where it does, and something decides."""
    before, after = ({one.name: one for one in run.metrics if is_decisive(one)} for run in (baseline, current))
    for name in sorted(before.keys() | after.keys()):
        first, second = before.get(name), after.get(name)
        if first is None or second is None:
            return f"{name} decides in the {'current' if first is None else 'baseline'} run only"
        if first.version != second.version:
            return f"{name} decides: {why_different(first, second)}"
        if first.pass_mark != second.pass_mark:
            return f"the pass mark of {name} is {first.pass_mark:g} in the baseline, {second.pass_mark:g} in the current run"
    return "" if before else "no metric decides whether a case passes"


def why_judges_differ(baseline: Manifest, current: Manifest) -> str:
    """Why verdicts of judges are not on equal terms; empty where they are, or one of the runs had none."""
    if baseline.judge is None or current.judge is None or baseline.judge == current.judge:
        return ""
    return f"judged by {baseline.judge} in the baseline, by {current.judge} in the current run"
