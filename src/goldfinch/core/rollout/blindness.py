"""What a rollout cannot see, in words: the other half of every "passed"."""

from __future__ import annotations

from collections.abc import Iterator

from goldfinch.core.health.failures import HealthStateUnreadable
from goldfinch.core.health.metrics import GatedMetric, GuardMode, MetricKind
from goldfinch.core.health.outlook import RecentTraffic, visible
from goldfinch.core.health.state import HealthState
from goldfinch.core.rollout.describing import countdown
from goldfinch.core.rollout.record import Rollout


def blind_to(rollout: Rollout) -> tuple[str, ...]:
    """From the plan, and from the traffic that its checks have met so far. Never empty: every guard tolerates something."""
    if rollout.stable is None:
        return (*_of_first_release(rollout), *_of_times(rollout))
    return (*_below_the_guards(rollout), *_with_this_traffic(rollout), *_of_times(rollout))


def _of_first_release(rollout: Rollout) -> Iterator[str]:
    yield "a first release is compared with nothing: only its smoke test, its approval and absolute limits speak"
    if not rollout.plan.health.absolute_limits:
        yield "the plan has no absolute limits, so nothing that is measured stops a first release but gross breakage"


def _below_the_guards(rollout: Rollout) -> Iterator[str]:
    rules = rollout.plan.health
    if tolerated := [f"{metric.name} {difference(metric, metric.guard)}" for metric in rules.metrics]:
        yield f"differences within the guards are tolerated: {', '.join(tolerated)}"
    if rules.guard is GuardMode.NONE:
        yield "the guards act without evidence (guard: none): chance alone can stop a good release"


def _with_this_traffic(rollout: Rollout) -> Iterator[str]:
    rules, traffic = rollout.plan.health, traffic_of(rollout)
    if traffic is None:
        designed = ", ".join(f"{metric.name} {difference(metric, metric.design_factor)}" for metric in rules.metrics)
        if designed:
            yield f"no traffic has been measured yet; a step may pass once it would have seen {designed}: anything smaller may go through"
        return
    for outlook in visible(rules, steps=rollout.plan.steps, traffic=traffic):
        kinds = {metric.name: metric for metric in rules.metrics}
        found = [
            f"{each.metric} better than {difference(kinds[each.metric], each.factor)}"
            if each.factor is not None
            else f"{each.metric} at all"
            for each in outlook.metrics
        ]
        where = f"step {outlook.step + 1} ({outlook.weight_percent} % for {countdown(outlook.bake)})"
        yield f"at {traffic.sessions_per_minute:,.0f} sessions a minute {where} cannot see {', '.join(found)}"


def _of_times(rollout: Rollout) -> Iterator[str]:
    plan = rollout.plan
    if plan.time_scale != 1.0:
        yield f"every duration is divided by {plan.time_scale:g}: what needs time to show (leaks, drift, slow failures) is not seen"
    elif (total := sum(step.bake.total_seconds() for step in plan.steps) + plan.post_promotion.total_seconds()) < 600:
        yield f"it is watched for {total:.0f} s in all: what needs time to show (leaks, drift, slow failures) is not seen"


def traffic_of(rollout: Rollout) -> RecentTraffic | None:
    """Sessions of both arms a minute, over the intervals that were measured; None: too few of them to say."""
    try:
        health = HealthState.from_state(rollout.health) if rollout.health else None
    except HealthStateUnreadable:
        return None
    if health is None or not health.intervals or not (sessions := health.canary_sessions + health.stable_sessions):
        return None
    minutes = health.intervals * rollout.plan.health.check_every.total_seconds() / 60
    return RecentTraffic(sessions / minutes)


def difference(metric: GatedMetric, factor: float) -> str:
    """ "×1.05"; of scores "−10 %"."""
    if metric.kind is MetricKind.SCORE and metric.cap is None:
        return f"−{100 * (1 - factor):.0f} %"
    return f"×{factor:g}"
