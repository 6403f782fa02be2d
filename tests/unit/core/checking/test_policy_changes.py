from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.core.checking.policy_changes import PolicyChange, policy_changes, tighter_flags
from goldfinch.core.gates.outcome import GateName
from goldfinch.core.gates.policy import AiQualityPolicy, CostPolicy, PerformancePolicy, Policy, ScenarioPolicy, SecurityPolicy

BASE = Policy()


def test_equal_policies_differ_in_nothing() -> None:
    assert policy_changes(BASE, Policy()) == ()


@pytest.mark.parametrize(
    ("proposed", "key", "looser"),
    [
        (replace(BASE, ai_quality=AiQualityPolicy(min_pass_rate=0.0)), "ai_quality.min_pass_rate", True),
        (replace(BASE, ai_quality=AiQualityPolicy(min_pass_rate=0.9)), "ai_quality.min_pass_rate", False),
        (replace(BASE, ai_quality=AiQualityPolicy(max_missing=0.5)), "ai_quality.max_missing", True),
        (replace(BASE, ai_quality=AiQualityPolicy(safety_votes=1)), "ai_quality.safety_votes", True),
        (replace(BASE, cost=CostPolicy(max_per_request=1.0)), "cost.max_per_request", True),
        (replace(BASE, cost=CostPolicy(max_per_request=0.1)), "cost.max_per_request", False),
        (replace(BASE, cost=CostPolicy(complex_tag="none")), "cost.complex_tag", None),
        (replace(BASE, required=(GateName.COST,)), "required", True),
        (replace(BASE, security=SecurityPolicy(scanners=())), "security.scanners", True),
        (
            replace(BASE, performance=PerformancePolicy(scenarios={"a": ScenarioPolicy(max_p95_latency_ms=9000)})),
            "performance.scenarios.a.max_p95_latency_ms",
            None,
        ),
    ],
)
def test_a_changed_threshold_is_named_with_its_tendency(proposed: Policy, key: str, looser: bool | None) -> None:
    found = {change.key: change.looser for change in policy_changes(BASE, proposed)}
    assert found[key] is looser


def test_a_metric_that_is_no_longer_judged_is_looser() -> None:
    proposed = replace(BASE, ai_quality=AiQualityPolicy(min_metrics={"relevance": 0.75}))
    found = {change.key: (change.base, change.proposed, change.looser) for change in policy_changes(BASE, proposed)}
    assert found["ai_quality.min_metrics.safety"] == ("1.0", "none", True)


def test_a_new_accepted_finding_is_named() -> None:
    (change,) = policy_changes(BASE, replace(BASE, security=SecurityPolicy(accepted={"CVE-1": "no"})))
    assert change == PolicyChange("security.accepted.CVE-1", "none", '"no"', None)


def test_flags_hold_only_where_they_are_not_looser() -> None:
    base = {"min_pass_rate": 0.85, "max_cost_per_request": 0.15}
    held, refused = tighter_flags(base, {"min_pass_rate": 0.5, "max_cost_per_request": 0.1, "min_safety": 0.5})
    assert held == {"max_cost_per_request": 0.1, "min_safety": 0.5}
    assert refused == (PolicyChange("--min-pass-rate", "0.85", "0.5", looser=True),)


def test_a_flag_that_is_no_number_does_not_hold_as_a_tighter_one() -> None:
    """It is handed on, and refused as a threshold there."""
    assert tighter_flags({"min_pass_rate": 0.85}, {"min_pass_rate": float("nan")})[1] == ()
