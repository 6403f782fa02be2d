"""Whether a value is what JSON can say: finite numbers, text keys, bounded depth and size."""

from __future__ import annotations

import math
from typing import Any

from goldfinch.core.datasets.limits import MAX_DEPTH, MAX_INT_BITS, MAX_NODES


class NotJson(ValueError):
    """`path` leads to the value inside the one that was asked about; `out_of_range` tells a number from a type."""

    def __init__(self, path: str, what: str, *, out_of_range: bool = False) -> None:
        super().__init__(what)
        self.path = path
        self.what = what
        self.out_of_range = out_of_range


def name_of_type(value: object) -> str:
    """How a person who writes JSON, YAML or CSV calls the type of `value`, with the value where it is short."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"number {value:.6g}" if isinstance(value, float) or value.bit_length() < 64 else "a huge number"
    if isinstance(value, str):
        return f"text {value!r}" if len(value) <= 40 else f"text {value[:37]!r}..."
    if isinstance(value, list | tuple):
        return "a list"
    return "an object" if isinstance(value, dict) else f"a {type(value).__name__}"


def require_json(value: Any) -> None:
    """Raise `NotJson` at the first value below `value` that JSON cannot say or that passes a limit."""
    _Inspection().visit(value, "", 0)


class _Inspection:
    def __init__(self) -> None:
        self.nodes = 0

    def visit(self, value: Any, path: str, depth: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise NotJson("", f"holds more than {MAX_NODES} values", out_of_range=True)
        if depth > MAX_DEPTH:
            raise NotJson("", f"is nested deeper than {MAX_DEPTH} levels", out_of_range=True)
        if isinstance(value, dict):
            self._visit_object(value, path, depth)
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                self.visit(item, f"{path}[{index}]", depth + 1)
        else:
            _require_scalar(value, path)

    def _visit_object(self, value: dict[Any, Any], path: str, depth: int) -> None:
        for key, item in value.items():
            if not isinstance(key, str):
                raise NotJson(path, f"has the key {key!r}; keys must be text")
            _require_scalar(key, path)
            self.visit(item, f"{path}.{key}", depth + 1)


def _require_scalar(value: Any, path: str) -> None:
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise NotJson(path, "holds half of a surrogate pair, which is no text")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise NotJson(path, "must be a finite number; NaN and infinity say nothing", out_of_range=True)
    elif isinstance(value, int):
        if value.bit_length() > MAX_INT_BITS:
            raise NotJson(path, "is too large a number", out_of_range=True)
    elif value is not None:
        raise NotJson(path, f"must be a JSON value, found {name_of_type(value)}")
