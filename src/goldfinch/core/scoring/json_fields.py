"""The fields of a structured answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import NoJson, answer_json
from goldfinch.core.scoring.evidence import listed
from goldfinch.core.scoring.json_values import is_list, leaf_count, leaves_equal
from goldfinch.core.scoring.score import Score

_ABSENT = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFields:
    """The share of leaves of `expected.json` that the answer has, at the same place and with an equal value.

    Leaves are scalars and empty objects or lists. Items that a list has too many count against it; further keys of an object do only
    with `count_extra_keys`. It lies where order in a list does not matter (use `set_f1`) and where large fields drown the one that
    matters. Source: our own; the `JSONDiff` scorer of autoevals has the same purpose.
    """

    version: ClassVar[str] = "1"
    name: str = "json_fields"
    tolerance: float = 0.0
    relative: float = 0.0
    ignore_case: bool = False
    count_extra_keys: bool = False

    def score(self, case: Case, output: Output) -> Score | None:
        expected = case.expected.json
        if expected is None:
            return None
        try:
            actual = answer_json(output)
        except NoJson as error:
            return Score(0.0, str(error))
        leaves = list(self._compare(expected, actual, "$"))
        wrong = [path for path, equal in leaves if not equal]
        right = len(leaves) - len(wrong)
        if not wrong:
            return Score(1.0, f"all {right} fields equal")
        return Score(right / len(leaves), f"{right} of {len(leaves)} fields equal; not {listed(wrong)}", {"different": wrong})

    def _compare(self, expected: Any, actual: Any, path: str) -> Iterator[tuple[str, bool]]:
        """Every leaf with its path, and whether it is equal."""
        if isinstance(expected, Mapping) and expected:
            given = actual if isinstance(actual, Mapping) else {}
            for key, value in expected.items():
                yield from self._compare(value, given.get(key, _ABSENT), f"{path}.{key}")
            if self.count_extra_keys:
                yield from _extra((f"{path}.{key}", value) for key, value in given.items() if key not in expected)
        elif is_list(expected) and expected:
            items = actual if is_list(actual) else ()
            for index, value in enumerate(expected):
                yield from self._compare(value, items[index] if index < len(items) else _ABSENT, f"{path}[{index}]")
            yield from _extra((f"{path}[{index}]", items[index]) for index in range(len(expected), len(items)))
        else:
            yield path, self._equal(expected, actual)

    def _equal(self, expected: Any, actual: Any) -> bool:
        if isinstance(expected, Mapping):
            return isinstance(actual, Mapping) and not (self.count_extra_keys and actual)
        if is_list(expected):
            return is_list(actual) and not actual
        if self.ignore_case and isinstance(expected, str) and isinstance(actual, str):
            return expected.casefold() == actual.casefold()
        return leaves_equal(expected, actual, tolerance=self.tolerance, relative=self.relative)


def _extra(additions: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, bool]]:
    for path, value in additions:
        for _ in range(leaf_count(value)):
            yield path, False
