from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from goldfinch.adapters.files.case_schema import case_schema
from goldfinch.core.datasets.validation import problems_of


@pytest.mark.parametrize(
    ("keys", "valid"),
    [
        ({}, True),
        (
            {"expected": {"answer": ["a", "b"], "numbers": [{"value": 1, "tolerance": 0.5}], "tools": [{"name": "t"}], "json": {"k": 1}}},
            True,
        ),
        ({"weight": 0.5, "trials": 1, "tags": ["x"], "critical": True, "budget": {"steps": 3}, "metadata": {"k": [1]}}, True),
        ({"id": "../x"}, False),
        ({"owner": "x"}, False),
        ({"weight": 0}, False),
        ({"trials": 0}, False),
        ({"expected": {"anwser": "x"}}, False),
        ({"expected": {"numbers": [{"value": 1, "tolerance": -1}]}}, False),
        ({"expected": {"numbers": [{}]}}, False),
        ({"budget": {"tokens": -1}}, False),
    ],
)
def test_schema_and_validation_agree(keys: dict[str, Any], valid: bool) -> None:
    raw = {"id": "a", "input": "x", **keys}
    Draft202012Validator.check_schema(case_schema())
    assert Draft202012Validator(case_schema()).is_valid(raw) is valid
    assert (not problems_of(raw)) is valid
