from __future__ import annotations

from src.domain import Observation, Task
from src.evaluation.evidence import Evidence, texts_of

WEEK = {"start": "2026-10-25", "end": "2026-10-31"}
OTHER_DAYS = "missing days (all campaigns): 2026-08-20, 2026-08-21"
IN_THE_WEEK = "cost missing (empty cells) on 2026-10-27 (Brand Search)"
STILL_ON = "Brand Search counts 4 conversions for 40 orders in the weeks from 2026-10-11 on; tracking may be broken"
NO_DAY = "personal columns are masked"


def evidence(*seen: tuple[str, dict[str, object], list[str]]) -> Evidence:
    observations = [Observation(f"s{n}", tool, arguments, {"warnings": told}) for n, (tool, arguments, told) in enumerate(seen, 1)]
    return Evidence(Task("q"), tuple(observations))


def test_a_step_without_dates_asks_for_no_caveat_about_days_that_no_step_is_about() -> None:
    whole_account = ("diagnose_campaign", {"campaign": "Brand Search"}, [OTHER_DAYS, IN_THE_WEEK, STILL_ON, NO_DAY])
    found = evidence(("compute_kpis", WEEK, []), whole_account)
    assert found.warnings_of_asked_days == (IN_THE_WEEK, STILL_ON, NO_DAY)
    assert found.warnings == (OTHER_DAYS, IN_THE_WEEK, STILL_ON, NO_DAY)


def test_both_sides_of_a_comparison_are_asked_for() -> None:
    sides = {"metric": "roas", "a": {"start": "2026-08-17", "end": "2026-08-23"}, "b": WEEK}
    assert evidence(("test_significance", sides, []), ("query_data", {}, [OTHER_DAYS])).warnings_of_asked_days == (OTHER_DAYS,)


def test_what_a_step_with_dates_warns_of_is_asked_for() -> None:
    assert evidence(("compute_kpis", WEEK, [OTHER_DAYS])).warnings_of_asked_days == (OTHER_DAYS,)


def test_without_any_dates_the_whole_account_is_asked_for() -> None:
    assert evidence(("compute_kpis", {}, [OTHER_DAYS])).warnings_of_asked_days == (OTHER_DAYS,)


def test_texts_are_gathered_in_order_with_the_keys() -> None:
    assert texts_of({"a": ["x", 1, {"b": "y"}], "c": None, "d": ("z", "long" * 100)}) == ["a", "x", "b", "y", "c", "d", "z"]
