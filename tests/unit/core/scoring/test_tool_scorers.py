"""Scorers of trajectories: tools and their order, errors, loops."""

from __future__ import annotations

from itertools import permutations
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.datasets.case import Case, Expected, ToolExpectation, ToolOrder
from goldfinch.core.output import Output, Step, ToolCall
from goldfinch.core.scoring.loops import Loops
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.tool_errors import ToolErrors
from goldfinch.core.scoring.tool_matching import match_any_order, match_in_order
from goldfinch.core.scoring.tool_trajectory import ToolTrajectory

ORDERS = get_args(ToolOrder)


def made(*calls: ToolCall | str) -> Output:
    return Output(trajectory=(Step("assistant", tool_calls=tuple(ToolCall(c) if isinstance(c, str) else c for c in calls)),))


def wants(order: Any, *tools: ToolExpectation | str) -> Case:
    expected = tuple(ToolExpectation(t) if isinstance(t, str) else t for t in tools)
    return Case("c", "q", expected=Expected(tools=expected, tool_order=order))


def judged(case: Case, output: Output, **options: Any) -> Score:
    score = ToolTrajectory(**options).score(case, output)
    assert score is not None
    return score


@pytest.mark.parametrize(
    ("calls", "passing"),
    [
        ("ab", {"exact", "in_order", "any_order", "subset"}),
        ("ba", {"any_order", "subset"}),
        ("axb", {"in_order", "subset"}),
        ("bxa", {"subset"}),
        ("a", set()),
        ("", set()),
        ("aab", {"in_order", "subset"}),
    ],
)
def test_each_order_accepts_what_it_says(calls: str, passing: set[str]) -> None:
    assert {order for order in ORDERS if judged(wants(order, "a", "b"), made(*calls)).value == 1.0} == passing


def test_says_nothing_where_the_case_says_nothing_of_tools() -> None:
    assert ToolTrajectory().score(Case("c", "q"), made("a")) is None


@pytest.mark.parametrize("order", ["in_order", "subset"])
def test_no_expected_tools_say_nothing_where_others_are_allowed(order: str) -> None:
    assert ToolTrajectory().score(wants(order), made("a")) is None


@pytest.mark.parametrize("order", ["exact", "any_order"])
def test_no_expected_tools_forbid_every_call_where_others_are_not_allowed(order: str) -> None:
    assert judged(wants(order), made()).value == 1.0
    assert judged(wants(order), made("a")).value == 0.0


@pytest.mark.parametrize(
    ("rule", "arguments", "value"),
    [
        ("exact", {"x": 1}, 1.0),
        ("exact", {"x": 1, "y": 2}, 0.0),
        ("exact", {"x": True}, 0.0),
        ("subset", {"x": 1, "y": 2}, 1.0),
        ("subset", {"x": 2}, 0.0),
        ("ignore", {"x": 2}, 1.0),
    ],
)
def test_arguments_are_compared_as_asked(rule: str, arguments: dict[str, Any], value: float) -> None:
    case = wants("in_order", ToolExpectation("a", {"x": 1}))
    assert judged(case, made(ToolCall("a", arguments)), arguments=rule).value == value


def test_a_call_with_any_arguments_leaves_the_stricter_one_its_call() -> None:
    case = wants("any_order", ToolExpectation("a"), ToolExpectation("a", {"x": 1}))
    assert judged(case, made(ToolCall("a", {"x": 1}), ToolCall("a", {"x": 2}))).value == 1.0


def test_names_what_is_missing_unexpected_and_out_of_order() -> None:
    score = judged(wants("exact", "a", "b", "c", ToolExpectation("d", {"x": 1})), made("b", "a", "z", "d"))
    assert score.evidence["missing"] == ["c"]
    assert score.evidence["unexpected"] == ["z"]
    assert score.evidence["wrong_arguments"] == ["d"]
    assert len(score.evidence["out_of_order"]) == 1
    assert "missing 'c'" in score.reason


def test_order_can_be_overridden_by_the_scorer() -> None:
    assert judged(wants("exact", "a"), made("x", "a"), order="subset").value == 1.0


def test_partial_credit_counts_what_was_matched() -> None:
    assert judged(wants("in_order", "a", "b"), made("b", "a"), partial_credit=True).value == 0.5
    assert judged(wants("exact", "a"), made("a", "x", "x", "x"), partial_credit=True).value == 0.25
    assert judged(wants("subset", "a", "b"), made("a"), partial_credit=True).value == 0.5


ARGUMENTS = st.none() | st.fixed_dictionaries({"x": st.integers(0, 1)})
EXPECTED = st.lists(st.builds(ToolExpectation, st.sampled_from("abc"), ARGUMENTS), min_size=1, max_size=5)
CALLS = st.lists(st.builds(ToolCall, st.sampled_from("abc"), st.fixed_dictionaries({"x": st.integers(0, 1)})), max_size=6)


@given(EXPECTED, CALLS, st.booleans(), st.sampled_from(["ignore", "exact", "subset"]))
def test_a_stricter_order_never_scores_higher(expected: Any, calls: Any, partial: bool, rule: Any) -> None:
    values = {o: judged(wants(o, *expected), made(*calls), partial_credit=partial, arguments=rule).value for o in ORDERS}
    assert values["exact"] <= values["in_order"] <= values["subset"]
    assert values["exact"] <= values["any_order"] <= values["subset"]
    assert all(0.0 <= value <= 1.0 for value in values.values())


@given(EXPECTED, CALLS, st.sampled_from(ORDERS))
def test_full_marks_mean_the_same_with_and_without_partial_credit(expected: Any, calls: Any, order: Any) -> None:
    case = wants(order, *expected)
    whole, part = judged(case, made(*calls)), judged(case, made(*calls), partial_credit=True)
    assert (whole.value == 1.0) == (part.value == 1.0)


FITTING = st.lists(st.lists(st.integers(0, 4), unique=True).map(sorted), max_size=5)


@given(st.lists(st.lists(st.integers(0, 3), unique=True).map(sorted), max_size=3))
def test_matchings_are_as_large_as_brute_force_finds(fitting: list[list[int]]) -> None:
    free, ordered = 0, 0
    for choice in permutations([*range(4), *[None] * len(fitting)], len(fitting)):
        taken = [call for index, call in enumerate(choice) if call is not None and call in fitting[index]]
        free = max(free, len(taken))
        ordered = max(ordered, len(taken) if taken == sorted(taken) else 0)
    assert len(match_any_order(fitting)) == free
    assert len(match_in_order(fitting)) == ordered


@given(FITTING)
def test_matched_calls_fit_are_used_once_and_stand_in_order(fitting: list[list[int]]) -> None:
    for pairs in (match_any_order(fitting), match_in_order(fitting)):
        assert all(call in fitting[expected] for expected, call in pairs.items())
        assert len(set(pairs.values())) == len(pairs)
    in_order = match_in_order(fitting)
    assert [in_order[key] for key in sorted(in_order)] == sorted(in_order.values())


def test_tool_errors_give_the_share_that_worked() -> None:
    case = Case("c", "q")
    assert ToolErrors().score(case, Output(text="x")) is None
    good = ToolErrors().score(case, made("a"))
    half = ToolErrors().score(case, made("a", ToolCall("b", error="timeout")))
    assert good is not None
    assert good.value == 1.0
    assert half is not None
    assert half.value == 0.5
    assert half.evidence == {"errors": ["b: timeout"]}


@pytest.mark.parametrize(
    ("calls", "options", "value"),
    [
        ("aab", {}, 1.0),
        ("xaaab", {}, 0.0),
        ("aa", {"repeats": 2}, 0.0),
        ("abababx", {}, 0.0),
        ("ababa", {}, 1.0),
        ("abcabcabc", {}, 0.0),
        ("abcabcabc", {"longest_cycle": 2}, 1.0),
        ("aaa", {"ignore": ("z",)}, 0.0),
        ("a", {}, 1.0),
    ],
)
def test_loops_find_repeated_calls_and_cycles(calls: str, options: dict[str, Any], value: float) -> None:
    score = Loops(**options).score(Case("c", "q"), made(*calls))
    assert score is not None
    assert score.value == value


def test_loops_tell_other_arguments_apart_and_leave_polling_tools_out() -> None:
    paging = [ToolCall("page", {"n": n}) for n in range(9)]
    score = Loops().score(Case("c", "q"), made(*paging))
    assert score is not None
    assert score.value == 1.0
    assert Loops(ignore=("poll",)).score(Case("c", "q"), made("poll", "poll", "poll")) is None


def test_loops_say_where_the_cycle_begins() -> None:
    score = Loops().score(Case("c", "q"), made(*"xyababab"))
    assert score is not None
    assert score.reason == "'a', 'b' repeated 3 times or more from call 3 on"


@pytest.mark.parametrize("options", [{"repeats": 1}, {"longest_cycle": 0}])
def test_loops_refuse_options_without_meaning(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="or more"):
        Loops(**options)  # type: ignore[arg-type]
