"""JSON values: reading them from text that a model wrote, and comparing them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NoReturn


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def parse_json(text: str) -> Any:
    """Strict JSON: NaN and Infinity are refused, and so is nesting too deep to read. Raises `ValueError`."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def canonical(value: Any) -> str:
    """One text for equal JSON values, whatever the order of their keys. Raises `TypeError` for what is not JSON."""
    return json.dumps(_with_plain_numbers(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _with_plain_numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): _with_plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_plain_numbers(item) for item in value]
    return value


def leaves_equal(expected: Any, actual: Any, *, tolerance: float = 0.0, relative: float = 0.0) -> bool:
    """Whether two scalars are equal: true is not 1, 1 is 1.0, and numbers may differ by the wider of both tolerances."""
    if _is_number(expected) and _is_number(actual):
        return numbers_equal(expected, actual, tolerance=tolerance, relative=relative)
    return type(expected) is type(actual) and bool(expected == actual)


def numbers_equal(expected: float, actual: float, *, tolerance: float = 0.0, relative: float = 0.0) -> bool:
    """Whether `actual` is within the wider of `tolerance` (absolute) and `relative` (fraction of `expected`). False for NaN and infinity.

    One part in 10^9 is added for the rounding of decimal fractions in binary.
    """
    try:
        expected, actual = float(expected), float(actual)
    except OverflowError:
        return expected == actual
    if not (isfinite(expected) and isfinite(actual)):
        return False
    rounding = 1e-9 * max(abs(expected), 1e-9)
    return abs(actual - expected) <= max(tolerance, relative * abs(expected)) + rounding


def values_equal(expected: Any, actual: Any) -> bool:
    """Whether two JSON values are equal, key by key and item by item."""
    if isinstance(expected, Mapping):
        return (
            isinstance(actual, Mapping) and expected.keys() == actual.keys() and all(values_equal(expected[k], actual[k]) for k in expected)
        )
    if is_list(expected):
        return is_list(actual) and len(expected) == len(actual) and all(map(values_equal, expected, actual))
    return leaves_equal(expected, actual)


def contains_value(expected: Any, actual: Any) -> bool:
    """Whether `actual` has everything that `expected` says: objects may have further keys, lists may not have further items."""
    if isinstance(expected, Mapping):
        return isinstance(actual, Mapping) and all(k in actual and contains_value(v, actual[k]) for k, v in expected.items())
    if is_list(expected):
        return is_list(actual) and len(expected) == len(actual) and all(map(contains_value, expected, actual))
    return leaves_equal(expected, actual)


def is_list(value: Any) -> bool:
    """Whether `value` is a JSON array; text is not."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def leaf_count(value: Any) -> int:
    """Scalars in `value`, an empty object or list counted as one. Iterative: `value` may be nested as deeply as a model likes."""
    count, stack = 0, [value]
    while stack:
        item = stack.pop()
        children = list(item.values()) if isinstance(item, Mapping) else list(item) if is_list(item) else []
        count += not children
        stack.extend(children)
    return count


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
