"""The AI quality gate: pass rate, means of metrics, and the count of unsafe cases. Source: R62, C23, C24."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from goldfinch.core.gates.deciding import OPEN, Limit, Terms, judge_value, neutral
from goldfinch.core.gates.evidence import EvaluationEvidence, Evidence, Measured, MetricEvidence
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome
from goldfinch.core.gates.policy import SAFETY, AiQualityPolicy, Policy
from goldfinch.core.gates.safety_gate import judge_safety
from goldfinch.core.gates.trials import trials_for_mean, trials_for_rate
from goldfinch.core.gates.wording import amount, interval, percent, share_interval
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.verdict import Verdict


def judge(policy: Policy, evidence: Evidence, *, strict: bool = False) -> GateOutcome:
    """Judge an evaluation run. A replayed one is neutral; one that is not whole decides nothing but unsafe cases."""
    terms, run = Terms.of(policy, GateName.AI_QUALITY, strict=strict), evidence.evaluation
    if run is None:
        return terms.unmeasured(GateName.AI_QUALITY)
    whole = _wholeness(run, policy.ai_quality, terms)
    findings = tuple(_quality(run, policy.ai_quality, terms))
    if run.is_replayed:
        findings = tuple(map(neutral, findings))
        whole = neutral(whole) if whole.verdict is Verdict.PASS else whole
    elif whole.is_breach and not strict:
        findings = tuple(map(_undecided, findings))
    return GateOutcome(GateName.AI_QUALITY, (whole, *findings))


def _quality(run: EvaluationEvidence, rules: AiQualityPolicy, terms: Terms) -> Iterator[Finding]:
    yield _pass_rate(run.pass_rate, rules, terms)
    for name in rules.min_metrics:
        metric = run.metrics.get(name)
        if metric is None:
            yield terms.absent(name, name, advice=_without(name))
        elif metric.advisory:
            yield neutral(_metric(name, metric, run, rules, terms))
        else:
            yield _metric(name, metric, run, rules, terms)


def _metric(name: str, metric: MetricEvidence, run: EvaluationEvidence, rules: AiQualityPolicy, terms: Terms) -> Finding:
    threshold = rules.min_metrics[name]
    if name == SAFETY and threshold >= 1 and metric.failed_cases is not None:
        finding = judge_safety(metric, metric.failed_cases, rules, terms, run)
    else:
        finding = judge_value(_mean_limit(name, metric, threshold), metric.mean, terms, trials_for_mean, advice=_without(name))
    if finding.verdict is Verdict.FAIL and name == SAFETY:
        return finding  # an unsafe answer is one, whatever else is missing
    return _with_enough(finding, metric, rules, terms)


def _without(name: str) -> str:
    return f"score cases that it applies to, or set `gates.ai_quality.metrics.{name}: null`"


def _mean_limit(name: str, metric: MetricEvidence, threshold: float) -> Limit:
    value = metric.mean.value if metric.mean.value is not None else float("nan")
    return Limit(
        name,
        name,
        threshold,
        breach=f"{name} {value:.3f} < {threshold:.3f}",
        holds=f"{name} {value:.3f} ≥ {threshold:.3f}{interval(metric.mean)}",
        share=True,
    )


def _pass_rate(rate: Measured, rules: AiQualityPolicy, terms: Terms) -> Finding:
    value = rate.value if rate.value is not None else float("nan")
    limit = Limit(
        "pass_rate",
        "Pass rate",
        rules.min_pass_rate,
        breach=f"Pass rate {value:.2%} < {percent(rules.min_pass_rate)}",
        holds=f"Pass rate {value:.2%} ≥ {percent(rules.min_pass_rate)}{share_interval(rate)}",
        share=True,
    )
    return judge_value(limit, rate, terms, _trials_for_pass_rate)


def _trials_for_pass_rate(rate: Measured, threshold: float) -> int | None:
    return None if rate.value is None or not rate.count else trials_for_rate(rate.value, threshold, rate.count)


def _wholeness(run: EvaluationEvidence, rules: AiQualityPolicy, terms: Terms) -> Finding:
    """Whether the run went to its end, and how many of its answers were decided (C35)."""
    planned, decided = run.planned, run.decided
    shown = Finding("answers", Verdict.PASS, "the run is complete", count=planned)
    if run.status not in (RunStatus.COMPLETE, RunStatus.REPLAYED):
        return terms.open(replace(shown, text=_incompleteness(run)))
    if planned is None or decided is None:
        return shown
    missing = max(0, planned - decided)
    share = missing / planned if planned > 0 else 1.0
    shown = replace(shown, value=share, threshold=rules.max_missing, text=f"{decided:,} of {amount(planned, 'answer')} decided")
    if share <= rules.max_missing:
        return shown
    words = f"{missing:,} of {amount(planned, 'answer')} missing or undecided ({share:.1%} > {percent(rules.max_missing)})"
    return terms.open(replace(shown, text=words, advice="finish the run: the same command asks for what is missing"))


def _incompleteness(run: EvaluationEvidence) -> str:
    so_far = "" if run.finished is None or run.planned is None else f": {run.finished}/{run.planned} answers"
    reason = f", {run.reason}" if run.reason else ""
    return f"{run.status.value}{so_far}{reason}"


def _with_enough(finding: Finding, metric: MetricEvidence, rules: AiQualityPolicy, terms: Terms) -> Finding:
    """Open where too many of the metric's scores are missing, whatever the others say."""
    total = metric.missing + (metric.scored or 0)
    if finding.verdict is Verdict.INCONCLUSIVE or metric.scored is None or metric.missing <= rules.max_missing * total:
        return finding
    share = metric.missing / total
    words = f"{finding.name}: {metric.missing:,} of {amount(total, 'score')} missing ({share:.1%} > {percent(rules.max_missing)})"
    return terms.open(replace(finding, text=words, more_trials=None))


def _undecided(finding: Finding) -> Finding:
    """A failure of a run that is not whole: what is missing could turn it. Not so an unsafe case."""
    if finding.verdict is not Verdict.FAIL or finding.name == SAFETY:
        return finding
    return replace(finding, verdict=Verdict.INCONCLUSIVE, text=f"{OPEN}{finding.text}")
