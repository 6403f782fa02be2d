"""The cost gate: US dollars in four scopes, and the increase against the baseline. An unknown price is unknown. Source: R64, C46."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf

from goldfinch.core.gates.deciding import ROUNDING, Limit, Terms, judge_count, neutral
from goldfinch.core.gates.evidence import EvaluationEvidence, Evidence, HighestCost, RequestCost
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome
from goldfinch.core.gates.policy import CostPolicy, Policy
from goldfinch.core.gates.wording import dollars, percent
from goldfinch.core.verdict import Verdict

_PRICES = "give the model a price under `prices:`, or let the agent state its cost"


def judge(policy: Policy, evidence: Evidence, *, strict: bool = False) -> GateOutcome:
    """Judge what an evaluation and the tests spent. Costs of a replayed run are what they were when it was recorded: neutral."""
    terms, run, rules = Terms.of(policy, GateName.COST, strict=strict), evidence.evaluation, policy.cost
    if run is None and evidence.complex_tasks is None and evidence.test_costs is None:
        return terms.unmeasured(GateName.COST)
    of_run = tuple(_of_run(run, evidence, rules, terms))
    if run is not None and run.is_replayed:
        of_run = tuple(map(neutral, of_run))
    return GateOutcome(GateName.COST, (*of_run, _of_tests(evidence.test_costs, rules, terms)))


def _of_run(run: EvaluationEvidence | None, evidence: Evidence, rules: CostPolicy, terms: Terms) -> Iterator[Finding]:
    cost = RequestCost(None) if run is None else run.cost
    yield _per_request(cost, rules, terms)
    yield _increase(cost, evidence.baseline_cost, rules, terms)
    yield _highest(evidence.complex_tasks, "cost_per_complex_task", "Complex task", rules.max_per_complex_task, terms)
    yield _per_run(cost, 0 if run is None else run.judge_cost_unknown, rules, terms)


def _of_tests(costs: HighestCost | None, rules: CostPolicy, terms: Terms) -> Finding:
    return _highest(costs, "cost_per_test", "Test", rules.max_per_test, terms)


def _per_request(cost: RequestCost, rules: CostPolicy, terms: Terms) -> Finding:
    name, mean = "cost_per_request", cost.mean
    if mean is None or cost.known == 0 or not 0 <= mean < inf:
        return terms.absent(name, "Cost per request", advice=_PRICES)
    least = mean if not cost.unknown else mean * (cost.known or 0) / cost.answers
    limit = Limit(
        name,
        "Cost per request",
        rules.max_per_request,
        breach=f"Avg cost ${least:.3f} > {dollars(rules.max_per_request)}",
        holds=f"Avg cost ${least:.3f} ≤ {dollars(rules.max_per_request)}",
        at_least=False,
    )
    finding = replace(judge_count(limit, least, terms), count=cost.known)
    return _unless_unknown(finding, _Unknown("Avg cost", cost.unknown, cost.answers, "answer"), terms)


def _increase(cost: RequestCost, baseline: float | None, rules: CostPolicy, terms: Terms) -> Finding:
    name, mean = "cost_increase", cost.mean
    if baseline is None:
        return Finding(name, Verdict.NEUTRAL, "Cost increase: there is no baseline", threshold=rules.max_increase)
    if mean is None or cost.known == 0 or not (0 <= mean < inf and 0 <= baseline < inf):
        return terms.absent(name, "Cost increase", advice=_PRICES)
    share = (mean - baseline) / baseline if baseline else inf if mean else 0.0
    finding = Finding(
        name,
        Verdict.PASS,
        f"Cost changed by {share:+.1%}, at most {percent(rules.max_increase)}",
        value=share if share < inf else None,
        threshold=rules.max_increase,
        count=cost.known,
    )
    if cost.unknown:
        return _unless_unknown(finding, _Unknown("Cost increase", cost.unknown, cost.answers, "answer"), terms)
    if share <= rules.max_increase + ROUNDING:
        return finding
    free = "" if baseline else "the baseline cost nothing"
    return replace(finding, verdict=Verdict.FAIL, text=f"Cost increased {share:.1%} > {percent(rules.max_increase)}", advice=free)


def _highest(costs: HighestCost | None, name: str, what: str, most: float, terms: Terms) -> Finding:
    if costs is None or not costs.count:
        return Finding(name, Verdict.NEUTRAL, f"{what}: none was measured", threshold=most)
    unknown = _Unknown(what, costs.unknown, costs.count, what.lower())
    if costs.usd is None:
        return _unless_unknown(Finding(name, Verdict.PASS, what, threshold=most), unknown, terms)
    label = f"{what} {costs.name}".rstrip()
    limit = Limit(
        name,
        what,
        most,
        breach=f"{label} cost ${costs.usd:.3f} > {dollars(most)}",
        holds=f"{label} cost ${costs.usd:.3f} ≤ {dollars(most)}, the dearest of {costs.count:,}",
        at_least=False,
        where=costs.name,
    )
    finding = replace(judge_count(limit, costs.usd, terms), count=costs.count)
    return _unless_unknown(finding, unknown, terms)


def _per_run(cost: RequestCost, judge_unknown: int, rules: CostPolicy, terms: Terms) -> Finding:
    name, total = "cost_per_run", cost.total
    if total is None or not 0 <= total < inf:
        return terms.absent(name, "Cost of the run", advice=_PRICES) if cost.known is not None else _no_total(name, rules)
    limit = Limit(
        name,
        "Cost of the run",
        rules.max_per_run,
        breach=f"Run cost ${total:.3f} > {dollars(rules.max_per_run)}",
        holds=f"Run cost ${total:.3f} ≤ {dollars(rules.max_per_run)}",
        at_least=False,
    )
    finding = judge_count(limit, total, terms)
    return _unless_unknown(finding, _Unknown("Run cost", cost.unknown + judge_unknown, None, "answer"), terms)


def _no_total(name: str, rules: CostPolicy) -> Finding:
    return Finding(name, Verdict.NEUTRAL, "Cost of the run: none was measured", threshold=rules.max_per_run)


@dataclass(frozen=True, slots=True)
class _Unknown:
    """How many of what have no known price."""

    what: str
    count: int
    total: int | None
    noun: str

    def __str__(self) -> str:
        of = "" if self.total is None else f" of {self.total:,}"
        return f"{self.what}: {self.count:,}{of} {self.noun if (self.total or self.count) == 1 else f'{self.noun}s'} without a known price"


def _unless_unknown(finding: Finding, unknown: _Unknown, terms: Terms) -> Finding:
    """What is known is a lower bound: it can fail for certain, and never pass while something is unknown."""
    if not unknown.count or finding.verdict is Verdict.FAIL:
        return finding
    return terms.open(replace(finding, text=str(unknown), advice=_PRICES))
