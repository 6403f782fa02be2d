"""From a raw value to a `Case`: quickly where it is plainly valid, with every problem named where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from goldfinch.core.datasets import codes
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.limits import MAX_TRIALS, MAX_WEIGHT
from goldfinch.core.datasets.validation import CASE_KEYS, EXPECTED_KEYS, is_case_id, problems_of
from goldfinch.core.errors import Problem

_CASE_KEYS = CASE_KEYS.keys()
_EXPECTED_KEYS = EXPECTED_KEYS.keys()


def careful_case(raw: Any, where: str) -> tuple[Case | None, tuple[Problem, ...]]:
    """The case, or everything that is wrong with it. `where` is its place, `file:line`."""
    problems = problems_of(raw, where=where)
    if problems:
        return None, problems
    try:
        return msgspec.convert(raw, Case), ()
    except msgspec.ValidationError as error:
        return None, (Problem(str(error), where, "see the table of keys in the dataset guide", codes.WRONG_TYPE),)


def quick_case(raw: Any) -> Case | None:
    """The case where a few checks prove it valid; None where `careful_case` has to look (numbers, tools, budget, safety, anything wrong).

    `raw` comes from a reader, and readers give cases, or JSON values within the limits only.
    """
    if type(raw) is Case:
        return raw
    if type(raw) is not dict or not raw.keys() <= _CASE_KEYS or "budget" in raw or "safety" in raw:
        return None
    expected = raw.get("expected")
    if type(expected) is dict and (not expected.keys() <= _EXPECTED_KEYS or "numbers" in expected or "tools" in expected):
        return None
    try:
        case = msgspec.convert(raw, Case)
    except msgspec.ValidationError:
        return None
    if case.tags and len(set(case.tags)) < len(case.tags):
        return None
    is_sound = is_case_id(case.id) and 0.0 < case.weight <= MAX_WEIGHT and (case.trials is None or 1 <= case.trials <= MAX_TRIALS)
    return case if is_sound else None


def with_defaults(raw: Any, defaults: Mapping[str, Any]) -> Any:
    """`raw` with the folder's defaults put under it: the case's own value wins; objects but `input` and `context` merge key by key."""
    if not isinstance(raw, dict):
        return raw
    merged = {**defaults, **raw}
    for key in ("expected", "budget", "safety", "metadata"):
        own, default = raw.get(key), defaults.get(key)
        if isinstance(own, dict) and isinstance(default, dict):
            merged[key] = {**default, **own}
    return merged
