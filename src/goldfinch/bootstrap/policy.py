"""The policy of the gates: what a person asked for on the command line, over the settings file, over the specification's numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from goldfinch.core.errors import UsageError
from goldfinch.core.gates.codes import BAD_THRESHOLD
from goldfinch.core.gates.outcome import GateName
from goldfinch.core.gates.policy import (
    AiQualityPolicy,
    CodeQualityPolicy,
    CostPolicy,
    CoveragePolicy,
    PerformancePolicy,
    Policy,
    ScenarioPolicy,
    SecurityPolicy,
    policy_hash,
)
from goldfinch.settings import GateSettings, Settings

__all__ = ["FLAGS", "policy_hash", "policy_of"]

FLAGS: Mapping[str, tuple[str, ...]] = {
    "min_pass_rate": ("ai_quality", "min_pass_rate"),
    "min_relevance": ("ai_quality", "metrics", "relevance"),
    "min_accuracy": ("ai_quality", "metrics", "accuracy"),
    "min_completeness": ("ai_quality", "metrics", "completeness"),
    "min_coherence": ("ai_quality", "metrics", "coherence"),
    "min_safety": ("ai_quality", "metrics", "safety"),
    "min_coverage": ("coverage", "min_lines"),
    "max_p95_latency_ms": ("performance", "max_p95_latency_ms"),
    "min_requests_per_second": ("performance", "min_requests_per_second"),
    "max_cost_per_request": ("cost", "max_per_request"),
    "max_cost_per_complex_task": ("cost", "max_per_complex_task"),
    "max_cost_per_test": ("cost", "max_per_test"),
    "max_cost_per_run": ("cost", "max_per_run"),
    "max_cost_increase": ("cost", "max_increase"),
}
"""Flag (`--min-pass-rate`, with underscores) → the key under `gates` that it goes before. Source of the names: R23."""


def policy_of(
    settings: Settings | GateSettings,
    *,
    required: Iterable[GateName] | None = None,
    min_metrics: Mapping[str, float] | None = None,
    **flags: float | None,
) -> Policy:
    """The policy of the settings, with `flags` (keys of `FLAGS`; None: not given) and `min_metrics` (metric → least mean) before them.

    Rates are fractions, money US dollars. Raises `UsageError` (E2101) for a flag that cannot be such a threshold.
    """
    gates = settings.gates if isinstance(settings, Settings) else settings
    merged: dict[str, Any] = gates.model_dump()
    merged["ai_quality"]["metrics"].update(min_metrics or {})
    for name, value in flags.items():
        if value is not None:
            _put(merged, FLAGS[name], value)
    if required is not None:
        merged["required"] = tuple(required)
    return _policy(_validated(merged))


def _put(plain: dict[str, Any], keys: tuple[str, ...], value: float) -> None:
    *path, last = keys
    for key in path:
        plain = plain[key]
    plain[last] = value


def _validated(plain: dict[str, Any]) -> GateSettings:
    try:
        return GateSettings.model_validate(plain)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        location = tuple(str(part) for part in first["loc"])
        flag = next((f"--{flag.replace('_', '-')}" for flag, keys in FLAGS.items() if keys == location), f"gates.{'.'.join(location)}")
        message = first["msg"][0].lower() + first["msg"][1:]
        hint = "a rate is a fraction: 0.85 is 85 %"
        raise UsageError(f"{message}, not {first['input']!r}", where=flag, hint=hint, code=BAD_THRESHOLD) from None


def _policy(gates: GateSettings) -> Policy:
    means = {**AiQualityPolicy().min_metrics, **gates.ai_quality.metrics}
    scenarios = {name: ScenarioPolicy(**limits.model_dump()) for name, limits in gates.performance.scenarios.items()}
    return Policy(
        required=gates.required,
        code_quality=CodeQualityPolicy(**gates.code_quality.model_dump(exclude={"type_baseline"})),
        coverage=CoveragePolicy(**gates.coverage.model_dump()),
        ai_quality=AiQualityPolicy(
            **gates.ai_quality.model_dump(exclude={"metrics"}), min_metrics={name: mean for name, mean in means.items() if mean is not None}
        ),
        performance=PerformancePolicy(**gates.performance.model_dump(exclude={"scenarios"}), scenarios=scenarios),
        security=SecurityPolicy(**gates.security.model_dump()),
        cost=CostPolicy(**gates.cost.model_dump()),
    )
