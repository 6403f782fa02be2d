"""`CanaryDeploymentManager`: the specification's canary, with what it takes to run it for real. Source: R67-R74, C14, C28, C29, C31."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from inspect import isawaitable
from typing import Any, Literal

from goldfinch.adapters.system import SystemClock
from goldfinch.core.health.metrics import HealthRules
from goldfinch.core.rollout.plan import Step
from goldfinch.ports.clock import Clock
from goldfinch.specification.canary_health import DeploymentResult, HealthCheck, Metrics, MonitoringResult, check_health, unreadable
from goldfinch.specification.canary_looks import WINDOW, Looks, LookTerms

logger = logging.getLogger("goldfinch.canary")

STAGES = ((10, 1800), (50, 1800), (100, 0))
"""Percent of the traffic, and seconds to monitor it (R67)."""
_LOOK_EVERY_S = 60.0
_READ_PAUSES_S = (1.0, 2.0)
"""Before the second and third try to read metrics."""
_READ_WITHIN_S = 60.0
_ROLLBACK_PAUSES_S = (1.0, 5.0)


class CanaryDeploymentManager:
    """Shift traffic to a new version stage by stage, and back where it is worse than the baseline.

    `traffic_router`, `metrics_collector` and `rollback` are the specification's collaborators (R70), with plain or async methods. Without
    `rollback` the router is asked for 0 %. Where metrics carry counts (`Metrics.samples`), a breach of the plain rule needs evidence;
    `guard="none"` is the plain rule wholly. A stage whose measurements do not tell is watched up to `max_extension` times as long, and then
    rolled back, unless `on_inconclusive="promote"`. `clock` is for tests.
    """

    def __init__(
        self,
        traffic_router: Any,
        metrics_collector: Any,
        rollback: Callable[..., Awaitable[Any] | Any] | None = None,
        *,
        guard: Literal["evidence", "none"] = "evidence",
        stages: Sequence[tuple[int, int]] = STAGES,
        on_inconclusive: Literal["rollback", "promote"] = "rollback",
        max_extension: float = 2.0,
        warm_up_seconds: float | None = None,
        rules: HealthRules | None = None,
        clock: Clock | None = None,
    ) -> None:
        if guard not in ("evidence", "none") or on_inconclusive not in ("rollback", "promote"):
            raise ValueError("guard is 'evidence' or 'none', on_inconclusive 'rollback' or 'promote'")
        self.traffic_router = traffic_router
        self.metrics_collector = metrics_collector
        self.stages = tuple(stages)
        self.on_inconclusive = on_inconclusive
        self.max_extension = max(1.0, max_extension)
        self._given_rollback = rollback
        self._terms = LookTerms(guarded=guard == "evidence", rules=rules or HealthRules(), warm_up_s=warm_up_seconds)
        self._clock = clock or SystemClock()
        self._under_way: dict[tuple[str, str], Looks] = {}

    async def deploy_canary(self, environment: str, new_version: str, baseline_version: str) -> DeploymentResult:  # noqa: ARG002 - R69
        """Execute canary deployment with monitoring.

        Where a collaborator fails, or the task is cancelled, while the canary may have traffic, that traffic goes back to the baseline.
        """
        arms = (new_version, baseline_version)
        self._under_way[arms] = looks = Looks(self._terms, _steps(self.stages))
        percentage = 0
        try:
            for stage, (percentage, monitor_duration) in enumerate(self.stages):
                looks.enter(stage)
                unhealthy = await self._stage(percentage, monitor_duration, arms)
                if unhealthy is not None:
                    return await self._roll_back(percentage, unhealthy, arms)
        except asyncio.CancelledError:
            await asyncio.shield(self._roll_back(percentage, "the deployment was cancelled", arms))
            raise
        except Exception as error:  # noqa: BLE001 - whatever failed, the canary must not be left with traffic that nobody watches
            return await self._roll_back(percentage, f"{type(error).__name__}: {error}"[:500], arms)
        finally:
            self._under_way.pop(arms, None)
        return DeploymentResult(success=True, deployed_version=new_version)

    async def monitor_quality(self, duration_seconds: float, canary_version: str, baseline_version: str) -> MonitoringResult:
        """Monitor canary quality and compare with baseline: one look a minute for `duration_seconds`, longer where they do not tell."""
        arms = (canary_version, baseline_version)
        looks = self._under_way.get(arms) or Looks(self._terms, _steps(((100, duration_seconds),)))
        watch = _Watch(self._clock)
        looks.begin(watch.now_s())
        while True:
            is_over = watch.passed_s() >= duration_seconds
            if (not is_over or looks.is_open) and (result := await self._look(looks, arms, watch)) is not None:
                return result
            ended = looks.conclusion(watch.now_s())
            ends_at = duration_seconds * self.max_extension if is_over else duration_seconds
            if is_over and (not ended.inconclusive or watch.passed_s() >= ends_at):
                return ended
            await watch.sleep(min(_LOOK_EVERY_S, max(0.0, ends_at - watch.passed_s())))

    def check_health(self, canary: Metrics, baseline: Metrics) -> HealthCheck:
        """Check if canary is healthy compared to baseline: the plain rule, to the letter (R72)."""
        return check_health(canary, baseline)

    async def rollback(self, to_version: str) -> None:
        """Send all traffic to `to_version`: by the collaborator, or by the router at 0 % for every canary that is under way."""
        if self._given_rollback is not None:
            await _awaited(self._given_rollback(to_version=to_version))
            return
        for canary, baseline in list(self._under_way):
            if baseline == to_version:
                await self._route(canary, 0, baseline)

    async def _stage(self, percentage: int, monitor_duration: int, arms: tuple[str, str]) -> str | None:
        """Why the stage must be rolled back; None: it may go on."""
        logger.info("canary_stage", extra={"percentage": percentage, "monitor_duration": monitor_duration})
        await self._route(arms[0], percentage, arms[1])
        if monitor_duration <= 0:
            return None
        result = await _awaited(self.monitor_quality(duration_seconds=monitor_duration, canary_version=arms[0], baseline_version=arms[1]))
        if result.healthy or (result.inconclusive and self.on_inconclusive == "promote"):
            return None
        return result.failure_reason or "unhealthy"

    async def _route(self, canary: str, percentage: int, baseline: str) -> None:
        route = self.traffic_router.route
        await _awaited(route(canary_version=canary, canary_percentage=percentage, baseline_version=baseline))

    async def _look(self, looks: Looks, arms: tuple[str, str], watch: _Watch) -> MonitoringResult | None:
        try:
            canary, baseline = await self._read(arms[0]), await self._read(arms[1])
        except Exception as error:  # noqa: BLE001 - somebody else's collector: whatever it raises, nothing was measured
            return looks.failed(f"{type(error).__name__}: {error}"[:300], watch.now_s())
        if why := unreadable(canary) or unreadable(baseline):
            return looks.failed(f"a figure is missing: {why}", watch.now_s())
        health = await _awaited(self.check_health(canary, baseline))
        return looks.take(canary, baseline, health, watch.now_s())

    async def _read(self, version: str) -> Any:
        for pause in (*_READ_PAUSES_S, None):
            try:
                async with asyncio.timeout(_READ_WITHIN_S):
                    return await _awaited(self.metrics_collector.get_metrics(version=version, window=WINDOW))
            except Exception:
                if pause is None:
                    raise
                await self._clock.sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def _roll_back(self, percentage: int, reason: str, arms: tuple[str, str]) -> DeploymentResult:
        """Back to the baseline, with further tries; what failed for good is never reported as done."""
        logger.error("canary_unhealthy_rollback", extra={"percentage": percentage, "reason": reason})
        failed = ""
        for pause in (*_ROLLBACK_PAUSES_S, None):
            try:
                await _awaited(self.rollback(to_version=arms[1]))
                return DeploymentResult(success=False, rollback_performed=True, failure_stage=percentage, failure_reason=reason)
            except Exception as error:  # noqa: BLE001 - as above; told below
                failed = f"{type(error).__name__}: {error}"[:300]
            if pause is not None:
                await self._clock.sleep(pause)
        logger.critical("canary_rollback_failed", extra={"percentage": percentage, "reason": failed})
        told = f"{reason}; the rollback failed, the canary may still have traffic: {failed}"
        return DeploymentResult(success=False, rollback_performed=False, failure_stage=percentage, failure_reason=told)


class _Watch:
    """Time passed since it was started, monotonic; what was slept counts at the least."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._started, self._slept = clock, clock.monotonic_s(), 0.0

    def passed_s(self) -> float:
        return max(self._clock.monotonic_s() - self._started, self._slept)

    def now_s(self) -> float:
        return self._started + self.passed_s()

    async def sleep(self, seconds: float) -> None:
        wakes = self.passed_s() + seconds
        await self._clock.sleep(seconds)
        self._slept = wakes


def _steps(stages: Sequence[tuple[float, float]]) -> tuple[Step, ...]:
    return tuple(Step(int(percentage), timedelta(seconds=max(0.0, duration))) for percentage, duration in stages)


async def _awaited(value: Any) -> Any:
    """What a collaborator returned; awaited where there is something to await (C14)."""
    return await value if isawaitable(value) else value
