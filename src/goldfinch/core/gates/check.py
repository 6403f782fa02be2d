"""All six gates, always."""

from __future__ import annotations

from goldfinch.core.gates import ai_quality, code_quality, cost, coverage, performance, security
from goldfinch.core.gates.evidence import Evidence
from goldfinch.core.gates.outcome import GateReport
from goldfinch.core.gates.policy import Policy


def check_all(policy: Policy, evidence: Evidence, *, strict: bool = False) -> GateReport:
    """Judge `evidence` by `policy`: six outcomes, in the order of `GateName`.

    A value at or beyond its threshold passes; one that misses it fails where its whole 95 % interval does, or where it has no chance in it
    (a count), and is inconclusive else. `strict`: the specification's plain rule, in which every breach and everything missing fails.
    """
    judges = (code_quality.judge, coverage.judge, ai_quality.judge, performance.judge, security.judge, cost.judge)
    return GateReport(tuple(judge(policy, evidence, strict=strict) for judge in judges))
