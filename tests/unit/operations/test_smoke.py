"""A smoke test against a scripted service, on a clock that nobody waits for."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.errors import AgentUnusable
from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.probes.smoke import SmokeReport
from goldfinch.core.scoring.must_include import MustInclude
from goldfinch.core.scoring.score import Metric
from goldfinch.core.verdict import Verdict
from goldfinch.operations.smoke import SmokeTerms, smoke
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.probe_target import Answer, ScriptedProbeTarget

TERMS = SmokeTerms("http://127.0.0.1:1", "local")
CASE = Case(
    "memory", [{"role": "user", "content": "I am Ada."}, {"role": "user", "content": "Who am I?"}], expected=Expected(must_include=("Ada",))
)
STARTING = Failure(FailureKind.SERVER_ERROR, "starting", 503)
REFUSED = Failure(FailureKind.NETWORK, "refused")
METRICS = (Metric(MustInclude()),)


def remembers(said: tuple[Any, ...]) -> str:
    return " ".join(said)


async def tried(target: ScriptedProbeTarget, terms: SmokeTerms = TERMS) -> SmokeReport:
    names = (f"s{n}" for n in count())
    async with target:
        return await smoke(terms, target, [(CASE, "hash")], METRICS, clock=FakeClock(), new_session=lambda: next(names))


async def test_a_service_that_answers_its_golden_case_passes() -> None:
    target = ScriptedProbeTarget(remembers)
    report = await tried(target, replace(TERMS, expected_release="rel-1"))
    assert report.verdict is Verdict.PASS
    assert [(check.name, check.passed) for check in report.checks] == [("health", True), ("case memory", True), ("release", True)]
    assert report.releases == ("rel-1",)
    assert target.sessions == {"s0": ("I am Ada.", "Who am I?")}


async def test_a_wrong_answer_fails_with_the_scorer_that_says_so() -> None:
    report = await tried(ScriptedProbeTarget(lambda said: "no idea"))
    assert report.verdict is Verdict.FAIL
    assert "must_include 0" in report.checks[-1].detail


async def test_a_service_that_still_starts_is_waited_for() -> None:
    target = ScriptedProbeTarget(remembers, health=(REFUSED, STARTING, STARTING, None))
    report = await tried(target)
    assert report.verdict is Verdict.PASS
    assert report.checks[0].attempts == 4
    assert report.checks[0].took_ms == pytest.approx(1750)


async def test_waiting_ends_when_the_time_is_over_and_nothing_else_is_tried() -> None:
    target = ScriptedProbeTarget(remembers, health=(REFUSED,))
    report = await tried(target, replace(TERMS, within_s=10.0))
    assert report.verdict is Verdict.INCONCLUSIVE
    assert [check.name for check in report.checks] == ["health"]
    assert target.health_checks <= 7
    assert not target.sessions


async def test_a_service_that_never_gets_ready_fails() -> None:
    report = await tried(ScriptedProbeTarget(remembers, health=(STARTING,)))
    assert report.verdict is Verdict.FAIL


def once(failure: Failure) -> Answer:
    failures = [failure]
    return lambda said: failures.pop() if failures else remembers(said)


async def test_a_cold_case_is_played_again_from_its_first_turn_in_a_new_session() -> None:
    target = ScriptedProbeTarget(once(STARTING))
    report = await tried(target)
    assert report.verdict is Verdict.PASS
    assert report.checks[-1].attempts == 2
    assert target.sessions == {"s0": ("I am Ada.",), "s1": ("I am Ada.", "Who am I?")}


async def test_a_failure_that_no_start_explains_is_final() -> None:
    report = await tried(ScriptedProbeTarget(once(Failure(FailureKind.SERVER_ERROR, "broken", 500))))
    assert report.verdict is Verdict.FAIL
    assert report.checks[-1].attempts == 1
    assert report.checks[-1].detail == "1 of 2 turns; broken"


async def test_another_release_than_expected_fails() -> None:
    report = await tried(ScriptedProbeTarget(remembers, release="old"), replace(TERMS, expected_release="new"))
    assert report.verdict is Verdict.FAIL
    assert report.checks[-1].detail == "answered by old, expected new"


async def test_a_release_that_nobody_names_leaves_it_open() -> None:
    report = await tried(ScriptedProbeTarget(remembers, release=None), replace(TERMS, expected_release="new"))
    assert report.verdict is Verdict.INCONCLUSIVE


async def test_without_a_health_path_the_cases_decide() -> None:
    target = ScriptedProbeTarget(remembers, health=(STARTING,))
    assert (await tried(target, replace(TERMS, health=None))).verdict is Verdict.PASS
    assert target.health_checks == 0


async def test_an_address_that_may_not_be_asked_stops_it() -> None:
    with pytest.raises(AgentUnusable):
        await tried(ScriptedProbeTarget(lambda said: AgentUnusable("refused", code="E1322")))
