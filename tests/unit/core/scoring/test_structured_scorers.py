"""Scorers of structured answers: fields and sets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.output import Output
from goldfinch.core.scoring.json_fields import JsonFields
from goldfinch.core.scoring.json_values import canonical, contains_value, leaf_count, values_equal
from goldfinch.core.scoring.set_f1 import SetF1

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def fields(expected: Any, *, text: str | None = None, data: Any = None, **options: Any) -> float | None:
    score = JsonFields(**options).score(Case("c", "q", expected=Expected(json=expected)), Output(text=text, data=data))
    return None if score is None else score.value


def test_fields_do_not_apply_without_expected_json() -> None:
    assert fields(None, data={"a": 1}) is None


@pytest.mark.parametrize(
    ("expected", "actual", "share"),
    [
        ({"a": 1, "b": {"c": "x", "d": [1, 2]}}, {"a": 1, "b": {"c": "x", "d": [1, 3]}}, 0.75),
        ({"a": 1}, {"a": 1, "extra": 2}, 1.0),
        ({"a": True}, {"a": 1}, 0.0),
        ({"a": 1}, {"a": 1.0}, 1.0),
        ({"a": "1"}, {"a": 1}, 0.0),
        ([1, 2], [1, 2, 3], 2 / 3),
        ([], [1], 0.0),
        ({}, {"a": 1}, 1.0),
        ({"a": None}, {}, 0.0),
        ({"a": 1}, [1], 0.0),
        (5, 5, 1.0),
    ],
)
def test_fields_give_the_share_of_equal_leaves(expected: Any, actual: Any, share: float) -> None:
    assert fields(expected, data=actual) == pytest.approx(share)


def test_fields_options() -> None:
    assert fields({"a": 1.0}, data={"a": 1.04}, tolerance=0.05) == 1.0
    assert fields({"a": 100}, data={"a": 104}, relative=0.05) == 1.0
    assert fields({"a": "X"}, data={"a": "x"}, ignore_case=True) == 1.0
    assert fields({"a": 1}, data={"a": 1, "b": {"c": 1, "d": 2}}, count_extra_keys=True) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "text", ['{"a": 1}', 'Here:\n```json\n{"a": 1}\n```\nDone', '```\n{"a": 1}```', '```python\nx\n``` and\n```json\n{"a": 1}\n```']
)
def test_reads_json_from_text_and_from_fenced_blocks(text: str) -> None:
    assert fields({"a": 1}, text=text) == 1.0


@pytest.mark.parametrize("text", ["", "no json", '{"a": NaN}', "[" * 100_000, "```" * 1000, '{"a": 1', "9" * 5000])
def test_hostile_text_scores_zero(text: str) -> None:
    assert fields({"a": 1}, text=text) == 0.0


def test_counts_leaves_of_an_answer_nested_as_deeply_as_a_model_likes() -> None:
    deep: Any = 1
    for _ in range(50_000):
        deep = [deep]
    assert leaf_count(deep) == 1


@given(JSON)
def test_a_value_equals_itself_and_scores_one(value: Any) -> None:
    assert values_equal(value, value)
    assert contains_value(value, value)
    if value is not None:
        assert fields(value, data=value) == 1.0


@given(JSON, JSON)
def test_equality_agrees_with_the_canonical_text(a: Any, b: Any) -> None:
    assert values_equal(a, b) == (canonical(a) == canonical(b))


@given(JSON.filter(lambda value: value is not None), JSON)
def test_shares_stay_within_zero_and_one(expected: Any, actual: Any) -> None:
    share = fields(expected, data=actual, count_extra_keys=True)
    assert share is not None
    assert 0.0 <= share <= 1.0


def set_score(expected: Any, *, text: str | None = None, data: Any = None, **options: Any) -> float | None:
    score = SetF1(**options).score(Case("c", "q", expected=Expected(json=expected)), Output(text=text, data=data))
    return None if score is None else score.value


def test_sets_do_not_apply_without_an_expected_list() -> None:
    assert set_score(None, text="a") is None
    assert set_score({"a": 1}, text="a") is None


@pytest.mark.parametrize(("measure", "value"), [("precision", 2 / 3), ("recall", 2 / 4), ("f1", 4 / 7)])
def test_set_measures_follow_their_formula(measure: str, value: float) -> None:
    assert set_score(["a", "b", "c", "d"], data=["b", "A", "x"], measure=measure) == pytest.approx(value)


@pytest.mark.parametrize("text", ['["a", "b"]', "- a\n- b\n", "1. b\n2) a", "a, b", "b; a"])
def test_sets_are_read_from_json_lists_lines_and_separated_text(text: str) -> None:
    assert set_score(["a", "b"], text=text) == 1.0


def test_sets_compare_objects_by_value() -> None:
    assert set_score([{"x": 1, "y": 2}], data=[{"y": 2, "x": 1.0}]) == 1.0


def test_sets_with_nothing_expected_want_nothing_given() -> None:
    assert set_score([], data=[]) == 1.0
    assert set_score([], data=["a"]) == 0.0
    assert set_score(["a"], data=[], measure="precision") == 0.0


def test_sets_can_expect_the_tuple_of_answers() -> None:
    case = Case("c", "q", expected=Expected(answer=("red", "blue")))
    score = SetF1(expected_from="answer").score(case, Output(text="blue, red"))
    assert score is not None
    assert score.value == 1.0
