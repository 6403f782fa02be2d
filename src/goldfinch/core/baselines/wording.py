"""A baseline in words."""

from __future__ import annotations

from goldfinch.core.baselines.promotion import Promotion
from goldfinch.core.results import wording
from goldfinch.core.results.manifest import Manifest, RunStatus
from goldfinch.core.results.summary import Summary

_STEPS = ((86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"), (1.0, "second"))


def described(
    promotion: Promotion, manifest: Manifest, summary: Summary | None, location: str, age_s: float | None
) -> list[tuple[str, str]]:
    """Lines of name and value: which run, how old, who, from what, how good. Unescaped."""
    commit = f"{(promotion.commit or '')[:12]}{' with changes that are not committed' if promotion.dirty else ''}"
    rows = [
        ("branch", promotion.branch),
        ("run", promotion.run_id if promotion.status is not RunStatus.BOOTSTRAP else "none yet (bootstrap): comparisons are neutral"),
        ("promoted", f"{promotion.promoted_at}{f', {age(age_s)} ago' if age_s is not None else ''}"),
        ("by", promotion.promoted_by or "unknown"),
        ("commit", commit),
        ("passed by", promotion.passed_by),
        ("before", promotion.previous_run_id or ""),
        ("agent", " ".join(filter(None, (manifest.agent.name, manifest.agent.version[:24])))),
        ("dataset", f"{manifest.dataset.name}, {manifest.dataset.cases:,} cases × {manifest.trials}" if manifest.dataset.cases else ""),
        ("answers", "" if promotion.has_outputs or summary is None else "left out: nothing can be shown side by side"),
        *_figures(summary),
        ("folder", location),
    ]
    return [(name, value) for name, value in rows if value]


def age(seconds: float) -> str:
    """`3 days`, `1 hour`: the largest unit of which there is one."""
    for length, unit in _STEPS:
        if seconds >= length:
            count = int(seconds // length)
            return f"{count:,} {unit}{'s' * (count != 1)}"
    return "a moment"


def _figures(summary: Summary | None) -> list[tuple[str, str]]:
    if summary is None:
        return []
    means = [
        (metric.name, f"{wording.mean_of(metric.estimate)} ({wording.interval_of(metric.estimate)}, n {metric.estimate.count:,})")
        for metric in summary.metrics
        if metric.estimate.count
    ]
    return [("pass rate", wording.percent(summary.passes.rate)), *means, ("cost", wording.cost(summary.cost))]
