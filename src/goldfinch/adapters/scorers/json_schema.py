"""JSON Schema. The schema is compiled once; nothing is ever fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, ClassVar

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import NoJson, answer_json
from goldfinch.core.scoring.evidence import one_line
from goldfinch.core.scoring.score import Score

_MOST_ERRORS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonSchema:
    """1 where the answer is JSON that the schema accepts, else 0.

    It lies where the schema says too little: without `required` and `additionalProperties: false` an empty object passes. `format` is
    checked with `check_formats` only. Source: JSON Schema, draft 2020-12 unless `$schema` names another.
    """

    version: ClassVar[str] = "1"
    schema: Mapping[str, Any]
    name: str = "json_schema"
    check_formats: bool = False
    _validator: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_validator", _compile(dict(self.schema), check_formats=self.check_formats))

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return _rebuild, (self.schema, self.name, self.check_formats)

    def score(self, case: Case, output: Output) -> Score | None:  # noqa: ARG002 - the schema belongs to the metric
        try:
            answer = answer_json(output)
        except NoJson as error:
            return Score(0.0, str(error))
        try:
            errors = list(islice(self._validator.iter_errors(answer), _MOST_ERRORS))
        except RecursionError:
            return Score(0.0, "the answer is nested too deeply to check")
        if not errors:
            return Score(1.0, "valid")
        worst = best_match(errors)
        return Score(0.0, one_line(f"{worst.json_path}: {worst.message}"), {"errors": [f"{e.json_path}: {e.message}" for e in errors]})


def _rebuild(schema: Mapping[str, Any], name: str, check_formats: bool) -> JsonSchema:
    return JsonSchema(schema=schema, name=name, check_formats=check_formats)


def _compile(schema: dict[str, Any], *, check_formats: bool) -> Any:
    """A validator for `schema`. Raises `ValueError` for what is no schema or refers to anything outside of itself."""
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"schema is no JSON Schema: {error.json_path}: {error.message}") from error
    _check_references(schema)
    return kind(schema, registry=Registry(), format_checker=kind.FORMAT_CHECKER if check_formats else None)


def _check_references(schema: dict[str, Any]) -> None:
    base = str(schema.get("$id", ""))
    resolver = Registry().with_resource(base, DRAFT202012.create_resource(schema)).resolver(base)
    for reference in _references(schema):
        try:
            resolver.lookup(reference)
        except Unresolvable:
            message = f"schema refers to {reference!r}, which is not in it; schemas are never fetched, so copy it into `$defs`"
            raise ValueError(message) from None


def _references(value: Any) -> Iterator[str]:
    """Every `$ref` in the schema. Text in `const`, `enum`, `default` and `examples` is data."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "$ref" and isinstance(item, str):
                yield item
            elif key not in ("const", "enum", "default", "examples"):
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
