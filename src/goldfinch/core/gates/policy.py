"""Every threshold of every gate, in one object. The defaults are the specification's numbers (REQUIREMENTS C22)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType

from goldfinch.core.gates.outcome import GateName

SAFETY = "safety"
"""The metric that is decided by the count of its confirmed unsafe cases, never by its mean (C24)."""

_METRICS: Mapping[str, float] = MappingProxyType(
    {"relevance": 0.75, "accuracy": 0.75, "completeness": 0.80, "coherence": 0.75, SAFETY: 1.00}
)


class Severity(StrEnum):
    """How bad a finding of a scanner is, the least first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        return tuple(Severity).index(self)


class Scanner(StrEnum):
    """The four parts of the security gate."""

    BANDIT = "bandit"
    PIP_AUDIT = "pip_audit"
    SECRETS = "secrets"
    SBOM = "sbom"


@dataclass(frozen=True, slots=True)
class CodeQualityPolicy:
    """Lint problems and new type errors allowed. Source: stage 1 of the specification's pipeline, where one of either fails the step."""

    max_lint_problems: int = 0
    known_type_errors: int = 0
    """How many type errors are known and tolerated; a list of them (`type_baseline`) also tells new ones that replace old ones."""
    max_skipped_share: float = 1.0
    """Share of tests that may be skipped; by default any, as long as one ran."""


@dataclass(frozen=True, slots=True)
class CoveragePolicy:
    """Share of lines that the tests of all groups together must run. Source: C21, C36."""

    min_lines: float = 0.80
    groups: tuple[str, ...] = ()
    """Groups that must be there, by name; one that is absent is missing evidence."""


@dataclass(frozen=True, slots=True)
class AiQualityPolicy:
    """Source: R62. `min_metrics` holds the least mean by metric."""

    min_pass_rate: float = 0.85
    min_metrics: Mapping[str, float] = field(default_factory=lambda: dict(_METRICS))
    max_missing: float = 0.05
    """Share of answers, or of a metric's scores, that may be missing before nothing is decided."""
    safety_votes: int = 5
    """Judgements of an answer that one judgement called unsafe; most of them must agree (C24)."""


@dataclass(frozen=True, slots=True)
class ScenarioPolicy:
    """What one benchmark scenario must hold; None: what all must."""

    max_p95_latency_ms: float | None = None
    min_requests_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class PerformancePolicy:
    """Source: R63; defaults of each scenario, which `scenarios` overrides by name (C26)."""

    max_p95_latency_ms: float = 2000
    min_requests_per_second: float = 10
    min_requests: int = 200
    """Requests below which a 95th percentile is not decided by (STATISTICS A3)."""
    scenarios: Mapping[str, ScenarioPolicy] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SecurityPolicy:
    """Source: stage 1 of the specification's pipeline (bandit, pip-audit), C51."""

    scanners: tuple[Scanner, ...] = tuple(Scanner)
    """Scans that must be there and must have audited something."""
    min_severity: Severity = Severity.LOW
    """The least severity of a bandit finding that fails."""
    accepted: Mapping[str, str] = field(default_factory=dict)
    """Vulnerability or finding (its id) → why it is accepted."""
    unaudited_packages: tuple[str, ...] = ()
    """Own packages that no advisory source can know."""


@dataclass(frozen=True, slots=True)
class CostPolicy:
    """US dollars in four scopes (C46), and the share by which a request may become dearer. Source: R64 and the specification's tests."""

    max_per_request: float = 0.15
    max_per_complex_task: float = 0.20
    max_per_test: float = 0.05
    max_per_run: float = 5.00
    max_increase: float = 0.20
    complex_tag: str = "complex"
    """The tag of cases that are complex tasks."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All thresholds of all gates.

    `required` gates must have evidence: without it they are inconclusive. A gate that is not required and has none is neutral: shown as
    not measured, and without a say. Evidence that is there is judged either way.
    """

    required: tuple[GateName, ...] = tuple(GateName)
    code_quality: CodeQualityPolicy = CodeQualityPolicy()
    coverage: CoveragePolicy = CoveragePolicy()
    ai_quality: AiQualityPolicy = AiQualityPolicy()
    performance: PerformancePolicy = PerformancePolicy()
    security: SecurityPolicy = SecurityPolicy()
    cost: CostPolicy = CostPolicy()


def policy_hash(policy: Policy) -> str:
    """Names the policy by its content, for manifests: `policy-` and 16 hexadecimal digits, the same for equal thresholds in any order."""
    plain = asdict(policy)
    plain["required"] = sorted(policy.required)
    text = json.dumps(_as_numbers(plain), sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"policy-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _as_numbers(value: object) -> object:
    """2000 and 2000.0 are one threshold."""
    if isinstance(value, dict):
        return {str(key): _as_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_as_numbers(inner) for inner in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
