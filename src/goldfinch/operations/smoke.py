"""Is the service up, does it answer a few golden cases, and is it the release that it should be? (R43)"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.probes.smoke import (
    SCHEMA_VERSION,
    SmokeCheck,
    SmokeReport,
    after_failure,
    detail_of,
    may_be_starting,
    release_check,
    verdict_of,
)
from goldfinch.core.probes.turns import turns_of
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.probe_playing import Played, Scorer, play
from goldfinch.ports.clock import Clock
from goldfinch.ports.probe_target import ProbeTarget

FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 5.0


@dataclass(frozen=True, slots=True)
class SmokeTerms:
    """What is tried, and how patiently."""

    endpoint: str
    environment: str
    health: str | None = "/health/ready"
    """None: no path is asked."""
    expected_release: str | None = None
    timeout_s: float = 30.0
    """Of one request."""
    within_s: float = 60.0
    """How long the service may take to get up, all tries together."""


async def smoke(
    terms: SmokeTerms,
    target: ProbeTarget,
    cases: Sequence[tuple[Case, str]],
    metrics: Sequence[Metric],
    *,
    clock: Clock,
    new_session: Callable[[], str],
) -> SmokeReport:
    """Try it. What goes wrong is in the report; raises `GoldfinchError` where no request can work."""
    run = _Run(terms, target, clock, new_session, Scorer(metrics, clock))
    started_at, releases = clock.utc_iso(), set[str]()
    try:
        checks = [await run.health(terms.health)] if terms.health is not None else []
        if all(check.passed for check in checks):
            for case, case_hash in cases:
                checks.append(await run.case(case, case_hash, releases))
            if terms.expected_release is not None:
                checks.append(release_check(terms.expected_release, sorted(releases)))
    finally:
        run.scorer.close()
    return SmokeReport(
        SCHEMA_VERSION,
        terms.endpoint,
        terms.environment,
        started_at,
        terms.expected_release,
        tuple(sorted(releases)),
        tuple(checks),
        verdict_of(checks),
    )


class _Run:
    """One smoke test under way: the time that the service may take to get up is shared by everything that is tried."""

    def __init__(self, terms: SmokeTerms, target: ProbeTarget, clock: Clock, new_session: Callable[[], str], scorer: Scorer) -> None:
        self._terms, self._target, self._clock, self._new_session, self.scorer = terms, target, clock, new_session, scorer
        self._give_up_s = clock.monotonic_s() + terms.within_s

    async def health(self, path: str) -> SmokeCheck:
        began, attempts = self._clock.monotonic_s(), 1
        while (failure := await self._healthy(path)) is not None and await self._may_try_again(failure, attempts):
            attempts += 1
        took_ms = (self._clock.monotonic_s() - began) * 1000
        if failure is None:
            return SmokeCheck("health", True, f"{path} answered", attempts, took_ms)
        return SmokeCheck("health", after_failure(failure), failure.message, attempts, took_ms)

    async def case(self, case: Case, case_hash: str, releases: set[str]) -> SmokeCheck:
        """Every try is a session of its own: what the service remembers of a broken one is not known."""
        attempts = 1
        while (failure := (played := await self._play(case)).output.failure) is not None and await self._may_try_again(failure, attempts):
            attempts += 1
        releases |= played.releases
        record = await self.scorer.score(case, case_hash, played.output)
        detail = f"{played.turns} of {len(turns_of(case))} turns"
        if not record.passed:
            detail = f"{detail}; {detail_of(record)}"
        return SmokeCheck(f"case {case.id}", record.passed, detail, attempts, played.took_ms)

    async def _play(self, case: Case) -> Played:
        return await play(self._target, case, session=self._new_session(), timeout_s=self._terms.timeout_s, clock=self._clock)

    async def _healthy(self, path: str) -> Failure | None:
        try:
            async with asyncio.timeout(self._terms.timeout_s):
                return await self._target.healthy(path)
        except TimeoutError:
            return Failure(FailureKind.TIMEOUT, f"{path} did not answer within {self._terms.timeout_s:g} s")

    async def _may_try_again(self, failure: Failure, attempts: int) -> bool:
        """Wait before another try, longer each time; False where it would not help, or the time is over."""
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (attempts - 1))
        if not may_be_starting(failure) or self._clock.monotonic_s() + wait_s > self._give_up_s:
            return False
        await self._clock.sleep(wait_s)
        return True
