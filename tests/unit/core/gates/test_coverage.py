from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.core.gates.coverage import judge
from goldfinch.core.gates.evidence import Coverage, CoverageGroup, Evidence, FileLines
from goldfinch.core.gates.outcome import GateOutcome
from goldfinch.core.gates.policy import CoveragePolicy, Policy
from goldfinch.core.verdict import Verdict
from tests.unit.core.gates.evidence_samples import GOOD, TESTS


def judged(coverage: Coverage | None, policy: CoveragePolicy | None = None, *, strict: bool = False) -> GateOutcome:
    evidence = replace(GOOD, tests=replace(TESTS, coverage=coverage))
    return judge(Policy(coverage=policy or CoveragePolicy()), evidence, strict=strict)


def group(name: str, **files: tuple[set[int], int]) -> CoverageGroup:
    """File → lines that ran, of so many."""
    lines = {path: FileLines(frozenset(ran), frozenset(range(1, of + 1))) for path, (ran, of) in files.items()}
    return CoverageGroup(name, lines)


def test_a_line_counts_once_and_ran_where_any_group_ran_it() -> None:
    combined = Coverage.combined([group("a", x=({1, 2}, 4), y=({1}, 2)), group("b", x=({2, 3}, 4))])
    assert (combined.rate, combined.lines) == (4 / 6, 6)
    assert combined.groups == ("a", "b")
    assert combined.empty_groups == ()


def test_groups_that_are_low_by_themselves_can_be_enough_together() -> None:
    halves = [group("a", x=({1, 2, 3, 4}, 8)), group("b", x=({5, 6, 7, 8}, 8))]
    assert [judged(Coverage.combined([one])).verdict for one in halves] == [Verdict.FAIL, Verdict.FAIL]
    outcome = judged(Coverage.combined(halves))
    assert outcome.verdict is Verdict.PASS
    assert outcome.findings[0].text == "Line coverage 100.0% ≥ 80% of 8 lines, a, b together"


def test_a_group_that_measured_nothing_fails_though_the_whole_is_covered() -> None:
    nothing = [CoverageGroup("tools", {}), group("idle", x=(set(), 3))]
    for empty in nothing:
        outcome = judged(Coverage.combined([group("a", y=({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 12)), empty]))
        assert outcome.verdict is Verdict.FAIL
        assert outcome.failures == (f"Coverage group {empty.name} measured nothing",)


def test_coverage_below_the_threshold_fails_for_certain() -> None:
    outcome = judged(Coverage(0.7123, 1000))
    assert (outcome.verdict, outcome.failures) == (Verdict.FAIL, ("Line coverage 71.2% < 80%",))
    assert judged(Coverage(0.80)).verdict is Verdict.PASS


@pytest.mark.parametrize("coverage", [Coverage(None), Coverage(float("nan")), Coverage(1.0, 0), Coverage.combined([])])
def test_nothing_measured_is_no_data(coverage: Coverage) -> None:
    assert "inconclusive: Line coverage: no data" in judged(coverage).failures
    assert judged(coverage, strict=True).verdict is Verdict.FAIL


def test_a_percentage_given_for_a_share_passes_nothing() -> None:
    assert judged(Coverage(85.0)).failures == ("inconclusive: Line coverage: 85.0 is no share between 0 and 1",)


def test_a_group_that_must_be_there_and_is_not_is_open() -> None:
    outcome = judged(Coverage(0.9, 100, ("agents",)), CoveragePolicy(groups=("agents", "tools")))
    assert outcome.failures == ("inconclusive: Coverage group tools: no data",)


def test_no_report_is_not_measured() -> None:
    assert judge(Policy(), Evidence()).failures == ("inconclusive: Test Coverage: not measured",)
    assert judge(Policy(required=()), Evidence()).verdict is Verdict.NEUTRAL
