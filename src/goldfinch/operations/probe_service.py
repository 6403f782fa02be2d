"""Probe sessions against whatever serves: the traffic of an environment that has no users (C13, staging)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final

from goldfinch.core.datasets.case import Case
from goldfinch.core.recovery.watching import ServedRequest
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.monitor import ProbedTraffic
from goldfinch.operations.probe_playing import Played, Scorer, play
from goldfinch.ports.clock import Clock
from goldfinch.ports.probe_target import ProbeTarget

MOST_IN_FLIGHT: Final = 32


@dataclass(frozen=True, slots=True)
class ServiceProbes:
    """Which cases, how often and how patiently."""

    cases: Sequence[tuple[Case, str]]
    metrics: Sequence[Metric]
    per_minute: float
    timeout_s: float


async def probe_service(
    probes: ServiceProbes, target: ProbeTarget, seconds: float, *, clock: Clock, new_session: Callable[[], str]
) -> ProbedTraffic:
    """One session every so often for `seconds`, each case in turn; what is under way then is waited for."""
    scorer = Scorer(probes.metrics, clock)
    running: set[asyncio.Task[tuple[ServedRequest, float | None]]] = set()
    every_s, ends_s = 60.0 / probes.per_minute, clock.monotonic_s() + seconds
    left_out = 0
    try:
        async with target:
            for case, case_hash in cycle(probes.cases):
                if len(running) - sum(task.done() for task in running) < MOST_IN_FLIGHT:
                    running.add(asyncio.ensure_future(_session(probes, target, scorer, case, case_hash, clock, new_session())))
                else:
                    left_out += 1
                if clock.monotonic_s() + every_s >= ends_s:
                    break
                await clock.sleep(every_s)
            found = await asyncio.gather(*running)
    finally:
        scorer.close()
    scores = tuple(score for _, score in found if score is not None)
    rate = f"{len(found)} sessions at {probes.per_minute:g} a minute" + (f", {left_out} left out because too many ran" if left_out else "")
    return ProbedTraffic(rate, tuple(request for request, _ in found), scores)


async def _session(  # noqa: PLR0917 - all of one session
    probes: ServiceProbes, target: ProbeTarget, scorer: Scorer, case: Case, case_hash: str, clock: Clock, session: str
) -> tuple[ServedRequest, float | None]:
    played = await play(target, case, session=session, timeout_s=probes.timeout_s, clock=clock)
    failed = played.output.failure is not None  # also a network that fails: to a user it is the same
    record = await scorer.score(case, case_hash, played.output)
    passed = record.passed
    release = next(iter(sorted(played.releases)), "")
    request = ServedRequest(clock.utc().timestamp(), release, failed, _mean_turn_ms(played), session, probe=True)
    return request, None if passed is None else float(passed)


def _mean_turn_ms(played: Played) -> float:
    """A session's turns are not told apart; their mean stands for each."""
    return played.took_ms / max(1, played.turns)
