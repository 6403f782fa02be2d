"""Health, from one check to the next: the functions that a controller calls.

state = begin(rules, steps=plan.steps)
state = take(rules, state, interval)            # or could_not_read(state, unreadable)
assessment = assess(rules, state, now=now, step=step)
"""

from __future__ import annotations

from dataclasses import replace

from goldfinch.core.health.assess import assess
from goldfinch.core.health.begin import begin
from goldfinch.core.health.metrics import HealthRules
from goldfinch.core.health.quantiles import QuantileEvidence, next_threshold_ms
from goldfinch.core.health.sample_ratio import SampleRatio
from goldfinch.core.health.state import HealthState
from goldfinch.core.health.take import could_not_read, take

__all__ = ["HealthState", "assess", "begin", "could_not_read", "take", "thresholds_ms", "watched_anew"]


def watched_anew(state: HealthState) -> HealthState:
    """A watch begins, or goes on after a hold: the shares of sessions that the hold was about say nothing about what follows."""
    return replace(state, sample_ratio=SampleRatio())


def thresholds_ms(rules: HealthRules, state: HealthState) -> dict[str, float]:
    """tau of the interval that begins now, per quantile metric; absent: fewer than 100 stable latencies so far."""
    thresholds = {}
    for metric in rules.metrics:
        evidence = state.metrics[metric.name]
        if isinstance(evidence, QuantileEvidence) and (tau := next_threshold_ms(evidence, metric.quantile)) is not None:
            thresholds[metric.name] = tau
    return thresholds
