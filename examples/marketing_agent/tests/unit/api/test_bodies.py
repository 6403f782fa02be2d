from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.api.bodies import fault_in, parse
from src.api.problems import Problem

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "description": JSON,
        "complexity": JSON | st.sampled_from(["low", "high"]),
        "context": JSON,
        "session_id": JSON,
        "stream": JSON,
        "x": JSON,
    },
)


ANY_SPEED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""


def refused(raw: bytes) -> Problem | None:
    try:
        parse(raw, 32)
    except Problem as problem:
        return problem
    return None


@ANY_SPEED
@given(st.binary())
def test_any_bytes_are_a_task_or_a_clients_mistake(raw: bytes) -> None:
    problem = refused(raw)
    assert problem is None or (problem.status in (400, 422) and "\n" not in problem.detail)


@ANY_SPEED
@given(BODIES)
def test_any_json_is_a_task_or_a_clients_mistake(body: dict[str, Any]) -> None:
    problem = refused(json.dumps(body).encode())
    assert problem is None or (problem.status in (400, 422) and "\n" not in problem.detail)
    if problem is None:
        assert body["description"].strip()


@pytest.mark.parametrize(
    "raw", [b'{"description": "\\ud800"}', b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"", b"NaN", b"9" * 10_000, b"\xef\xbb\xbf{}"]
)
def test_hostile_json_is_400(raw: bytes) -> None:
    problem = refused(raw)
    assert problem is not None
    assert problem.status == 400


@pytest.mark.parametrize("number", ["1e999", "-1e999", "99999999999999999999", "-99999999999999999999"])
def test_numbers_that_readers_do_not_agree_on_are_422(number: str) -> None:
    problem = refused(b'{"description": "x", "context": {"n": [%s]}}' % number.encode())
    assert problem is not None
    assert (problem.status, problem.detail) == (422, "context.n.0: a number out of range")


def test_nesting_is_allowed_up_to_the_limit() -> None:
    assert fault_in([[[1]]], 3) is None
    assert fault_in([[[1]]], 2) == ("0.0", "nested deeper than 2 levels")


def test_many_mistakes_are_counted_and_the_first_ones_listed() -> None:
    problem = refused(json.dumps({str(n): 1 for n in range(100)}).encode())
    assert problem is not None
    assert problem.detail.endswith("(and 100 more)")
    assert len(problem.members["errors"]) == 20


def test_a_long_key_is_cut() -> None:
    problem = refused(json.dumps({"description": "x", "k" * 5000: 1}).encode())
    assert problem is not None
    assert len(problem.detail) < 200
