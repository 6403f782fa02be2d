"""Periods: what their words mean, counted back from 2026-10-31."""

from __future__ import annotations

from datetime import date

import pytest

from src.models.deterministic.periods import Calendar, Period, find_periods

CALENDAR = Calendar(date(2026, 8, 9), date(2026, 10, 31))
EARLIER = Period(date(2026, 10, 1), date(2026, 10, 31))


def read(text: str, *, apart: bool = False, calendar: Calendar = CALENDAR, earlier: Period | None = None) -> list[str]:
    return [f"{one.start}..{one.end}" for one in find_periods(text, calendar, earlier, apart=apart)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-09-01 to 2026-09-14", ["2026-09-01..2026-09-14"]),
        ("between 3 and 9 September", ["2026-09-03..2026-09-09"]),
        ("September 3-9", ["2026-09-03..2026-09-09"]),
        ("from Sept 28th until 3rd of October", ["2026-09-28..2026-10-03"]),
        ("on the 5th of October, 2026", ["2026-10-05..2026-10-05"]),
        ("since 5 October", ["2026-10-05..2026-10-31"]),
        ("after 5 October", ["2026-10-06..2026-10-31"]),
        ("until 20 August", ["2026-08-09..2026-08-20"]),
        ("before October", ["2026-08-09..2026-09-30"]),
        ("since September", ["2026-09-01..2026-10-31"]),
        ("until September", ["2026-08-09..2026-09-30"]),
        ("from September to October", ["2026-09-01..2026-10-31"]),
        ("last week", ["2026-10-25..2026-10-31"]),
        ("the past fortnight", ["2026-10-18..2026-10-31"]),
        ("the last two weeks", ["2026-10-18..2026-10-31"]),
        ("last few days", ["2026-10-29..2026-10-31"]),
        ("last month", ["2026-10-01..2026-10-31"]),
        ("this week", ["2026-10-26..2026-10-31"]),
        ("this quarter", ["2026-10-01..2026-10-31"]),
        ("this year", ["2026-01-01..2026-10-31"]),
        ("today", ["2026-10-31..2026-10-31"]),
        ("the third quarter", ["2026-07-01..2026-09-30"]),
        ("first ten days of October", ["2026-10-01..2026-10-10"]),
        ("second week of October", ["2026-10-08..2026-10-14"]),
        ("last week of September", ["2026-09-24..2026-09-30"]),
        ("second half of the data", ["2026-09-20..2026-10-31"]),
        ("the entire period", ["2026-08-09..2026-10-31"]),
        ("December", ["2026-12-01..2026-12-31"]),
        ("the last 7 days and the previous 7 days", ["2026-10-25..2026-10-31", "2026-10-18..2026-10-24"]),
        ("week over week", ["2026-10-25..2026-10-31", "2026-10-18..2026-10-24"]),
        ("2026-13-45", []),
        ("may I see it", []),
    ],
)
def test_words_become_days(text: str, expected: list[str]) -> None:
    assert read(text) == expected


def test_a_day_that_does_not_exist_is_read_as_its_month_and_said_so() -> None:
    (period,) = find_periods("on 31 February", CALENDAR)
    assert (period.start, period.end) == (date(2026, 2, 1), date(2026, 2, 28))
    assert "is no date, assuming 2026-02-01 to 2026-02-28" in period.assumed


def test_two_months_that_are_compared_are_two_periods() -> None:
    assert read("between September and October", apart=True) == ["2026-09-01..2026-09-30", "2026-10-01..2026-10-31"]


def test_what_is_relative_counts_from_the_turn_before() -> None:
    assert read("the month before", earlier=EARLIER) == ["2026-09-01..2026-09-30"]
    assert read("two weeks before that", earlier=EARLIER) == ["2026-09-17..2026-09-30"]
    assert read("the previous period", earlier=EARLIER) == ["2026-08-31..2026-09-30"]
    assert read("the week before") == ["2026-10-18..2026-10-24"]


def test_last_month_of_data_that_end_within_a_month_is_the_last_whole_one() -> None:
    assert read("last month", calendar=Calendar(date(2026, 8, 9), date(2026, 10, 20))) == ["2026-09-01..2026-09-30"]


def test_at_the_beginning_of_time_there_is_nothing_before() -> None:
    start = date.min
    assert read("the week before", calendar=Calendar(start, start), earlier=Period(start, start)) == []
