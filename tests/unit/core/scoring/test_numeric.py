"""Numbers in text, and the scorer that looks for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.datasets.case import Case, Expected, NumberExpectation
from goldfinch.core.output import Output
from goldfinch.core.scoring.numbers import numbers_in
from goldfinch.core.scoring.numeric import Numeric


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,234.56", [1234.56]),
        ("$1,234 and -5", [1234, -5]),
        ("-$5, $-6, \u22127", [-5, -6, -7]),
        ("US$5 million, 7k, EUR 3 bn? 2bn", [5e6, 7e3, 3, 2e9]),
        ("1\u202f234\u202f567 €, 1'000", [1234567, 1000]),
        ("6.02e23 3×10⁶ 2 x 10^-3", [6.02e23, 3e6, 2e-3]),
        ("1,2,3", [1, 2, 3]),
        ("10-20, 10–20", [10, 20, 10, 20]),
        ("gpt-4 h2o v1.2.3", []),
        ("It is 3.14.", [3.14]),
        (".5 (0.25)", [0.5, 0.25]),
        ("1,2345", [1, 2345]),
        ("1e999 and " + "9" * 400, []),
        ("no number", []),
    ],
)
def test_reads_the_numbers_that_a_text_states(text: str, numbers: list[float]) -> None:
    assert [n.value for n in numbers_in(text)] == pytest.approx(numbers)


@pytest.mark.parametrize(("text", "numbers"), [("1.234.567,8", [1234567.8]), ("3,5 Prozent", [3.5]), ("-0,25", [-0.25])])
def test_reads_continental_numbers_when_told(text: str, numbers: list[float]) -> None:
    assert [n.value for n in numbers_in(text, decimal_comma=True)] == pytest.approx(numbers)


@given(st.floats(min_value=-1e15, max_value=1e15, allow_nan=False).map(lambda x: round(x, 4)))
def test_finds_every_number_in_every_usual_spelling(number: float) -> None:
    for spelling in (f"{number:.4f}", f"{number:,.4f}", f"{number:.17e}", f"{number:,.4f}".replace("-", "\u2212")):
        assert [n.value for n in numbers_in(f"The total is {spelling}.")] == pytest.approx([number], rel=1e-12)


@given(st.text(alphabet="0123456789.,-+$€%eExX×^ kMbn\u2212\u00a0'⁶", max_size=80))
def test_never_breaks_and_never_gives_a_number_that_is_not_finite(text: str) -> None:
    for comma in (False, True):
        assert all(abs(n.value) < float("inf") for n in numbers_in(text, decimal_comma=comma))


def score(numbers: tuple[NumberExpectation, ...], text: str) -> float | None:
    judged = Numeric().score(Case("c", "q", expected=Expected(numbers=numbers)), Output(text=text))
    return None if judged is None else judged.value


def test_does_not_apply_without_expected_numbers() -> None:
    assert score((), "5") is None


def test_takes_the_wider_tolerance() -> None:
    wanted = (NumberExpectation(100, tolerance=1, relative=0.05),)
    assert score(wanted, "about 104.9") == 1.0
    assert score(wanted, "about 105.1") == 0.0


def test_gives_the_share_found_and_names_the_missing() -> None:
    wanted = (NumberExpectation(12.5), NumberExpectation(7, label="items", tolerance=0.5))
    judged = Numeric().score(Case("c", "q", expected=Expected(numbers=wanted)), Output(text="12.5 and 9"))
    assert judged is not None
    assert judged.value == 0.5
    assert "items 7 ± 0.5" in judged.reason


def test_a_percentage_counts_as_a_fraction_too() -> None:
    assert score((NumberExpectation(0.125),), "12.5 %") == 1.0
    assert score((NumberExpectation(12.5),), "12.5%") == 1.0
    assert score((NumberExpectation(0.125),), "12.5") == 0.0


def test_not_a_number_is_never_found() -> None:
    assert score((NumberExpectation(float("nan")),), "nan 0 1 NaN") == 0.0


def test_decimal_fractions_need_no_tolerance() -> None:
    assert score((NumberExpectation(0.1 + 0.2),), "0.3") == 1.0
