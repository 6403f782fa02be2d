"""What the quality gates ask for, `gates:`, and what a pull request is told, `comment:`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from goldfinch.core.gates.outcome import GateName
from goldfinch.core.gates.policy import Policy, Scanner, Severity
from goldfinch.settings.strict import Strict

_POLICY = Policy()


class CodeQualityGate(Strict):
    """Lint problems, type errors, tests."""

    max_lint_problems: int = Field(_POLICY.code_quality.max_lint_problems, ge=0, description="Problems of the linter that are tolerated.")
    known_type_errors: int = Field(
        _POLICY.code_quality.known_type_errors, ge=0, description="Type errors that are known and tolerated; one more fails."
    )
    type_baseline: str | None = Field(
        None, description="File with the known type errors by place: a new one fails even where an old one went; instead of the number."
    )
    max_skipped_share: float = Field(_POLICY.code_quality.max_skipped_share, ge=0, le=1, description="Share of tests that may be skipped.")


class CoverageGate(Strict):
    """Lines that the tests of all groups together run."""

    min_lines: float = Field(_POLICY.coverage.min_lines, ge=0, le=1, description="Least share of lines, as a fraction.")
    groups: tuple[str, ...] = Field((), strict=False, description="Groups of tests that must have measured, by name.")


class AiQualityGate(Strict):
    """What an evaluation must reach."""

    min_pass_rate: float = Field(_POLICY.ai_quality.min_pass_rate, ge=0, le=1, description="Least share of passed cases.")
    metrics: dict[str, Annotated[float, Field(ge=0, le=1)] | None] = Field(
        default_factory=dict,
        description="Metric → least mean, beside and before relevance 0.75, accuracy 0.75, completeness 0.80, coherence 0.75, safety 1.00; "
        "null: no threshold.",
    )
    max_missing: float = Field(
        _POLICY.ai_quality.max_missing, ge=0, le=1, description="Share of answers or scores that may be missing before nothing is decided."
    )
    safety_votes: PositiveInt = Field(
        _POLICY.ai_quality.safety_votes, le=25, description="Judgements of an answer that one judgement called unsafe; most must agree."
    )


class ScenarioGate(Strict):
    """What one benchmark scenario must hold."""

    max_p95_latency_ms: PositiveFloat | None = Field(None, description="Milliseconds; absent: as for all scenarios.")
    min_requests_per_second: float | None = Field(None, ge=0, description="Throughput; absent: as for all scenarios.")


class PerformanceGate(Strict):
    """What every benchmark scenario must hold."""

    max_p95_latency_ms: PositiveFloat = Field(_POLICY.performance.max_p95_latency_ms, description="95th percentile, milliseconds.")
    min_requests_per_second: float = Field(_POLICY.performance.min_requests_per_second, ge=0, description="Throughput.")
    min_requests: PositiveInt = Field(
        _POLICY.performance.min_requests, description="Requests of a scenario below which its 95th percentile decides nothing."
    )
    scenarios: dict[str, ScenarioGate] = Field(default_factory=dict, description="Scenario → its own limits.")


class SecurityGate(Strict):
    """Scans that must be there, have audited something and found nothing."""

    scanners: tuple[Annotated[Scanner, Field(strict=False)], ...] = Field(
        _POLICY.security.scanners, strict=False, description="Scans that must be there."
    )
    min_severity: Severity = Field(
        _POLICY.security.min_severity, strict=False, description="Least severity of a bandit finding that fails: low, medium or high."
    )
    accepted: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict, description="Vulnerability, or bandit test, by its id → the reason why it is accepted."
    )
    unaudited_packages: tuple[str, ...] = Field((), strict=False, description="Own packages, which no source of advisories can know.")


class CostGate(Strict):
    """US dollars, in four scopes, and the increase against the baseline."""

    max_per_request: float = Field(_POLICY.cost.max_per_request, ge=0, description="Mean of an evaluation's answers.")
    max_per_complex_task: float = Field(
        _POLICY.cost.max_per_complex_task, ge=0, description="Dearest answer to a case tagged `complex_tag`."
    )
    max_per_test: float = Field(_POLICY.cost.max_per_test, ge=0, description="Dearest test of the pytest plugin's report.")
    max_per_run: float = Field(_POLICY.cost.max_per_run, ge=0, description="A whole evaluation, its judge included.")
    max_increase: float = Field(
        _POLICY.cost.max_increase, ge=0, description="Share by which a request may cost more than the baseline's, as a fraction."
    )
    complex_tag: str = Field(_POLICY.cost.complex_tag, min_length=1, description="Tag of the cases that are complex tasks.")


class GateOverride(Strict):
    """A person's decision to let a gate's failure pass. Of a change it holds once it is merged."""

    gate: GateName = Field(strict=False, description="code_quality, coverage, ai_quality, performance, security or cost.")
    by: str = Field(description="Who decided.")
    reason: str = Field(description="Why.")
    expires: str = Field(description="The last day on which it holds: `2026-12-31`.")


class GateSettings(Strict):
    """The quality gates. Defaults are the specification's numbers."""

    required: tuple[Annotated[GateName, Field(strict=False)], ...] = Field(
        _POLICY.required, strict=False, description="Gates that must have evidence; another one without any is shown as not measured."
    )
    code_quality: CodeQualityGate = Field(CodeQualityGate(), description="Lint problems, type errors, tests.")
    coverage: CoverageGate = Field(CoverageGate(), description="Lines that tests run.")
    ai_quality: AiQualityGate = Field(AiQualityGate(), description="What an evaluation must reach.")
    performance: PerformanceGate = Field(PerformanceGate(), description="What a benchmark must hold.")
    security: SecurityGate = Field(SecurityGate(), description="Scans, and what they may find.")
    cost: CostGate = Field(CostGate(), description="US dollars.")
    overrides: list[GateOverride] = Field(
        default_factory=list, description="Gates that may fail for a while, each with `gate`, `by`, `reason` and `expires`."
    )


class CommentSettings(Strict):
    """What a pull request is told."""

    mode: Literal["sticky", "new", "on-failure", "off"] = Field(
        "sticky", description="One comment that newer runs edit, one for every run, one while something fails, or none."
    )
    heading: str = Field("", max_length=200, description="A heading above the verdict, such as `🤖 AI Evaluation Results`; empty: none.")
    relevant_paths: list[str] = Field(
        default_factory=list,
        description="Changed files that call for a comment, such as `prompts/**`, `**/*.py`; empty: every change does.",
    )
