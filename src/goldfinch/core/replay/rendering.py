"""A replay as lines: every check with its figures, every change of place with its reason. Texts are escaped by whoever prints them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from math import exp, isfinite, log
from typing import Any, Final

from goldfinch.core.health.metrics import GatedMetric, GuardMode, MetricKind
from goldfinch.core.health.outcome import Assessment, Measured, MetricCheck
from goldfinch.core.health.wording import milliseconds
from goldfinch.core.replay.course import StreamFacts
from goldfinch.core.replay.outcome import Decided, ReplayResult
from goldfinch.core.rollout.describing import countdown
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.state import BEFORE_TRAFFIC, Phase, StepPhase

_WIDTHS: Final = (9, 8, 17, 17, 19, 7, 9, 6, 7, 12)
_MOST_SHOWN = 1e6
_UNDER_WAY: Final = (StepPhase.SHIFTING, StepPhase.VERIFYING, StepPhase.WARMING_UP)

_BACK: Final = (Phase.ROLLING_BACK, Phase.ROLLED_BACK)


def introduction(stream: str, facts: StreamFacts, plan: RolloutPlan, *, recorded: bool) -> str:
    """What is replayed, by which plan."""
    first, last = (datetime.fromtimestamp(time_s, UTC) for time_s in (facts.first_s, facts.last_s))
    steps = ", ".join(f"{step.weight_percent} %" + (f" for {countdown(step.bake)}" if step.bake else "") for step in plan.steps)
    guard = "" if plan.health.guard is GuardMode.EVIDENCE else "; guard none: the factors alone make a breach"
    span = f"{first:%Y-%m-%d %H:%M:%SZ} to {last:%H:%M:%SZ}"
    return f"{stream}: {facts.events:,} events, {span}; {'recorded' if recorded else 'planned'} steps: {steps}{guard}"


def header() -> str:
    """The heads of the table's columns; E is held against `of`, the ratio against `guard`."""
    return _row("time", "step", "metric", "canary", "stable", "ratio", "E", "of", "guard", "verdict")


def check_lines(plan: RolloutPlan, step: Decided) -> Iterator[str]:
    """A line for each metric of a check; a check that measured no metric is one line with its reason."""
    assessment = step.decision.assessment
    if assessment is None:
        return
    time, place = _clock(assessment.at), f"{step.before.step + 1} {step.before.weight_percent}%"
    kinds = {metric.name: metric for metric in plan.health.metrics}
    for check in assessment.checks:
        yield _row(time, place, *_figures(check, kinds.get(check.metric)))
        time = place = ""
    if not assessment.checks:
        yield f"{time:<9}{place:<8}{assessment.call}: {assessment.reason}"


def change_line(step: Decided) -> str | None:
    """A change of place that somebody would want to know of, with its reason; None where there is none."""
    decision = step.decision
    moved = decision.from_phase != decision.to_phase or step.before.extended != step.after.extended
    if not moved or _is_on_the_way(step):
        return None
    by = "" if decision.by == "controller" else f" (by {decision.by})"
    return f"{_clock(decision.at):<9}{decision.from_phase} -> {decision.to_phase}{by}: {decision.reason}"


def _is_on_the_way(step: Decided) -> bool:
    """What a controller does between two watches, and on the way back: it asks the router, and reads the answer back."""
    before, after = step.before, step.after
    prepares = after.phase in BEFORE_TRAFFIC or (before.phase in BEFORE_TRAFFIC and not after.weight_percent)
    return prepares or after.part in _UNDER_WAY or (before.phase is Phase.ROLLING_BACK and after.phase in _BACK)


def verdicts(assessment: Assessment) -> tuple[str, ...]:
    """What a check said, without figures: two checks that say the same differ in nothing that anybody would act on."""
    return (assessment.call, assessment.trigger, *(f"{check.metric} {check.state}" for check in assessment.checks))


def check_facts(step: Decided) -> dict[str, Any] | None:
    """A check as plain JSON values; None of a decision without one."""
    assessment = step.decision.assessment
    if assessment is None:
        return None
    return {
        "kind": "check",
        "at": _iso(assessment.at),
        "step": step.before.step + 1,
        "weight_percent": step.before.weight_percent,
        "phase": step.decision.from_phase,
        "next_phase": step.decision.to_phase,
        "call": str(assessment.call),
        "reason": assessment.reason,
        "hold": None if assessment.hold is None else str(assessment.hold),
        "trigger": assessment.trigger,
        "missing": list(assessment.missing),
        "metrics": [_metric_facts(check) for check in assessment.checks],
    }


def result_facts(result: ReplayResult, changes: list[str]) -> dict[str, Any]:
    """The end as plain JSON values; `changes` are the changes of place on the way."""
    return {
        "kind": "result",
        "outcome": str(result.outcome),
        "at": _iso(result.at),
        "sentence": result.sentence,
        "differences": list(result.differences),
        "changes": changes,
        "exit_code": int(result.exit_code),
    }


def _metric_facts(check: MetricCheck) -> dict[str, Any]:
    return {
        "metric": check.metric,
        "state": str(check.state),
        "canary": _measured_facts(check.canary),
        "stable": _measured_facts(check.stable),
        "ratio": check.ratio if check.ratio is not None and isfinite(check.ratio) else None,
        "log_e": check.log_e,
        "log_threshold": check.log_threshold,
        "guard": check.guard,
        "guard_holds": check.guard_holds,
        "needed": check.needed,
        "threshold_ms": check.threshold_ms,
        "reason": check.reason,
    }


def _measured_facts(measured: Measured) -> Mapping[str, Any]:
    return {"value": measured.value, "units": measured.units, "bad": measured.bad}


def _figures(check: MetricCheck, metric: GatedMetric | None) -> tuple[str, ...]:
    kind = metric.kind if metric is not None else MetricKind.SCORE
    ratio = "-" if check.ratio is None else f"{check.ratio:.2f}"
    guard = f"{'<' if kind is MetricKind.SCORE else '>'}{check.guard:.2f}"
    breached = f"{check.state}!" if check.state == "breach" else str(check.state)
    return (
        check.metric,
        _measured(check.canary, kind),
        _measured(check.stable, kind),
        ratio,
        _evidence(check.log_e),
        _evidence(check.log_threshold),
        guard,
        breached,
    )


def _measured(measured: Measured, kind: MetricKind) -> str:
    if kind is MetricKind.COUNT:
        return f"{measured.bad or 0:,} of {measured.units:,}"
    if measured.value is None:
        return f"- ({measured.units:,})"
    value = milliseconds(measured.value) if kind is MetricKind.QUANTILE else f"{measured.value:.3f}"
    return f"{value} ({measured.units:,})"


def _evidence(logarithm: float) -> str:
    """E itself, of its logarithm; powers of ten where it is large."""
    if logarithm > log(_MOST_SHOWN):
        return f"1e{logarithm / log(10):.0f}"
    value = exp(logarithm)
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def _row(*cells: str) -> str:
    return "".join(f"{cell:<{width - 1}} " for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def _clock(at: datetime) -> str:
    return at.strftime("%H:%M:%S")


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
