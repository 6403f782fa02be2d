"""What an answer may rest on: the tools' results, the account's overview, what the user said. Paths and formulas into it are resolved here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from math import isfinite
from typing import Any

from src.domain import Observation, Recollection, Task

FRACTIONS = frozenset({"relative_change", "expected_gain", "max_change", "confidence", "share"})
"""Fields of results that are fractions of one; an answer tells them in percent."""

OVERVIEW = "describe_data"
"""The tool that tells of the whole account."""

_FORMULA = re.compile(r"(difference|sum|ratio|change|count)\((.*)\)")
_NEXT_PATH = re.compile(r",\s*(?=(?:s\d+|account|memory)\.)")
_LONGEST_NAME = 300
_ABSENT = object()


@dataclass(frozen=True)
class Evidence:
    """`observations` of this task, `account` as `describe_data` gave it, the task and what memory holds.

    A path starts with a step's id, `account` or `memory` and goes on with keys and list positions: `s1.groups.0.roas.value`. A key may
    itself contain dots.
    """

    task: Task
    observations: tuple[Observation, ...] = ()
    account: Mapping[str, Any] | None = None
    memory: Recollection = field(default_factory=Recollection)
    remarks: tuple[str, ...] = ()
    """What the agent has to tell of its own doing, such as steps that it left out."""

    @cached_property
    def roots(self) -> Mapping[str, Any]:
        results = {seen.step_id: seen.result for seen in self.observations if seen.result is not None}
        facts = {fact.key: fact.value for fact in self.memory.facts}
        return {"account": self.account or {}, "memory": {"facts": facts}, **results}

    def at(self, path: str) -> Any:
        """What stands at `path`. Raises `KeyError` where nothing does."""
        found = _at(self.roots, path.strip().split("."))
        if found is _ABSENT:
            raise KeyError(path)
        return found

    def number(self, source: str) -> float:
        """The number that `source`, a path or a formula of paths, gives. A measured ratio stands for its value.

        Formulas: `difference(a, b)` = a - b, `sum(a, b, …)`, `ratio(a, b)` = a / b, `change(a, b)` = (b - a) / |a|, `count(a)`.
        Raises `KeyError` where something is missing, is no number, or is divided by 0.
        """
        formula = _FORMULA.fullmatch(source.strip())
        if formula is None:
            return _number(self.at(source), source)
        name, paths = formula[1], _NEXT_PATH.split(formula[2])
        if name == "count":
            return _count(self.at(formula[2]), source)
        return _computed(name, [_number(self.at(path), path) for path in paths], source)

    def warnings(self) -> tuple[str, ...]:
        """Warnings of the steps' results, each once, in order. Those of the overview, also where a step asked for it, are about more than
        the question."""
        return tuple(dict.fromkeys(_warnings(seen for seen in self.observations if seen.tool != OVERVIEW)))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Texts of the material that contain a digit, longest first: quoting one is no claim."""
        others = [self.roots["memory"], *(seen.arguments for seen in self.observations)]
        found = {text for text in (*self.data_texts, *texts_of(others)) if _is_name_with_digit(text)}
        return tuple(sorted(found, key=lambda text: (-len(text), text)))

    @cached_property
    def data_texts(self) -> tuple[str, ...]:
        """Every text of the account and of the results, each once."""
        results = [seen.result for seen in self.observations if seen.result is not None and seen.result is not self.account]
        return tuple(dict.fromkeys(texts_of([self.account or {}, *results])))

    @cached_property
    def counts(self) -> frozenset[int]:
        """How long the lists and date ranges of the material are: what "3 campaigns" and "7 days" may say."""
        return frozenset(_counts({**self.roots, "arguments": [seen.arguments for seen in self.observations]}))

    def said_texts(self) -> tuple[str, ...]:
        """What the user said, now and before, facts, warnings, failures, remarks: numbers in them may be repeated."""
        earlier = (turn.question for turn in self.memory.turns)
        facts = (str(fact.value) for fact in self.memory.facts)
        failures = (seen.error for seen in self.observations if seen.error)
        return (self.task.description, *earlier, *facts, *failures, *_warnings(self.observations), *self.remarks)


def _warnings(observations: Iterable[Observation]) -> Iterator[str]:
    for seen in observations:
        yield from map(str, (seen.result or {}).get("warnings") or ())


@lru_cache(maxsize=8_192)
def _is_name_with_digit(text: str) -> bool:
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def texts_of(value: Any) -> list[str]:
    """Every text in `value`, keys of mappings among them, up to a length that a name or remark has."""
    found: list[str] = []
    _collect(value, found)
    return found


def _collect(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        if len(value) <= _LONGEST_NAME:
            found.append(value)
    elif isinstance(value, int | float) or value is None:  # most of all values: spared the slower checks below
        return
    elif isinstance(value, Mapping):
        for key, content in value.items():
            found.append(str(key))
            _collect(content, found)
    elif isinstance(value, Sequence):
        for content in value:
            _collect(content, found)


def _at(value: Any, keys: Sequence[str]) -> Any:
    if not keys:
        return value
    if isinstance(value, Mapping):
        for taken in range(1, len(keys) + 1):  # a campaign may be called "Search 2.0"
            key = ".".join(keys[:taken])
            if key in value and (found := _at(value[key], keys[taken:])) is not _ABSENT:
                return found
    elif isinstance(value, Sequence) and not isinstance(value, str) and keys[0].isdecimal() and int(keys[0]) < len(value):
        return _at(value[int(keys[0])], keys[1:])
    return _ABSENT


def _number(value: Any, source: str) -> float:
    if isinstance(value, Mapping):
        value = value.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise KeyError(f"{source} is no number")
    return float(value)


def _count(value: Any, source: str) -> float:
    if isinstance(value, Sequence | Mapping) and not isinstance(value, str):
        return float(len(value))
    raise KeyError(f"{source} cannot be counted")


def _computed(name: str, numbers: Sequence[float], source: str) -> float:
    if name == "sum":
        return sum(numbers)
    if len(numbers) != 2:
        raise KeyError(f"{source} takes two paths")
    first, second = numbers
    if name == "difference":
        return first - second
    divisor = second if name == "ratio" else abs(first)
    if divisor == 0:
        raise KeyError(f"{source} divides by 0")
    return (first if name == "ratio" else second - first) / divisor


def _counts(value: Any) -> Iterator[int]:
    if isinstance(value, Mapping):
        yield len(value)
        yield from _spans(value)
        for content in value.values():
            yield from _counts(content)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield len(value)
        for content in value:
            yield from _counts(content)


def _spans(value: Mapping[str, Any]) -> Iterator[int]:
    for name in ("days", "missing_days", "row_count"):
        if isinstance(value.get(name), int):
            yield value[name]
    for first, last in (("start", "end"), ("first_date", "last_date")):
        try:
            yield (date.fromisoformat(value[last]) - date.fromisoformat(value[first])).days + 1
        except (KeyError, TypeError, ValueError):
            continue
