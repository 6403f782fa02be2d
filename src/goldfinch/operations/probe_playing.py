"""One golden case played against a service in a session of its own: every turn in order, the last answer scored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.probes.turns import joined, turns_of
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.engine.grading import HeavyGrader
from goldfinch.ports.clock import Clock
from goldfinch.ports.probe_target import ProbeTarget, Said


@dataclass(frozen=True, slots=True)
class Played:
    """What a session came to. `output` has the last answer and the trajectory of all turns, or the failure that ended it."""

    output: Output
    turns: int
    releases: frozenset[str]
    """Releases that the answers named."""
    took_ms: float


async def play(target: ProbeTarget, case: Case, *, session: str, timeout_s: float, clock: Clock) -> Played:
    """Say every turn of `case`, each within `timeout_s`; the first that fails ends the session."""
    began, outputs, releases = clock.monotonic_s(), list[Output](), set[str]()
    for words in turns_of(case):
        said = await _in_time(target, replace(case, input=words), session, timeout_s)
        outputs.append(said.output)
        releases |= {said.release} if said.release is not None else set()
        if said.output.failure is not None:
            break
    return Played(joined(outputs), len(outputs), frozenset(releases), (clock.monotonic_s() - began) * 1000)


async def _in_time(target: ProbeTarget, turn: Case, session: str, timeout_s: float) -> Said:
    try:
        async with asyncio.timeout(timeout_s):
            return await target.say(turn, session=session)
    except TimeoutError:
        return Said(Output(failure=Failure(FailureKind.TIMEOUT, f"no answer within {timeout_s:g} s")))


class Scorer:
    """Scores played sessions as an evaluation scores its answers; metrics that burn CPU run in threads."""

    def __init__(self, metrics: Sequence[Metric], clock: Clock) -> None:
        self._metrics, self._clock, self._grader = metrics, clock, HeavyGrader(metrics)

    async def score(self, case: Case, case_hash: str, output: Output) -> ScoreRecord:
        record = OutputRecord(case.id, case_hash, 0, self._clock.utc_iso(), output)
        return await self._grader.grade(case, record, trials=1)

    def close(self) -> None:
        self._grader.close()
