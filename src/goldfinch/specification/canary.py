"""`CanaryDeploymentManager`: the specification's canary, with what it takes to run it for real. Source: R67-R75, C14, C28, C29, C31."""

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
from goldfinch.specification.canary_health import DeploymentResult, HealthCheck, Metrics, MonitoringResult, check_health
from goldfinch.specification.canary_looks import Looks, LookTerms

logger = logging.getLogger("goldfinch.canary")

Rollback = Callable[..., Awaitable[Any] | Any]
STAGES = ((10, 1800), (50, 1800), (100, 0))
"""Percent of the traffic, and seconds to monitor it (R67)."""
_ROLLBACK_ATTEMPTS = 3


class CanaryDeploymentManager:
    """Shift traffic to a new version stage by stage, and back where it is worse than the baseline.

    `traffic_router`, `metrics_collector` and `rollback` are the specification's collaborators (R70), with plain or async methods. Without
    `rollback` the router is asked for 0 %. Where metrics carry counts (`Metrics.samples`), a breach of the plain rule needs evidence;
    `guard="none"` is the plain rule wholly. An inconclusive stage is never promoted: `on_inconclusive="promote"` says otherwise.
    """

    def __init__(
        self,
        traffic_router: Any,
        metrics_collector: Any,
        rollback: Rollback | None = None,
        *,
        guard: Literal["evidence", "none"] = "evidence",
        stages: Sequence[tuple[int, int]] = STAGES,
        on_inconclusive: Literal["rollback", "promote"] = "rollback",
        warm_up_seconds: float | None = None,
        rules: HealthRules | None = None,
        clock: Clock | None = None,
    ) -> None:
        if guard not in ("evidence", "none"):
            raise ValueError(f"guard is 'evidence' or 'none', not {guard!r}")
        self.traffic_router = traffic_router
        self.metrics_collector = metrics_collector
        self.stages = tuple(stages)
        self.on_inconclusive = on_inconclusive
        self._rollback = rollback
        self._terms = LookTerms(guarded=guard == "evidence", rules=rules or HealthRules(), warm_up_s=warm_up_seconds)
        self._clock = clock or SystemClock()
        self._under_way: dict[tuple[str, str], Looks] = {}

    async def deploy_canary(self, environment: str, new_version: str, baseline_version: str) -> DeploymentResult:
        """Execute canary deployment with monitoring.

        Where a collaborator fails, or the task is cancelled, while the canary may have traffic, that traffic goes back to the baseline.
        """
        arms = (new_version, baseline_version)
        self._under_way[arms] = looks = Looks(self._terms, _steps(self.stages))
        percentage = 0
        try:
            for stage, (percentage, monitor_duration) in enumerate(self.stages):
                looks.enter(stage)
                failed = await self._stage(environment, percentage, monitor_duration, arms)
                if failed is not None:
                    return failed
        except asyncio.CancelledError:
            await asyncio.shield(self._roll_back(environment, percentage, "the deployment was cancelled", baseline_version))
            raise
        except Exception as error:  # noqa: BLE001 - whatever failed, the canary must not be left with traffic that nobody watches
            reason = f"{type(error).__name__}: {error}"[:500]
            return await self._roll_back(environment, percentage, reason, baseline_version)
        finally:
            self._under_way.pop(arms, None)
        return DeploymentResult(success=True, deployed_version=new_version)

    async def monitor_quality(self, duration_seconds: float, canary_version: str, baseline_version: str) -> MonitoringResult:
        """Monitor canary quality and compare with baseline: one look a minute.

        Where the time is over and the measurements do not tell, it goes on once, to `max_extension` times the time.
        """
        looks = self._under_way.get((canary_version, baseline_version)) or Looks(self._terms, (_step(100, duration_seconds),))
        watch = _Watch(self._clock)
        looks.begin(watch.now_s())
        while (passed := watch.passed_s()) < duration_seconds * self.max_extension:
            if passed >= duration_seconds and not (ended := looks.conclusion(watch.now_s())).inconclusive:
                return ended
            if (result := await self._look(looks, canary_version, baseline_version, watch)) is not None:
                return result
            await watch.sleep(min(_LOOK_EVERY_S, _until_next_end(watch.passed_s(), duration_seconds, self.max_extension)))
        return looks.conclusion(watch.now_s())

    def check_health(self, canary: Metrics, baseline: Metrics) -> HealthCheck:
        """Check if canary is healthy compared to baseline: the plain rule, to the letter (R72)."""
        return check_health(canary, baseline)

    async def rollback(self, to_version: str) -> None:
        """Send all traffic to `to_version`."""
        if self._rollback is not None:
            await _awaited(self._rollback(to_version=to_version))
            return
        for canary, baseline in [arms for arms in self._under_way if arms[1] == to_version]:
            await _awaited(self.traffic_router.route(canary_version=canary, canary_percentage=0, baseline_version=baseline))
