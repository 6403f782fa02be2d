from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.results.case_result import CaseOutcome, case_results
from goldfinch.core.results.report import answer_excerpt, excerpt, most_important
from goldfinch.testing.run_journal import sample_record


def test_failures_come_first_and_critical_ones_before_all() -> None:
    records = [
        sample_record("crashed", None),
        sample_record("b-failed", 0.1),
        sample_record("passed", 1.0),
        sample_record("a-failed", 0.1),
        sample_record("critical", 0.7, critical=True),
    ]
    outcomes: Counter[CaseOutcome] = Counter()
    shown = most_important(case_results(records), 3, outcomes)
    assert [case.case_id for case in shown] == ["critical", "a-failed", "b-failed"]
    assert outcomes == {CaseOutcome.FAILED: 3, CaseOutcome.ERROR: 1, CaseOutcome.PASSED: 1}


@given(text=st.text(st.characters(exclude_categories=()), max_size=400), limit=st.integers(60, 200))
def test_an_excerpt_never_exceeds_its_limit_and_keeps_the_beginning(text: str, limit: int) -> None:
    short = excerpt(text, limit)
    assert len(short.encode("utf-8", "surrogatepass")) <= limit
    kept, _, left_out = short.rpartition("… (")
    assert short == text or (text.startswith(kept) and left_out.endswith("bytes in all)"))


def test_an_excerpt_says_how_much_there_was() -> None:
    assert excerpt("x" * 12_345).endswith("x… (12,345 bytes in all)")


def test_data_is_shown_as_json() -> None:
    assert excerpt({"größe": [1, None]}) == '{\n "größe": [\n  1,\n  null\n ]\n}'


def test_data_nested_without_end_is_no_crash() -> None:
    data: list[object] = []
    for _ in range(5_000):
        data = [data]
    assert excerpt(data) == "(nested too deeply to be shown)"


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (Output(text="yes", data={"a": 1}), "yes"),
        (Output(data=[1]), "[\n 1\n]"),
        (Output(failure=Failure(FailureKind.TIMEOUT, "120 s")), "no answer: timeout: 120 s"),
        (Output(), ""),
    ],
)
def test_an_answer_is_its_text_else_its_data_else_its_failure(output: Output, text: str) -> None:
    assert answer_excerpt(output) == text
