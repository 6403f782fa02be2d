"""The test coverage gate. Source: C21, C36, C37."""

from __future__ import annotations

from collections.abc import Iterator

from goldfinch.core.gates.deciding import Limit, Terms, judge_count
from goldfinch.core.gates.evidence import Coverage, Evidence
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome
from goldfinch.core.gates.policy import CoveragePolicy, Policy
from goldfinch.core.gates.wording import percent, some_of
from goldfinch.core.verdict import Verdict


def judge(policy: Policy, evidence: Evidence, *, strict: bool = False) -> GateOutcome:
    """Judge the lines that all groups together ran. A group that measured nothing fails; one that must be there and is not is open."""
    terms, coverage = Terms.of(policy, GateName.COVERAGE, strict=strict), evidence.tests.coverage
    if coverage is None:
        return terms.unmeasured(GateName.COVERAGE)
    return GateOutcome(GateName.COVERAGE, (_lines(coverage, policy.coverage, terms), *_groups(coverage, policy.coverage, terms)))


def _lines(coverage: Coverage, rules: CoveragePolicy, terms: Terms) -> Finding:
    rate = coverage.rate
    if rate is None or coverage.lines == 0:
        return terms.absent("coverage_lines", "Line coverage")
    of = "" if coverage.lines is None else f" of {coverage.lines:,} lines"
    together = f", {some_of(coverage.groups)} together" if len(coverage.groups) > 1 else ""
    limit = Limit(
        "coverage_lines",
        "Line coverage",
        rules.min_lines,
        breach=f"Line coverage {rate:.1%} < {percent(rules.min_lines)}",
        holds=f"Line coverage {rate:.1%} ≥ {percent(rules.min_lines)}{of}{together}",
        share=True,
    )
    return judge_count(limit, rate, terms)


def _groups(coverage: Coverage, rules: CoveragePolicy, terms: Terms) -> Iterator[Finding]:
    advice = "see that the tests import what --cov names; a folder that does not exist measures nothing and ends with 0"
    for name in coverage.empty_groups:
        yield Finding("coverage_group", Verdict.FAIL, f"Coverage group {name} measured nothing", where=name, advice=advice)
    for name in rules.groups:
        if name not in coverage.groups:
            yield terms.absent("coverage_group", f"Coverage group {name}", advice="give its coverage file")
