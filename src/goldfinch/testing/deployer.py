"""A deployer without processes."""

from __future__ import annotations

from goldfinch.core.rollout.evidence import StageResult, TargetView
from goldfinch.core.rollout.failures import DeployFailed
from goldfinch.ports.clock import Clock


class FakeDeployer:
    """Releases that become ready some time after they were deployed, and stages that end some time after they were started."""

    def __init__(self, clock: Clock, *, ready_after_s: float = 0.0, stage_takes_s: float = 0.0, running: tuple[str, ...] = ()) -> None:
        self._clock = clock
        self.ready_after_s = ready_after_s
        self.stage_takes_s = stage_takes_s
        self.refuses: dict[str, str] = {}
        """Release → why it cannot be started or stopped."""
        self.never_ready: set[str] = set()
        self.unhealthy: set[str] = set()
        self.failing_stages: dict[str, str] = {}
        """Stage → why it fails."""
        self.unreachable = ""
        self.in_flight: dict[str, int] = {}
        """Release → open requests; it is not retired while it has some, unless by force."""
        self.stable: str | None = None
        self.done: list[str] = []
        """What changed something, in order."""
        self._since_s: dict[str, float] = dict.fromkeys(running, float("-inf"))
        self._stages: dict[tuple[str, str], float] = {}

    async def deploy(self, release: str) -> None:
        self._answer()
        if release in self.refuses:
            raise DeployFailed(self.refuses[release], where=release)
        if release not in self._since_s:
            self._since_s[release] = self._clock.monotonic_s()
            self.done.append(f"deploy {release}")

    async def retire(self, release: str, *, force: bool = False) -> None:
        self._answer()
        if release in self.refuses:
            raise DeployFailed(self.refuses[release], where=release)
        if self.in_flight.get(release) and not force:
            raise DeployFailed(f"{self.in_flight[release]} requests are in flight", where=release)
        if self._since_s.pop(release, None) is not None:
            self.done.append(f"retire {release}")

    async def make_stable(self, release: str) -> None:
        self._answer()
        if self.stable != release:
            self.stable = release
            self.done.append(f"stable {release}")

    async def named_stable(self) -> str | None:
        self._answer()
        return self.stable

    async def view(self, release: str) -> TargetView:
        self._answer()
        since_s = self._since_s.get(release)
        if since_s is None:
            return TargetView(running=False, ready=False, detail="not running")
        ready = self._clock.monotonic_s() >= since_s + self.ready_after_s and release not in self.never_ready
        return TargetView(running=True, ready=ready, healthy=release not in self.unhealthy)

    async def run_stage(self, stage: str, release: str) -> None:
        self._answer()
        if (stage, release) not in self._stages:
            self._stages[stage, release] = self._clock.monotonic_s()
            self.done.append(f"{stage} {release}")

    async def stage_result(self, stage: str, release: str) -> StageResult:
        self._answer()
        began_s = self._stages.get((stage, release))
        if began_s is None or self._clock.monotonic_s() < began_s + self.stage_takes_s:
            return StageResult(None, "" if began_s is not None else "not started")
        failure = self.failing_stages.get(stage, "")
        return StageResult(not failure, failure)

    def _answer(self) -> None:
        if self.unreachable:
            raise DeployFailed(self.unreachable, where="deployer")
