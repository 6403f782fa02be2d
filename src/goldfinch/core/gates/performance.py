"""The performance gate: 95th percentile of latency and throughput of each benchmark scenario. Source: R63, C26, STATISTICS A3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from goldfinch.core.gates.deciding import OPEN, Limit, Terms, judge_value
from goldfinch.core.gates.evidence import BenchmarkEvidence, Evidence, Measured, ScenarioEvidence
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome
from goldfinch.core.gates.policy import PerformancePolicy, Policy, ScenarioPolicy
from goldfinch.core.gates.trials import trials_for_mean
from goldfinch.core.gates.wording import amount, interval, number
from goldfinch.core.verdict import Verdict

MEASURE_THROUGHPUT = "run a scenario with `concurrency` (closed loop), or give the --output of `goldfinch bench saturate` as --saturation"


def judge(policy: Policy, evidence: Evidence, *, strict: bool = False) -> GateOutcome:
    """Judge every scenario by its own limits. A measurement that cannot be trusted decides nothing."""
    terms, benchmark = Terms.of(policy, GateName.PERFORMANCE, strict=strict), evidence.benchmark
    if benchmark is None or not (benchmark.scenarios or benchmark.invalid):
        return terms.unmeasured(GateName.PERFORMANCE)
    return GateOutcome(GateName.PERFORMANCE, tuple(_findings(benchmark, policy.performance, terms)))


def _findings(benchmark: BenchmarkEvidence, rules: PerformancePolicy, terms: Terms) -> Iterator[Finding]:
    if benchmark.invalid:
        yield terms.open(Finding("benchmark", Verdict.PASS, f"the benchmark is invalid: {benchmark.invalid}"))
    for scenario in benchmark.scenarios:
        own = rules.scenarios.get(scenario.name, ScenarioPolicy())
        for finding in (_latency(scenario, own, rules, terms), _throughput(scenario, own, rules, terms)):
            yield _without_proof(finding) if benchmark.invalid and not terms.strict else finding
    if benchmark.scenarios and all(scenario.why_no_throughput for scenario in benchmark.scenarios):
        yield terms.absent("requests_per_second", "Throughput", advice=MEASURE_THROUGHPUT)
    for name in sorted(rules.scenarios.keys() - {scenario.name for scenario in benchmark.scenarios}):
        yield terms.absent("scenario", f"Scenario {name}", advice="run it, or take its limits out of `gates.performance.scenarios`")


def _latency(scenario: ScenarioEvidence, own: ScenarioPolicy, rules: PerformancePolicy, terms: Terms) -> Finding:
    threshold = rules.max_p95_latency_ms if own.max_p95_latency_ms is None else own.max_p95_latency_ms
    measured, of = scenario.p95_latency_ms, _prefix(scenario)
    limit = Limit(
        "p95_latency_ms",
        f"{of}P95 latency",
        threshold,
        breach=f"{of}P95 latency {_shown(measured, threshold)}ms > {number(threshold)}ms",
        holds=f"{of}P95 latency {_shown(measured, threshold)}ms ≤ {number(threshold)}ms{interval(measured, 0)}",
        at_least=False,
        where=scenario.name,
    )
    finding = judge_value(limit, measured, terms, trials_for_mean)
    count = measured.count
    if terms.strict or finding.verdict is Verdict.FAIL or not count or count >= rules.min_requests:
        return finding
    words = f"{of}P95 latency {_shown(measured, threshold)}ms of {amount(count, 'request')}, {rules.min_requests} needed"
    more = rules.min_requests - count
    return replace(
        finding, verdict=Verdict.INCONCLUSIVE, text=f"{OPEN}{words}", more_trials=more, advice=f"{amount(more, 'more request')} would do"
    )


def _throughput(scenario: ScenarioEvidence, own: ScenarioPolicy, rules: PerformancePolicy, terms: Terms) -> Finding:
    threshold = rules.min_requests_per_second if own.min_requests_per_second is None else own.min_requests_per_second
    measured, of = scenario.requests_per_second, _prefix(scenario)
    if scenario.why_no_throughput:
        return _no_throughput(scenario, is_asked_for=bool(own.min_requests_per_second), terms=terms)
    limit = Limit(
        "requests_per_second",
        f"{of}Throughput",
        threshold,
        breach=f"{of}Throughput {_shown(measured, threshold)} rps < {number(threshold)} rps",
        holds=f"{of}Throughput {_shown(measured, threshold)} rps ≥ {number(threshold)} rps{interval(measured, 1)}",
        where=scenario.name,
    )
    return judge_value(limit, measured, terms, trials_for_mean)


def _no_throughput(scenario: ScenarioEvidence, *, is_asked_for: bool, terms: Terms) -> Finding:
    """Open where the policy has a limit for this very scenario; else another scenario may show what the agent can do."""
    what = f"{_prefix(scenario)}Throughput: not measured, {scenario.why_no_throughput}"
    finding = Finding("requests_per_second", Verdict.NEUTRAL, what, where=scenario.name)
    return terms.open(replace(finding, advice=MEASURE_THROUGHPUT)) if is_asked_for else finding


def _prefix(scenario: ScenarioEvidence) -> str:
    return f"{scenario.name}: " if scenario.name else ""


def _shown(measured: Measured, threshold: float) -> float | None:
    """As it is, as the specification prints it, without digits below a thousandth; with them where those make the difference."""
    value = measured.value
    if value is None:
        return None
    return value if (short := round(value, 3)) == threshold else short


def _without_proof(finding: Finding) -> Finding:
    if finding.verdict is not Verdict.FAIL:
        return finding
    return replace(finding, verdict=Verdict.INCONCLUSIVE, text=f"{OPEN}{finding.text}")
