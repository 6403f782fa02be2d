"""What an answer may rest on: the tools' results, the account's overview, what the user said. Paths and formulas into it are resolved here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from math import isfinite
from typing import Any

from src.domain import Observation, Recollection, Task

FRACTIONS = frozenset({"relative_change", "expected_gain", "max_change", "confidence", "share"})
"""Fields of results that are fractions of one; an answer tells them in percent."""

OVERVIEW = "describe_data"
"""The tool whose result is about the whole account."""

_FORMULA = re.compile(r"(difference|sum|ratio|change|count)\((.*)\)")
_NEXT_PATH = re.compile(r",\s*(?=(?:s\d+|account|memory)\.)")
_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_MORE_DAYS = re.compile(r"\b(?:from|since|to) \d{4}-\d{2}-\d{2}|\band (?:in )?\d+ more\b")
"""In a warning about later days than those that it names first."""
_LONGEST_NAME = 300
_WITHOUT_TEXT = frozenset({int, float, bool, type(None)})
"""Most of all values of a result."""
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

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of the steps' results, each once, in order. Those of the overview are about more than the question, also where a plan
        names it as a step."""
        return tuple(dict.fromkeys(warning for _, warning in self._warned()))

    @cached_property
    def warnings_of_asked_days(self) -> tuple[str, ...]:
        """`warnings` without those that are only about other days than the plan asked for: a step without dates looks at the whole
        account, also where the question is about a week of it. All of them where no step has dates."""
        asked = [days for seen in self.observations for days in _asked_days(seen.arguments)]
        told = (warning for seen, warning in self._warned() if not asked or _asked_days(seen.arguments) or _touches(warning, asked))
        return tuple(dict.fromkeys(told))

    def _warned(self) -> Iterator[tuple[Observation, str]]:
        about_it = (seen for seen in self.observations if seen.tool != OVERVIEW)
        return ((seen, str(warning)) for seen in about_it for warning in (seen.result or {}).get("warnings") or ())

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Texts of the material that contain a digit, longest first: quoting one is no claim."""
        asked = (text for seen in self.observations for text in texts_of(seen.arguments))
        facts = texts_of(self.roots["memory"])
        found = {text for text in (*self.data_texts, *asked, *facts) if _is_name(text)}
        return tuple(sorted(found, key=lambda text: (-len(text), text)))

    @cached_property
    def data_texts(self) -> tuple[str, ...]:
        """Every text of the account and of the results, once."""
        results = (seen.result for seen in self.observations if seen.result is not self.account)
        return tuple(dict.fromkeys(text for content in (self.account, *results) for text in texts_of(content)))

    @cached_property
    def counts(self) -> frozenset[int]:
        """How long the lists and date ranges of the material are: what "3 campaigns" and "7 days" may say."""
        return frozenset(_counts({**self.roots, "arguments": [seen.arguments for seen in self.observations]}))

    def said_texts(self) -> tuple[str, ...]:
        """What the user said, now and before, facts, warnings, failures, remarks: numbers in them may be repeated."""
        earlier = (turn.question for turn in self.memory.turns)
        facts = (str(fact.value) for fact in self.memory.facts)
        failures = (seen.error for seen in self.observations if seen.error)
        return (self.task.description, *earlier, *facts, *failures, *self.warnings, *self.remarks)


def _asked_days(arguments: Mapping[str, Any]) -> list[tuple[str, str]]:
    """First and last day, as ISO dates, of the periods that a call names; one that is left out is open."""
    periods = [arguments, *(arguments[side] for side in ("a", "b") if isinstance(arguments.get(side), Mapping))]
    return [
        (str(period.get("start") or ""), str(period.get("end") or "9999")) for period in periods if period.get("start") or period.get("end")
    ]


def _touches(warning: str, asked: Sequence[tuple[str, str]]) -> bool:
    """Whether a warning is about one of the `asked` days, or about no day in particular."""
    days = _DAY.findall(warning)
    lasts = _MORE_DAYS.search(warning) is not None
    return not days or any(day <= end and (lasts or start <= day) for day in days for start, end in asked)


def texts_of(value: Any) -> list[str]:
    """Every text in `value`, keys of mappings among them, up to a length that a name or remark has; in order."""
    found: list[str] = []
    waiting = [value]
    while waiting:  # no recursion: results hold thousands of values, and every answer is checked against them
        content = waiting.pop()
        if isinstance(content, str):
            if len(content) <= _LONGEST_NAME:
                found.append(content)
        elif isinstance(content, dict) or isinstance(content, Mapping):  # noqa: SIM101 - the check of a class alone is ten times as fast
            for key, inner in reversed(list(content.items())):
                if type(inner) not in _WITHOUT_TEXT:
                    waiting.append(inner)
                waiting.append(str(key))
        elif isinstance(content, list) or isinstance(content, Sequence):  # noqa: SIM101
            waiting.extend(inner for inner in reversed(content) if type(inner) not in _WITHOUT_TEXT)
    return found


@lru_cache(maxsize=8192)
def _is_name(text: str) -> bool:
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))


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
