"""The JSON Schema scorer: validity, its refusal to fetch, hostile answers."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from goldfinch.adapters.scorers.json_schema import JsonSchema
from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output

CASE = Case("c", "q")
SCHEMA = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"$ref": "#/$defs/id"}, "mail": {"type": "string", "format": "date"}},
    "$defs": {"id": {"type": "integer"}},
}


def value(scorer: JsonSchema, output: Output) -> float:
    score = scorer.score(CASE, output)
    assert score is not None
    return score.value


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (Output(data={"id": 1}), 1.0),
        (Output(text='```json\n{"id": 1}\n```'), 1.0),
        (Output(data={"id": "1"}), 0.0),
        (Output(data={}), 0.0),
        (Output(text="no json"), 0.0),
        (Output(), 0.0),
    ],
)
def test_scores_validity(output: Output, expected: float) -> None:
    assert value(JsonSchema(schema=SCHEMA), output) == expected


def test_says_where_the_answer_is_wrong() -> None:
    score = JsonSchema(schema=SCHEMA).score(CASE, Output(data={"id": "one"}))
    assert score is not None
    assert score.reason == "$.id: 'one' is not of type 'integer'"


def test_checks_formats_when_told() -> None:
    output = Output(data={"id": 1, "mail": "not a date"})
    assert value(JsonSchema(schema=SCHEMA), output) == 1.0
    assert value(JsonSchema(schema=SCHEMA, check_formats=True), output) == 0.0


@pytest.mark.parametrize("reference", ["https://example.com/schema.json", "file:///etc/passwd", "#/$defs/absent", "other.json"])
def test_refuses_references_that_are_not_in_the_schema(reference: str) -> None:
    with pytest.raises(ValueError, match="schemas are never fetched"):
        JsonSchema(schema={"properties": {"a": {"items": {"$ref": reference}}}})


def test_data_in_a_schema_is_no_reference() -> None:
    assert value(JsonSchema(schema={"const": {"$ref": "x"}}), Output(data={"$ref": "x"})) == 1.0


@pytest.mark.parametrize("schema", [{"type": "nothing"}, {"minimum": "low"}])
def test_refuses_what_is_no_schema(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no JSON Schema"):
        JsonSchema(schema=schema)


def test_an_answer_nested_beyond_reason_scores_zero() -> None:
    deep: Any = {}
    for _ in range(100_000):
        deep = {"next": deep}
    recursive = JsonSchema(schema={"properties": {"next": {"$ref": "#"}}})
    score = recursive.score(CASE, Output(data=deep))
    assert score is not None
    assert (score.value, score.reason) == (0.0, "the answer is nested too deeply to check")


def test_can_be_sent_to_another_process() -> None:
    scorer = JsonSchema(schema=SCHEMA)
    assert value(pickle.loads(pickle.dumps(scorer)), Output(data={"id": 1})) == 1.0
