"""The JSON Schema of a case, for editors and for programs that write datasets."""

from __future__ import annotations

from typing import Any

import msgspec

from goldfinch.core.datasets.case import Case

_BOUNDS: dict[tuple[str, str], dict[str, Any]] = {
    ("Case", "id"): {"pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$"},
    ("Case", "weight"): {"exclusiveMinimum": 0},
    ("Case", "trials"): {"minimum": 1},
    ("NumberExpectation", "tolerance"): {"minimum": 0},
    ("NumberExpectation", "relative"): {"minimum": 0},
    ("CaseBudget", "cost_usd"): {"minimum": 0},
    ("CaseBudget", "tokens"): {"minimum": 0},
    ("CaseBudget", "steps"): {"minimum": 0},
    ("CaseBudget", "latency_ms"): {"minimum": 0},
}
"""What the types do not say; `core.datasets.validation` checks the same."""


def case_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one case, as `docs/schemas/case.schema.json` publishes it: one JSON line, one YAML list item."""
    schema = msgspec.json.schema(Case)
    definitions = schema["$defs"]
    for name, definition in definitions.items():
        definition["additionalProperties"] = False
        definition.pop("description", None)
        for key, value in definition["properties"].items():
            value.update(_BOUNDS.get((name, key), {}))
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "description": "One line of a .jsonl dataset or one item of a .yaml dataset. Meaning of the keys: docs/guides/datasets.md.",
        **definitions.pop("Case"),
        "title": "Goldfinch golden case",
        "$defs": definitions,
    }
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(schema))
    return plain
