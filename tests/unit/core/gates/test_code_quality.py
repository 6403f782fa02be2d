from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.core.gates.code_quality import judge
from goldfinch.core.gates.evidence import Evidence, LintCheck, Spot, TestEvidence, TestTotals, TypeCheck
from goldfinch.core.gates.outcome import GateOutcome
from goldfinch.core.gates.policy import CodeQualityPolicy, Policy
from goldfinch.core.verdict import Verdict
from tests.unit.core.gates.evidence_samples import GOOD, TESTS

NAN = float("nan")


def judged(policy: CodeQualityPolicy | None = None, *, strict: bool = False, **changes: object) -> GateOutcome:
    evidence = replace(GOOD, tests=replace(TESTS, **changes))  # type: ignore[arg-type]
    return judge(Policy(code_quality=policy or CodeQualityPolicy()), evidence, strict=strict)


def test_clean_code_with_tests_that_pass_passes() -> None:
    outcome = judged()
    assert outcome.verdict is Verdict.PASS
    assert [finding.text for finding in outcome.findings] == [
        "Lint problems 0 ≤ 0",
        "Type errors 0 ≤ 0",
        "207 tests passed, 3 skipped",
    ]


def test_lint_problems_fail_each_at_its_place() -> None:
    outcome = judged(lint=LintCheck(12, (Spot("src/a.py:3", "F401 unused import"),)))
    assert outcome.failures == ("Lint problems 12 > 0", "src/a.py:3: F401 unused import")
    assert outcome.findings[0].advice == "11 more are in the report"
    assert outcome.findings[1].where == "src/a.py:3"
    assert judged(CodeQualityPolicy(max_lint_problems=12), lint=LintCheck(12)).verdict is Verdict.PASS


class TestRatchet:
    def test_known_errors_by_count_are_tolerated_and_one_more_fails(self) -> None:
        policy = CodeQualityPolicy(known_type_errors=14)
        assert judged(policy, types=TypeCheck(14)).verdict is Verdict.PASS
        assert judged(policy, types=TypeCheck(15)).failures == ("Type errors 15 > 14",)

    def test_fewer_errors_ask_to_tighten_the_ratchet(self) -> None:
        outcome = judged(CodeQualityPolicy(known_type_errors=14), types=TypeCheck(12))
        assert outcome.findings[1].advice == "tighten the ratchet: `gates.code_quality.known_type_errors: 12`"

    def test_a_new_error_is_not_hidden_by_an_old_one_that_went(self) -> None:
        known = {"src/a.py [arg-type]": 2}
        now = TypeCheck(2, {"src/a.py [arg-type]": 1, "src/b.py [call-arg]": 1})
        outcome = judged(types=now, known_types=known)
        assert outcome.failures == ("1 new type error beside 1 known", "src/b.py [call-arg]: 1 new type error")
        assert outcome.findings[2].where == "src/b.py"

    def test_known_places_pass_and_those_gone_are_counted(self) -> None:
        known = {"src/a.py [arg-type]": 2, "src/b.py [misc]": 1}
        assert judged(types=TypeCheck(3, dict(known)), known_types=known).verdict is Verdict.PASS
        outcome = judged(types=TypeCheck(2, {"src/a.py [arg-type]": 2}), known_types=known)
        assert outcome.findings[1].text == "Type errors 2, all known"
        assert outcome.findings[1].advice == "tighten the ratchet: 1 known error gone"

    def test_errors_without_a_place_are_new(self) -> None:
        assert judged(types=TypeCheck(3, {"a [x]": 1}), known_types={"a [x]": 1}).failures == ("2 new type errors beside 1 known",)

    @pytest.mark.parametrize("known", [None, {}])
    def test_a_check_that_stopped_proves_nothing(self, known: dict[str, int] | None) -> None:
        outcome = judged(types=TypeCheck(0, stopped="a syntax error"), known_types=known)
        assert outcome.failures == ("inconclusive: Types: the check stopped before its end: a syntax error",)


class TestTests:
    def test_failures_and_errors_fail_and_are_named(self) -> None:
        outcome = judged(tests=TestTotals(210, 2, 1, 0, (Spot("tests.test_a.test_b", "assert 1 == 2"),)))
        assert outcome.failures == ("3 of 210 tests failed", "tests.test_a.test_b: assert 1 == 2")

    @pytest.mark.parametrize("totals", [TestTotals(0), TestTotals(5, skipped=5)])
    def test_no_test_that_ran_is_no_pass(self, totals: TestTotals) -> None:
        assert judged(tests=totals).failures == ("inconclusive: no test ran",)
        assert judged(tests=totals, strict=True).verdict is Verdict.FAIL

    @pytest.mark.parametrize("totals", [None, TestTotals(None), TestTotals(3, None), TestTotals(3, 0, None), TestTotals(3, skipped=None)])
    def test_unknown_totals_are_no_data(self, totals: TestTotals | None) -> None:
        assert judged(tests=totals).failures == ("inconclusive: Tests: no data",)

    @pytest.mark.parametrize("count", [NAN, float("inf"), -1, 2.5])
    def test_what_is_no_count_is_no_data(self, count: float) -> None:
        assert judged(tests=TestTotals(count)).failures == ("inconclusive: Tests: no data",)  # type: ignore[arg-type]
        assert judged(lint=LintCheck(count)).failures == ("inconclusive: Lint: no data",)  # type: ignore[arg-type]
        assert judged(types=TypeCheck(count)).failures == ("inconclusive: Types: no data",)  # type: ignore[arg-type]

    def test_too_many_skipped_tests_fail_where_a_share_is_set(self) -> None:
        outcome = judged(CodeQualityPolicy(max_skipped_share=0.1), tests=TestTotals(100, skipped=11))
        assert outcome.failures == ("11 of 100 tests skipped (11.0% > 10%)",)


def test_one_part_that_is_missing_is_open_and_neutral_where_the_gate_is_not_required() -> None:
    assert judged(lint=None).failures == ("inconclusive: Lint: no data",)
    outcome = judge(Policy(required=()), replace(GOOD, tests=replace(TESTS, lint=None)))
    assert outcome.verdict is Verdict.PASS
    assert outcome.findings[0].text == "Lint: not measured"


def test_no_evidence_at_all_is_not_measured() -> None:
    assert judge(Policy(), Evidence()).failures == ("inconclusive: Code Quality: not measured",)
    assert judge(Policy(), Evidence(tests=TestEvidence(coverage=TESTS.coverage))).verdict is Verdict.INCONCLUSIVE
