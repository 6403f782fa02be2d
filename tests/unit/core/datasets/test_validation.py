from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from goldfinch.core.datasets import codes, validation
from goldfinch.core.datasets.case import Case, CaseBudget, Expected, NumberExpectation, ToolExpectation
from goldfinch.core.datasets.limits import MAX_DEPTH, MAX_NODES
from goldfinch.core.datasets.validation import is_case_id, problems_of, problems_of_defaults


def _problems(**keys: Any) -> list[tuple[str, str]]:
    return [(problem.code, str(problem)) for problem in problems_of({"id": "a", "input": "x", **keys}, where="f.jsonl:3")]


def test_a_full_case_is_fine() -> None:
    case = Case(
        "a",
        {"q": [1, None]},
        context="c",
        expected=Expected(
            ("x", "y"), ("i",), ("n",), (NumberExpectation(1, 0, 0.1, "l"),), {"k": 1}, (ToolExpectation("t", {}),), "exact", "r"
        ),
        tags=("t",),
        weight=0.5,
        critical=True,
        trials=3,
        budget=CaseBudget(0.1, 100, 5, 1000.0),
        metadata={"m": [1]},
    )
    assert problems_of(case) == ()


@pytest.mark.parametrize(
    ("known", "shape"),
    [
        (validation.CASE_KEYS, Case),
        (validation.EXPECTED_KEYS, Expected),
        (validation.BUDGET_KEYS, CaseBudget),
        (validation.NUMBER_KEYS, NumberExpectation),
        (validation.TOOL_KEYS, ToolExpectation),
    ],
)
def test_the_known_keys_are_the_fields_of_the_case(known: dict[str, object], shape: Any) -> None:
    assert set(known) == {field.name for field in fields(shape)}


@pytest.mark.parametrize(
    ("keys", "code", "message"),
    [
        ({"expcted": {}}, codes.UNKNOWN_KEY, "`expcted` is not a known key; did you mean `expected`?"),
        ({"question": "x"}, codes.UNKNOWN_KEY, "`question` is not a known key; write `input`"),
        ({"expected_output": "x"}, codes.UNKNOWN_KEY, "`expected_output` is not a known key; write `expected.answer`"),
        ({"expected": "x"}, codes.WRONG_TYPE, "found text 'x'; such as {answer: …}"),
        ({"owner": "me"}, codes.UNKNOWN_KEY, "`owner` is not a known key; your own keys go under `metadata`"),
        ({"expected": {"must_inclde": []}}, codes.UNKNOWN_KEY, "`expected.must_inclde` is not a known key; did you mean `must_include`?"),
        ({"budget": {"step": 1}}, codes.UNKNOWN_KEY, "`budget.step` is not a known key; did you mean `steps`?"),
        (
            {"expected": {"tools": [{"name": "t", "args": {}}]}},
            codes.UNKNOWN_KEY,
            "`expected.tools[0].args` is not a known key; did you mean",
        ),
        ({"expected": {"tools": [{}]}}, codes.MISSING_KEY, "`expected.tools[0].name` is missing"),
        ({"expected": {"numbers": [{}]}}, codes.MISSING_KEY, "`expected.numbers[0].value` is missing"),
        ({"expected": {"numbers": [{"value": "3"}]}}, codes.WRONG_TYPE, "must be a number, found text '3'"),
        (
            {"expected": {"numbers": [{"value": 3, "tolerance": -1}]}},
            codes.OUT_OF_RANGE,
            "`expected.numbers[0].tolerance` must be a finite",
        ),
        ({"expected": {"answer": 4}}, codes.WRONG_TYPE, "`expected.answer` must be text, found number 4; put it in quotes"),
        ({"expected": {"must_include": "x"}}, codes.WRONG_TYPE, "must be a list of texts, found text 'x'; put it in [ ]"),
        ({"expected": {"must_include": ["x", 1]}}, codes.WRONG_TYPE, "`expected.must_include[1]` must be text, found number 1"),
        ({"tags": ["eu", "vip", "eu"]}, codes.DUPLICATE_TAG, "`tags[2]` repeats 'eu'; remove it: `tags[0]` is the same"),
        ({"expected": {"tool_order": "any"}}, codes.WRONG_TYPE, "must be one of exact, in_order, any_order, subset, found text 'any'"),
        ({"expected": None}, codes.WRONG_TYPE, "`expected` must be an object, found null"),
        ({"weight": 0}, codes.OUT_OF_RANGE, "`weight` must be a finite number above 0, found number 0"),
        ({"weight": float("nan")}, codes.OUT_OF_RANGE, "found number nan"),
        ({"weight": float("inf")}, codes.OUT_OF_RANGE, "found number inf"),
        ({"weight": 10**400}, codes.OUT_OF_RANGE, "found a huge number"),
        ({"weight": True}, codes.WRONG_TYPE, "`weight` must be a number above 0, found true"),
        ({"trials": 0}, codes.OUT_OF_RANGE, "`trials` must be a whole number of at least 1"),
        ({"trials": 1.5}, codes.WRONG_TYPE, "`trials` must be a whole number of at least 1, found number 1.5"),
        ({"critical": "yes"}, codes.WRONG_TYPE, "`critical` must be true or false, found text 'yes'"),
        ({"tags": "a"}, codes.WRONG_TYPE, "`tags` must be a list of texts"),
        ({"metadata": []}, codes.WRONG_TYPE, "`metadata` must be an object, found a list"),
        ({"budget": {"cost_usd": -0.1}}, codes.OUT_OF_RANGE, "`budget.cost_usd` must be a finite number of at least 0"),
        ({"input": {"a": [1, float("nan")]}}, codes.OUT_OF_RANGE, "`input.a[1]` must be a finite number"),
        ({"input": {1: 2}}, codes.WRONG_TYPE, "`input` has the key 1; keys must be text"),
        ({"input": {1, 2}}, codes.WRONG_TYPE, "`input` must be a JSON value, found a set"),
        ({"input": 2**2000}, codes.OUT_OF_RANGE, "`input` is too large a number"),
        ({"input": "\ud800"}, codes.WRONG_TYPE, "half of a surrogate pair"),
        ({"input": [0] * MAX_NODES}, codes.OUT_OF_RANGE, "more than 100000 values"),
    ],
)
def test_says_what_is_wrong_where_and_what_to_do(keys: dict[str, Any], code: str, message: str) -> None:
    [(found, text)] = _problems(**keys)
    assert (found, text[:21]) == (code, "f.jsonl:3 (case a): `")
    assert message in text


def test_nesting_beyond_the_limit_is_refused_without_recursing_into_it() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    [(code, text)] = _problems(input=deep)
    assert code == codes.OUT_OF_RANGE
    assert f"deeper than {MAX_DEPTH} levels" in text


def test_every_problem_of_a_case_is_named() -> None:
    found = problems_of({"wieght": 1, "tags": [1, 2], "expected": {"answer": 1}})
    assert [problem.code for problem in found] == [
        codes.UNKNOWN_KEY,
        codes.WRONG_TYPE,
        codes.WRONG_TYPE,
        codes.WRONG_TYPE,
        codes.MISSING_KEY,
        codes.MISSING_KEY,
    ]


@pytest.mark.parametrize("raw", [None, 1, "text", [1], True])
def test_what_is_no_object_is_no_case(raw: object) -> None:
    [problem] = problems_of(raw)
    assert problem.what.startswith("a case must be an object, found ")


@pytest.mark.parametrize("good", ["a", "A9", "refund-eu-017", "v1.2_x", "con1", "console", "x" * 128, "0"])
def test_ids_that_can_be_file_names_are_taken(good: str) -> None:
    assert is_case_id(good)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        ".x",
        "-x",
        "_x",
        "../../x",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "CON",
        "con",
        "nul.txt",
        "COM1",
        "lpt9.a",
        "ü",
        "x" * 129,
        "a\n",
        "a b",
        "a.",
    ],
)
def test_ids_that_could_reach_elsewhere_are_refused(bad: str) -> None:
    [problem] = problems_of({"id": bad, "input": 1})
    assert problem.code == codes.BAD_ID
    assert problem.hint


def test_defaults_hold_no_id_and_no_input() -> None:
    found = problems_of_defaults({"id": "a", "input": 1, "weight": 2})
    assert [problem.what for problem in found] == ["`defaults.id` is not a known key", "`defaults.input` is not a known key"]


def test_every_code_is_explained_and_has_one_meaning() -> None:
    named = [value for name, value in vars(codes).items() if name.isupper() and isinstance(value, str)]
    assert len(named) == len(set(named))
    assert set(named) == set(codes.EXPLANATIONS)
