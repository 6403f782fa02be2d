from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.datasets.case import Case, CaseBudget, Expected, NumberExpectation, ToolExpectation
from goldfinch.core.datasets.fingerprint import Fingerprint, case_hash

CASE = Case(
    "a",
    {"question": "How much?", "history": [1, 2.5]},
    expected=Expected(answer="5", numbers=(NumberExpectation(5.0, 0.1),), tools=(ToolExpectation("find", {"id": 7}),)),
    budget=CaseBudget(steps=3),
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "change",
    [
        {"input": "other"},
        {"context": "given"},
        {"expected": Expected(answer="6")},
        {"weight": 2.0},
        {"critical": True},
        {"budget": CaseBudget(steps=4)},
    ],
)
def test_everything_that_influences_answer_or_judgement_changes_the_hash(change: dict[str, Any]) -> None:
    assert case_hash(replace(CASE, **change)) != case_hash(CASE)


@pytest.mark.parametrize("change", [{"id": "b"}, {"tags": ("x",)}, {"metadata": {"x": 1}}, {"trials": 5}])
def test_names_and_notes_do_not_change_the_hash(change: dict[str, Any]) -> None:
    assert case_hash(replace(CASE, **change)) == case_hash(CASE)


def test_each_part_of_expected_changes_the_hash() -> None:
    parts: list[dict[str, Any]] = [
        {},
        {"answer": "x"},
        {"answer": ("x",)},
        {"must_include": ("x",)},
        {"must_not_include": ("x",)},
        {"numbers": (NumberExpectation(1),)},
        {"numbers": (NumberExpectation(1, tolerance=1),)},
        {"numbers": (NumberExpectation(1, relative=1),)},
        {"numbers": (NumberExpectation(1, label="x"),)},
        {"json": "x"},
        {"tools": ()},
        {"tools": (ToolExpectation("x"),)},
        {"tools": (ToolExpectation("x", {}),)},
        {"tool_order": "exact"},
        {"rubric": "x"},
    ]
    assert len({case_hash(Case("a", 1, expected=Expected(**part))) for part in parts}) == len(parts)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), ([0, 10**16], [-0.0, 1e16]), ({"a": 1, "b": 2.0}, {"b": 2, "a": 1.0}), (2, 2.0), ([1, [2.0]], (1.0, (2,)))],
)
def test_equal_values_spelled_differently_hash_equally(one: Any, other: Any) -> None:
    assert case_hash(Case("a", one)) == case_hash(Case("a", other))


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (1, "1"), ("", None), ([], {}), (1.5, 1), (None, "null"), ("1.0", "1"), (2**53, 2**53 + 1)]
)
def test_different_values_hash_differently(one: Any, other: Any) -> None:
    assert case_hash(Case("a", one)) != case_hash(Case("a", other))


@given(JSON)
def test_key_order_and_spelling_of_whole_numbers_never_matter(value: Any) -> None:
    assert case_hash(Case("a", _respelled(value))) == case_hash(Case("a", value))


def _respelled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _respelled(item) for key, item in reversed(value.items())}
    if isinstance(value, list):
        return [_respelled(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and int(float(value)) == value:
        return float(value)
    return value


def test_what_is_no_json_value_is_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        case_hash(Case("a", {1, 2}))
    with pytest.raises(ValueError, match="not JSON compliant"):
        case_hash(Case("a", float("nan")))


def _fingerprint(pairs: list[tuple[str, str]]) -> str:
    fingerprint = Fingerprint()
    for case_id, content_hash in pairs:
        fingerprint.add(case_id, content_hash)
    return fingerprint.hexdigest()


def test_the_fingerprint_does_not_depend_on_order() -> None:
    pairs = [(f"c{i}", f"{i:032x}") for i in range(100)]
    shuffled = random.Random(1).sample(pairs, len(pairs))
    assert _fingerprint(shuffled) == _fingerprint(pairs)


def test_the_fingerprint_tells_cases_ids_and_counts_apart() -> None:
    variants: list[list[tuple[str, str]]] = [
        [],
        [("a", "0")],
        [("b", "0")],
        [("a", "1")],
        [("a", "0"), ("b", "1")],
        [("a", "1"), ("b", "0")],
        [("a", "0"), ("a", "0")],
    ]
    assert len({_fingerprint(pairs) for pairs in variants}) == len(variants)


def test_the_hash_of_a_case_stays_what_it_was_in_earlier_releases() -> None:
    assert case_hash(Case("a", "What is 2 + 2?", expected=Expected(answer="4"))) == "b86a5a97a93cec2d70fe6714c9cdeda9"
