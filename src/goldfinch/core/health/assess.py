"""The verdict of a check: the first finding that applies, the gravest first; where nothing was found, what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from goldfinch.core.health import wording
from goldfinch.core.health.begin import check_fits
from goldfinch.core.health.fast_path import Breakage, breakage
from goldfinch.core.health.metric_checks import View, beyond_limit, check_of, judge_failures_differ, missing
from goldfinch.core.health.metrics import HealthRules, OnNoData
from goldfinch.core.health.outcome import Assessment, Call, HoldReason, MetricCheck, MetricState
from goldfinch.core.health.sample_ratio import is_off
from goldfinch.core.health.state import HealthState


def assess(
    rules: HealthRules,
    state: HealthState,
    *,
    now: datetime,
    step: int,
    after_promotion: bool = False,
    canary_unhealthy: bool = False,
) -> Assessment:
    """What the measurements ask for at `now`, in the step whose weight is served.

    Evidence of harm goes before doubt about the comparison: a rollback is the safe side. Doubt goes before a pass.
    """
    check_fits(rules, state)
    view = View(rules, state, step, after_promotion)
    looked = _Look(view, now, canary_unhealthy, tuple(check_of(view, metric) for metric in rules.metrics))
    for finding_of in _IN_ORDER:
        if (finding := finding_of(looked)) is not None:
            return _told(looked, finding)
    return _told(looked, _nothing_found(looked))


@dataclass(frozen=True, slots=True)
class _Look:
    view: View
    now: datetime
    canary_unhealthy: bool
    checks: tuple[MetricCheck, ...]


@dataclass(frozen=True, slots=True)
class _Finding:
    call: Call
    reason: str
    trigger: str = ""
    hold: HoldReason | None = None
    metric_state: MetricState | None = None
    """What the state of every metric becomes by it."""
    missing: tuple[str, ...] = ()


def _told(looked: _Look, finding: _Finding) -> Assessment:
    checks, over = looked.checks, finding.metric_state
    if over is not None:
        checks = tuple(check if check.state is MetricState.BREACH else replace(check, state=over) for check in checks)
    lacking = finding.missing or (() if finding.call is Call.PASS else tuple(missing(looked.view)))
    reason = finding.reason + _of_probes(looked.view.state)
    return Assessment(looked.now, finding.call, reason, checks, finding.hold, finding.trigger, lacking)


def _of_probes(state: HealthState) -> str:
    if not state.probe_intervals:
        return ""
    return " (of probe sessions)" if state.probe_intervals == state.intervals else " (partly of probe sessions)"


def _safety(looked: _Look) -> _Finding | None:
    breaches = looked.view.state.safety
    if not breaches:
        return None
    more = f", and {len(breaches) - 1} more" if len(breaches) > 1 else ""
    return _Finding(Call.ROLL_BACK, f"safety: a confirmed breach of the canary: {breaches[0]}{more}", "safety")


def _unhealthy(looked: _Look) -> _Finding | None:
    if not looked.canary_unhealthy:
        return None
    return _Finding(Call.ROLL_BACK, "every instance of the canary fails its health probe", "unhealthy")


def _broken(looked: _Look) -> Breakage | None:
    if not looked.view.measured_here or looked.view.state.first_release:
        return None
    return breakage(looked.view.rules, looked.view.state.checks, after_promotion=looked.view.after_promotion)


def _gross_breakage(looked: _Look) -> _Finding | None:
    found = _broken(looked)
    if found is None or found.common:
        return None
    return _Finding(Call.ROLL_BACK, f"{wording.broken(found)}: gross breakage", "fast_path")


def _breach(looked: _Look) -> _Finding | None:
    breached = [check for check in looked.checks if check.state is MetricState.BREACH]
    if not breached:
        return None
    worst = max(breached, key=lambda check: check.log_e)
    return _Finding(Call.ROLL_BACK, f"{worst.reason}, and beyond the guard of {worst.guard:.2f}", worst.metric)


def _limit(looked: _Look) -> _Finding | None:
    words = beyond_limit(looked.view)
    return _Finding(Call.ROLL_BACK, words, "absolute_limit") if words else None


def _unknown(looked: _Look) -> _Finding | None:
    """The source does not answer, or the stable arm fell silent: nothing, then a hold, then what the rules say."""
    found = _unknown_since(looked)
    if found is None:
        return None
    since, what = found
    rules, silent_for = looked.view.rules, looked.now - since
    words = f"{what} for {_minutes(silent_for)}"
    if silent_for >= rules.unknown_limit and rules.on_no_data is OnNoData.ROLLBACK:
        limit = _minutes(rules.unknown_limit)
        return _Finding(Call.ROLL_BACK, f"{words}, the limit is {limit}", "unknown", metric_state=MetricState.UNKNOWN)
    hold = silent_for >= rules.unknown_hold
    call, reason = (Call.HOLD, HoldReason.METRICS_UNAVAILABLE) if hold else (Call.WAIT, None)
    said = f"{words}: {'held, nothing is promoted' if hold else 'nothing is promoted meanwhile'}"
    return _Finding(call, said, hold=reason, metric_state=MetricState.UNKNOWN, missing=(f"measurements: {what}",))


def _unknown_since(looked: _Look) -> tuple[datetime, str] | None:
    state, rules = looked.view.state, looked.view.rules
    if state.unknown_since is not None:
        why = f" ({state.unknown_reason})" if state.unknown_reason else ""
        return state.unknown_since, f"the source of measurements has not answered{why}"
    silence = state.silence
    if looked.view.comparing and silence.stable_since is not None and silence.stable_expected >= rules.no_traffic_units:
        return silence.stable_since, f"no stable session has come, where {silence.stable_expected:.0f} were expected,"
    return None


def _minutes(length: timedelta) -> str:
    return f"{length.total_seconds() / 60:.1f} minutes"


def _no_traffic(looked: _Look) -> _Finding | None:
    silence, rules = looked.view.state.silence, looked.view.rules
    if silence.canary_expected < rules.no_traffic_units:
        return None
    words = f"no canary session has come, where {silence.canary_expected:.0f} were expected, at {silence.canary_checks} checks"
    if silence.canary_checks >= rules.no_traffic_checks:
        return _Finding(Call.ROLL_BACK, f"{words}: a dead canary reports no errors", "no_data", metric_state=MetricState.NO_DATA)
    return _Finding(Call.HOLD, words, hold=HoldReason.NO_TRAFFIC, metric_state=MetricState.NO_DATA)


def _sample_ratio(looked: _Look) -> _Finding | None:
    ratio = looked.view.state.sample_ratio
    if not looked.view.comparing or not looked.view.measured_here or not is_off(looked.view.rules, ratio):
        return None
    had, meant = wording.percent(ratio.canary / ratio.sessions), wording.percent(ratio.share)
    words = f"{ratio.canary:,} of {ratio.sessions:,} sessions ({had}) went to the canary, {meant} were meant: the arms are not alike"
    return _Finding(Call.HOLD, words, hold=HoldReason.SAMPLE_RATIO, metric_state=MetricState.INVALID)


def _common_cause(looked: _Look) -> _Finding | None:
    found = _broken(looked)
    if found is None:
        return None
    words = f"{wording.broken(found)}: both arms are broken, so a rollback cures nothing"
    return _Finding(Call.HOLD, words, hold=HoldReason.BASELINE_DEGRADED)


def _judge_failures(looked: _Look) -> _Finding | None:
    words = judge_failures_differ(looked.view)
    if not words:
        return None
    return _Finding(Call.HOLD, f"{words}: the scores of the two arms are not alike", hold=HoldReason.METRICS_UNAVAILABLE)


_IN_ORDER: tuple[Callable[[_Look], _Finding | None], ...] = (
    _safety, _unhealthy, _gross_breakage, _breach, _limit, _unknown, _no_traffic, _sample_ratio, _common_cause, _judge_failures,
)  # fmt: skip


def _nothing_found(looked: _Look) -> _Finding:
    view = looked.view
    lacking = tuple(missing(view))
    if not view.measured_here:
        lacking = ("a first measurement in this step", *lacking)
    if lacking:
        return _Finding(Call.WAIT, f"no breach so far; still missing: {lacking[0]}{_and_more(lacking)}", missing=lacking)
    return _Finding(Call.PASS, _passing(looked))


def _and_more(lacking: tuple[str, ...]) -> str:
    return f", and {len(lacking) - 1} more" if len(lacking) > 1 else ""


def _passing(looked: _Look) -> str:
    view = looked.view
    if view.comparing:
        return f"no metric is worse, with enough units to have seen it; {wording.strongest(looked.checks)}"
    limits = ", ".join(f"{check.reason}" for check in looked.checks if check.metric in view.rules.absolute_limits)
    why = "after promotion" if view.after_promotion else "first release, there is no stable one"
    if not limits:
        return f"{why}: nothing to compare with, and no absolute limit is set; health and safety alone are watched"
    return f"{why}: absolute limits alone are watched, and hold: {limits}"
