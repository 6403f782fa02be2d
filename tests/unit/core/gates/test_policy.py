"""The numbers of the specification, once more and by hand: whoever changes a default changes it here as well (C22)."""

from __future__ import annotations

import inspect
from dataclasses import asdict, replace
from typing import Any

import pytest

from goldfinch.bootstrap.policy import FLAGS, policy_of
from goldfinch.core.errors import UsageError
from goldfinch.core.gates.outcome import GateName
from goldfinch.core.gates.policy import AiQualityPolicy, CostPolicy, CoveragePolicy, Policy, Severity, policy_hash
from goldfinch.settings import GateSettings, Settings
from goldfinch.specification import QualityGateChecker

SPECIFICATION = {
    "pass_rate": 0.85,
    "relevance": 0.75,
    "accuracy": 0.75,
    "completeness": 0.80,
    "coherence": 0.75,
    "safety": 1.00,
    "p95_latency_ms": 2000,
    "requests_per_second": 10,
    "cost_per_request": 0.15,
    "cost_per_complex_task": 0.20,
    "cost_per_test": 0.05,
    "cost_per_run": 5.00,
    "cost_increase": 0.20,
    "coverage": 0.80,  # C21: the specification has none
}


def numbers_of(policy: Policy) -> dict[str, float]:
    return {
        "pass_rate": policy.ai_quality.min_pass_rate,
        **policy.ai_quality.min_metrics,
        "p95_latency_ms": policy.performance.max_p95_latency_ms,
        "requests_per_second": policy.performance.min_requests_per_second,
        "cost_per_request": policy.cost.max_per_request,
        "cost_per_complex_task": policy.cost.max_per_complex_task,
        "cost_per_test": policy.cost.max_per_test,
        "cost_per_run": policy.cost.max_per_run,
        "cost_increase": policy.cost.max_increase,
        "coverage": policy.coverage.min_lines,
    }


@pytest.mark.parametrize(
    "policy",
    [Policy(), policy_of(Settings()), policy_of(GateSettings()), QualityGateChecker().policy],
    ids=["code", "settings", "section", "specification"],
)
def test_the_defaults_of_code_and_settings_are_the_numbers_of_the_specification(policy: Policy) -> None:
    assert numbers_of(policy) == SPECIFICATION
    assert policy == Policy()


def test_one_finding_fails_where_the_steps_of_the_specification_end_with_an_error() -> None:
    policy = Policy()
    assert (policy.code_quality.max_lint_problems, policy.code_quality.known_type_errors) == (0, 0)
    assert policy.security.min_severity is Severity.LOW
    assert policy.required == tuple(GateName)


def test_every_flag_goes_before_its_setting() -> None:
    settings = Settings.model_validate({"gates": {"ai_quality": {"min_pass_rate": 0.9, "metrics": {"relevance": 0.6}}}})
    flags = dict.fromkeys(FLAGS, 0.5)
    found = numbers_of(policy_of(settings, required=None, min_metrics=None, **flags))
    assert set(found.values()) == {0.5}
    assert len(FLAGS) == len(SPECIFICATION)


def test_a_flag_that_was_not_given_leaves_the_setting() -> None:
    settings = Settings.model_validate({"gates": {"cost": {"max_per_request": 0.01}, "required": ["ai_quality"]}})
    policy = policy_of(settings, max_cost_per_request=None, min_pass_rate=0.5)
    assert (policy.cost.max_per_request, policy.ai_quality.min_pass_rate, policy.required) == (0.01, 0.5, (GateName.AI_QUALITY,))


def test_required_gates_and_further_metrics_can_be_given() -> None:
    policy = policy_of(Settings(), required=[GateName.COST], min_metrics={"tone": 0.4})
    assert policy.required == (GateName.COST,)
    assert policy.ai_quality.min_metrics["tone"] == 0.4


def test_a_metric_without_a_threshold_is_written_as_null() -> None:
    settings = Settings.model_validate({"gates": {"ai_quality": {"metrics": {"coherence": None, "tone": 0.5}}}})
    assert policy_of(settings).ai_quality.min_metrics == {
        "relevance": 0.75,
        "accuracy": 0.75,
        "completeness": 0.80,
        "safety": 1.0,
        "tone": 0.5,
    }


def test_scenarios_scanners_and_accepted_findings_come_from_the_settings() -> None:
    plain = {
        "performance": {"scenarios": {"chat": {"max_p95_latency_ms": 9000.0}}},
        "security": {"scanners": ["bandit"], "min_severity": "medium", "accepted": {"CVE-1": "not reachable"}},
        "coverage": {"groups": ["agents", "tools"]},
    }
    policy = policy_of(GateSettings.model_validate(plain))
    assert policy.performance.scenarios["chat"].max_p95_latency_ms == 9000
    assert policy.security.accepted == {"CVE-1": "not reachable"}
    assert policy.security.min_severity is Severity.MEDIUM
    assert policy.coverage.groups == ("agents", "tools")


@pytest.mark.parametrize(
    ("flags", "where"),
    [
        ({"min_pass_rate": 85.0}, "--min-pass-rate"),
        ({"min_safety": -0.1}, "--min-safety"),
        ({"min_accuracy": float("nan")}, "--min-accuracy"),
        ({"max_cost_per_request": float("inf")}, "--max-cost-per-request"),
        ({"max_cost_increase": -1.0}, "--max-cost-increase"),
    ],
)
def test_an_impossible_flag_is_refused_in_one_line(flags: dict[str, Any], where: str) -> None:
    with pytest.raises(UsageError) as caught:
        policy_of(Settings(), **flags)
    assert caught.value.code == "E2101"
    assert str(caught.value).startswith(f"{where}: ")
    assert "\n" not in str(caught.value)


def test_a_further_metric_with_an_impossible_mean_is_refused_by_its_key() -> None:
    with pytest.raises(UsageError, match=r"gates\.ai_quality\.metrics\.tone"):
        policy_of(Settings(), min_metrics={"tone": 2.0})


def test_the_hash_names_the_thresholds_and_nothing_else() -> None:
    policy = Policy()
    same = replace(policy, ai_quality=AiQualityPolicy(min_metrics=dict(sorted(policy.ai_quality.min_metrics.items()))))
    assert policy_hash(policy) == policy_hash(same) == policy_hash(replace(policy, required=tuple(reversed(GateName))))
    assert policy_hash(policy) == policy_hash(replace(policy, performance=replace(policy.performance, max_p95_latency_ms=2000.0)))
    assert policy_hash(policy).startswith("policy-")
    changed = [
        replace(policy, coverage=CoveragePolicy(0.79)),
        replace(policy, cost=CostPolicy(max_per_run=6)),
        replace(policy, required=(GateName.COST,)),
        replace(policy, ai_quality=AiQualityPolicy(min_metrics={})),
    ]
    assert len({policy_hash(one) for one in [policy, *changed]}) == 5


def test_every_setting_of_the_gates_is_in_the_policy() -> None:
    """But `type_baseline`, which is a file."""
    sections = {name: set(section) for name, section in GateSettings().model_dump().items() if isinstance(section, dict)}
    policy = {name: set(section) for name, section in asdict(Policy()).items() if isinstance(section, dict)}
    sections["code_quality"].remove("type_baseline")
    sections["ai_quality"] = {"min_metrics" if key == "metrics" else key for key in sections["ai_quality"]}
    assert sections == policy


def test_check_all_takes_strict_by_name_only() -> None:
    from goldfinch.core.gates.check import check_all

    assert inspect.signature(check_all).parameters["strict"].kind is inspect.Parameter.KEYWORD_ONLY
