"""What the looks at one rollout come to. No clock and no waiting: times are seconds of a monotonic clock. Source: C28, C29."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.health.metrics import HealthRules
from goldfinch.core.health.outcome import Call
from goldfinch.core.rollout.plan import Step
from goldfinch.specification.canary_guard import Guard, confirmed, guard_for
from goldfinch.specification.canary_health import HealthCheck, MonitoringResult, plain_breaches, samples_of

WINDOW = "5m"
WINDOW_S = 300.0
"""What every look asks the collector for (R70)."""


@dataclass(frozen=True, slots=True)
class LookTerms:
    """How looks are judged. `warm_up_s` None: one window for metrics with counts, nothing for those without."""

    guarded: bool
    rules: HealthRules
    warm_up_s: float | None = None


class Looks:
    """The looks of one rollout, over all its stages: evidence is kept from stage to stage."""

    def __init__(self, terms: LookTerms, steps: tuple[Step, ...]) -> None:
        self._terms, self._steps = terms, steps
        self._guard: Guard | None = None
        self._step = 0
        self._began = 0.0
        self._judged = False
        self._silent_since: float | None = None
        self._silence = ""

    def enter(self, step: int) -> None:
        """The rollout goes on with its step `step`, from 0."""
        self._step = step

    def begin(self, now_s: float) -> None:
        """A stage begins to be monitored: nothing from before it says anything of it."""
        self._began, self._judged, self._silent_since = now_s, False, None

    @property
    def is_open(self) -> bool:
        """Whether one more look at the end of the time could tell more: there is evidence to add, or nothing was read."""
        return self._guard is not None or self._silent_since is not None or not self._judged

    def failed(self, reason: str, now_s: float) -> MonitoringResult | None:
        """A look that read nothing. Silence that lasts is inconclusive, and never a pass."""
        self._silence = reason
        if self._silent_since is None:
            self._silent_since = now_s
        if now_s - self._silent_since >= self._terms.rules.unknown_limit.total_seconds():
            return self.conclusion(now_s)
        return None

    def take(self, canary: Any, baseline: Any, health: HealthCheck, now_s: float) -> MonitoringResult | None:
        """A look: `health` is what the plain rule says of it. None: go on looking."""
        try:
            guard = self._with(canary, baseline, now_s)
        except (GoldfinchError, ValueError) as error:
            return self.failed(f"counts that cannot be: {error}", now_s)
        if self._guard is not None and guard is None:
            return self.failed("the counts of before are missing", now_s)
        self._guard, self._silent_since = guard, None
        if now_s - self._began < self._warm_up_s(guard):
            return None
        self._judged = True
        reasons = [] if health.healthy else self._reasons(guard, canary, baseline, health, now_s)
        return MonitoringResult(healthy=False, failure_reason=reasons[0]) if reasons else None

    def conclusion(self, now_s: float) -> MonitoringResult:
        """What is known when the time is over and no look ended it."""
        if self._silent_since is not None:
            return _inconclusive(f"no metrics for {now_s - self._silent_since:.0f} s: {self._silence}")
        if not self._judged:
            return _inconclusive("no look was made after the warm-up")
        if self._guard is None:
            return MonitoringResult(healthy=True)
        assessment = self._guard.assessment(self._step, now_s)
        if assessment.call is Call.PASS:
            return MonitoringResult(healthy=True)
        return _inconclusive("; ".join(assessment.missing) or assessment.reason)

    def _with(self, canary: Any, baseline: Any, now_s: float) -> Guard | None:
        """The guard with this window where it begins after the warm-up's start and the last window's end."""
        ours, theirs = samples_of(canary), samples_of(baseline)
        if not self._terms.guarded or ours is None or theirs is None:
            return None
        guard = self._guard or guard_for(self._terms.rules, self._steps, ours, theirs)
        if guard is None or now_s - WINDOW_S < self._began or now_s - self._began < self._warm_up_s(guard):
            return guard
        return guard.with_window(ours, theirs, step=self._step, start_s=now_s - WINDOW_S, end_s=now_s)

    def _warm_up_s(self, guard: Guard | None) -> float:
        if self._terms.warm_up_s is not None:
            return self._terms.warm_up_s
        return 0.0 if guard is None else WINDOW_S

    def _reasons(self, guard: Guard | None, canary: Any, baseline: Any, health: HealthCheck, now_s: float) -> list[str]:
        """The plain rule's words for every breach that has evidence, or has no counts to have evidence by; the first is acted on."""
        breaches = list(plain_breaches(canary, baseline))
        plain = health.failure_reason or "unhealthy"
        if guard is None or plain not in [breach.reason for breach in breaches]:  # somebody's own rule, unknown to the evidence
            return [plain]
        proved = confirmed(guard.assessment(self._step, now_s))
        return [breach.reason for breach in breaches if breach.metric in proved or breach.metric not in guard.fields]


def _inconclusive(reason: str) -> MonitoringResult:
    return MonitoringResult(healthy=False, failure_reason=f"inconclusive: {reason}", inconclusive=True)
