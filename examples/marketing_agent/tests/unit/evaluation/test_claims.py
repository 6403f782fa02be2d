from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain import Claim, Fact, Observation, Recollection, Task, Turn
from src.evaluation.claims import ClaimWrong, check_numbers, numbers_of, recomputed
from src.evaluation.evidence import Evidence
from tests.scripted_parts import KPIS, OVERVIEW

CHANGE = {"relative_change": -0.3214, "a": {"value": 2.0}, "b": {"value": 1.3572}, "proposed": {"Search 2.0": 120.0}, "p_value": 0.0123}


def _evidence(task: str = "question", memory: Recollection | None = None) -> Evidence:
    seen = (
        Observation("s1", "compute_kpis", {"start": "2026-10-25", "end": "2026-10-31"}, KPIS),
        Observation("s2", "test_significance", {}, CHANGE),
        Observation("s3", "query_data", {}, error="timed out after 5 s"),
    )
    return Evidence(Task(task), seen, OVERVIEW, memory or Recollection())


def _claim(value: float, source: str, unit: str = "x") -> Claim:
    return Claim("it", value, unit, source)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ROAS 3.42 and CPA 24.10 EUR", ["3.42", "24.10"]),
        ("12,345.60 EUR", ["12,345.60"]),
        ("CTR 2.31 %, CVR 4%", ["2.31 %", "4%"]),
        ("on 2026-10-31 and in 2026-W44", []),
        ("a fall of -12.5 %", ["-12.5 %"]),
        ("the 3rd of 7d in Q3 of s1", []),
        ("factor 3.4x", ["3.4"]),
        ("a 95 % interval at p < 0.05", []),
        ("from 10 to 20.", ["10", "20"]),
        ("1,2 or 3", ["1", "3"]),
    ],
)
def test_numbers_that_claim_something_are_found(text: str, found: list[str]) -> None:
    assert [number.text for number in numbers_of(text)] == found


def test_numbers_within_names_claim_nothing() -> None:
    assert numbers_of("Summer 24 Sale spent 5", ["Summer 24 Sale"])[0].value == 5


@given(st.floats(min_value=0.001, max_value=1e9), st.integers(min_value=0, max_value=4))
def test_a_number_shows_what_it_was_rounded_from(true: float, decimals: int) -> None:
    (number,) = numbers_of(f"{true:,.{decimals}f}")

    assert number.shows(true)


@given(st.floats(min_value=1, max_value=1e6), st.integers(min_value=0, max_value=3))
def test_a_number_that_is_off_by_more_than_its_last_digit_shows_something_else(true: float, decimals: int) -> None:
    (number,) = numbers_of(f"{true + 1.5 * 10**-decimals:.{decimals}f}")

    assert not number.shows(true)


@pytest.mark.parametrize(
    ("value", "source", "unit", "gives"),
    [
        (3.4178, "s1.groups.0.roas.value", "x", 3.4178),
        (3.4178, "s1.groups.0.roas", "x", 3.4178),
        (3.42, "s1.groups.0.roas.value", "x", 3.4178),
        (-32.14, "s2.relative_change", "%", -32.14),
        (120, "s2.proposed.Search 2.0", "EUR", 120),
        (500, "account.budget.daily_total", "EUR", 500),
        (0.6428, "difference(s2.a, s2.b)", "%", 0.6428),
        (-32.14, "change(s2.a.value, s2.b.value)", "%", -32.14),
        (1.473622, "ratio(s2.a, s2.b)", "x", 1.473622),
        (1320.5, "sum(s1.groups.0.cost, s2.proposed.Search 2.0)", "EUR", 1320.5),
        (1, "count(s1.groups)", "campaigns", 1),
    ],
)
def test_a_claim_is_recomputed_from_its_source(value: float, source: str, unit: str, gives: float) -> None:
    assert recomputed(_claim(value, source, unit), _evidence()) == pytest.approx(gives, rel=1e-4)


@pytest.mark.parametrize(
    ("value", "source", "unit"),
    [
        (3.4, "s1.groups.0.roas.value.high", "x"),
        (3.43, "s1.groups.0.roas.value", "x"),
        (341.78, "s1.groups.0.roas.value", "%"),
        (32.14, "s2.relative_change", "%"),
        (3, "s1.groups.7.roas.value", "x"),
        (3, "s1.groups.0.key", "x"),
        (3, "s3.rows.0", "x"),
        (3, "s9.rows", "x"),
        (3, "count(s1.currency)", "x"),
        (3, "ratio(s2.a)", "x"),
        (3, "median(s2.a, s2.b)", "x"),
    ],
)
def test_a_claim_whose_source_gives_something_else_is_wrong(value: float, source: str, unit: str) -> None:
    with pytest.raises(ClaimWrong):
        recomputed(_claim(value, source, unit), _evidence())


def test_dividing_by_nothing_is_no_number() -> None:
    evidence = Evidence(Task("q"), (Observation("s1", "t", {}, {"a": 0, "b": 5}),))

    for source in ("ratio(s1.b, s1.a)", "change(s1.a, s1.b)"):
        with pytest.raises(ClaimWrong, match="gives no number"):
            recomputed(_claim(1, source), evidence)


def test_every_number_with_a_true_claim_is_grounded() -> None:
    claims = [_claim(3.4178, "s1.groups.0.roas.value"), _claim(-32.14, "s2.relative_change", "%")]

    grounding = check_numbers("ROAS 3.42 fell by 32.1 % from 2026-10-25 on.", claims, _evidence())

    assert (grounding.total, grounding.grounded, grounding.problems) == (4, 4, ())


def test_a_number_that_no_claim_covers_is_a_problem() -> None:
    grounding = check_numbers("ROAS 3.42, CPA 9.99 EUR.", [_claim(3.4178, "s1.groups.0.roas.value")], _evidence())

    assert (grounding.total, grounding.grounded) == (3, 2)
    assert grounding.problems == ("the number 9.99 of the answer has no source: nothing that was found gives it",)


def test_a_factor_told_as_percent_is_a_problem() -> None:
    assert check_numbers("ROAS 3.42 %", [_claim(3.4178, "s1.groups.0.roas.value")], _evidence()).problems


def test_a_wrong_claim_and_its_number_are_both_problems() -> None:
    assert len(check_numbers("ROAS 4.20", [_claim(4.20, "s1.groups.0.roas.value")], _evidence()).problems) == 2


def test_what_the_user_a_warning_or_a_failure_said_may_be_repeated() -> None:
    memory = Recollection((Turn("Keep it below 77", "yes"),), (Fact("target_cpa", 20),))

    answer = "With 1,000 EUR, 2 days missing, below 77, CPA 20, after 5 s."

    assert check_numbers(answer, [], _evidence("What if we spent 1,000 EUR?", memory)).problems == ()


def test_counts_of_listed_things_and_of_days_need_no_claim() -> None:
    assert check_numbers("In 7 days, 2 campaigns spent; 7-day windows.", [], _evidence()).problems == ()
    assert check_numbers("19 campaigns spent.", [], _evidence()).problems
