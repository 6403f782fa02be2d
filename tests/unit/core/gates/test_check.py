from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.errors import ExitCode
from goldfinch.core.gates.check import check_all
from goldfinch.core.gates.evidence import (
    BenchmarkEvidence,
    Coverage,
    EvaluationEvidence,
    Evidence,
    Measured,
    MetricEvidence,
    RequestCost,
    Scan,
    ScenarioEvidence,
    TestEvidence,
)
from goldfinch.core.gates.outcome import GateName
from goldfinch.core.gates.policy import Policy, Scanner
from goldfinch.core.verdict import Verdict
from tests.unit.core.gates.evidence_samples import BENCHMARK, GOOD, RUN, SCANS, TESTS, metric, with_metric, with_run

NAN = float("nan")


def test_good_evidence_passes_all_six_gates() -> None:
    for strict in (False, True):
        report = check_all(Policy(), GOOD, strict=strict)
        assert [outcome.gate for outcome in report] == list(GateName)
        assert {outcome.verdict for outcome in report} == {Verdict.PASS}
        assert report.exit_code is ExitCode.PASSED


def test_no_evidence_at_all_is_six_open_gates_and_never_a_pass() -> None:
    report = check_all(Policy(), Evidence())
    assert {outcome.verdict for outcome in report} == {Verdict.INCONCLUSIVE}
    assert report.exit_code is ExitCode.INCONCLUSIVE
    assert check_all(Policy(), Evidence(), strict=True).exit_code is ExitCode.GATE_FAILED


def test_gates_that_are_not_required_are_shown_and_hold_nothing_up() -> None:
    report = check_all(Policy(required=(GateName.AI_QUALITY, GateName.COST)), Evidence(RUN))
    assert report.exit_code is ExitCode.PASSED
    assert [outcome.verdict for outcome in report] == [
        Verdict.NEUTRAL,
        Verdict.NEUTRAL,
        Verdict.PASS,
        Verdict.NEUTRAL,
        Verdict.NEUTRAL,
        Verdict.PASS,
    ]


SPOILT: dict[GateName, Callable[[], Evidence]] = {
    GateName.CODE_QUALITY: lambda: replace(GOOD, tests=replace(TESTS, tests=None)),
    GateName.COVERAGE: lambda: replace(GOOD, tests=replace(TESTS, coverage=Coverage(0.1))),
    GateName.AI_QUALITY: lambda: with_metric("accuracy", metric(0.1, 0.05, 0.2)),
    GateName.PERFORMANCE: lambda: replace(GOOD, benchmark=replace(BENCHMARK, invalid="overloaded")),
    GateName.SECURITY: lambda: replace(GOOD, scans=SCANS[1:]),
    GateName.COST: lambda: with_run(cost=RequestCost(0.9, 60, 0, 54.0)),
}


@pytest.mark.parametrize("gate", list(GateName))
def test_what_one_gate_judges_stops_that_gate_alone(gate: GateName) -> None:
    report = check_all(Policy(), SPOILT[gate]())
    assert [outcome.gate for outcome in report if outcome.failures] == [gate]


NUMBERS = st.sampled_from([None, NAN, float("inf"), -float("inf"), -1.0, 0.0, 0.5, 0.9, 1.0, 3.0]) | st.floats()
MEASURED = st.builds(Measured, NUMBERS, st.sampled_from([None, 0, 1, 60]), NUMBERS, NUMBERS)
METRICS = st.builds(
    MetricEvidence,
    MEASURED,
    missing=st.integers(0, 99),
    scored=st.sampled_from([None, 0, 60]),
    advisory=st.booleans(),
    failed_cases=st.sampled_from([None, 0, 1]),
)
NAMES = st.sampled_from(["relevance", "accuracy", "completeness", "coherence", "safety"])
RUNS = st.builds(
    EvaluationEvidence,
    MEASURED,
    st.dictionaries(NAMES, METRICS),
    cost=st.builds(RequestCost, NUMBERS, st.sampled_from([None, 0, 60]), st.sampled_from([0, 3]), NUMBERS),
    planned=st.sampled_from([None, 0, 60]),
    decided=st.sampled_from([None, 0, 60]),
)
ANY = st.builds(
    Evidence,
    st.none() | RUNS,
    st.builds(TestEvidence, coverage=st.none() | st.builds(Coverage, NUMBERS)),
    st.none() | st.builds(lambda a, b: BenchmarkEvidence((ScenarioEvidence("s", a, b),)), MEASURED, MEASURED),
    st.lists(st.builds(Scan, st.sampled_from(Scanner), examined=st.sampled_from([None, 0, 9])), max_size=4).map(tuple),
    NUMBERS,
)


@given(ANY, st.booleans())
def test_whatever_the_figures_are_there_are_six_outcomes_with_consistent_words(evidence: Evidence, strict: bool) -> None:
    report = check_all(Policy(), evidence, strict=strict)
    assert [outcome.gate for outcome in report] == list(GateName)
    for finding in (finding for outcome in report for finding in outcome.findings):
        assert finding.text.startswith("inconclusive: ") is (finding.verdict is Verdict.INCONCLUSIVE)
        assert "\n" not in finding.text
    if strict:
        assert not any(finding.verdict is Verdict.INCONCLUSIVE for outcome in report for finding in outcome.findings)


@given(ANY)
def test_what_passes_the_plain_rule_is_failed_by_no_interval(evidence: Evidence) -> None:
    plain, guarded = (check_all(Policy(), evidence, strict=strict) for strict in (True, False))
    for one, other in zip(plain, guarded, strict=True):
        if one.verdict is Verdict.PASS:
            assert other.verdict is not Verdict.FAIL
        if other.verdict is Verdict.FAIL:
            assert one.verdict is Verdict.FAIL


@given(ANY)
def test_a_gate_that_passes_has_no_figure_that_is_unknown(evidence: Evidence) -> None:
    outcomes: Any = check_all(Policy(), evidence)
    for outcome in outcomes:
        for finding in outcome.findings:
            if outcome.verdict is Verdict.PASS and finding.verdict is Verdict.PASS and finding.threshold is not None:
                assert finding.value is not None
                assert finding.value == finding.value
