"""From the reply of a judge to its verdict. A reply that leaves any doubt is unreadable: nothing is guessed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from goldfinch.core.output import Output
from goldfinch.core.scoring.evidence import one_line, quoted

READING_VERSION = "1"
"""Part of the judge's version: change it when the same reply could be read differently."""

_FENCED = re.compile(r"\A```(?:json)?\s*\n(.*?)\n?\s*```\Z", re.DOTALL | re.IGNORECASE)
_REFUSAL = re.compile(
    r"\A\W*(?:i['’]?m (?:very )?sorry|sorry|i apologi[sz]e|i (?:can ?not|can['’]t|am unable|am not able|won['’]t|will not)|as an ai)\b",
    re.IGNORECASE,
)
_LONGEST_REPLY = 20_000


class Why(StrEnum):
    """Why a reply is no verdict."""

    FAILED = "the judge gave no reply"
    TRUNCATED = "the reply was cut off at max_tokens"
    REFUSED = "the judge refused"
    EMPTY = "the reply is empty"
    NOT_JSON = "the reply is not JSON"
    EXTRA_TEXT = "there is text beside the JSON object"
    NOT_AN_OBJECT = "the reply is no JSON object"
    MISSING_FIELD = "a field is missing"
    OUT_OF_RANGE = "the verdict is not on the scale"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A reply that is no verdict."""

    why: Why
    detail: str = ""

    def __str__(self) -> str:
        return one_line(f"{self.why}: {self.detail}" if self.detail else str(self.why))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one reply says: a level of the rubric, counted from 1, and why."""

    level: int
    reason: str


class Choice(StrEnum):
    """The better one of two answers, as they were shown."""

    A = "A"
    B = "B"
    TIE = "tie"


@dataclass(frozen=True, slots=True)
class Preference:
    """What one reply says of two answers."""

    choice: Choice
    reason: str


def verdict_schema(levels: int) -> dict[str, Any]:
    """The JSON Schema of a verdict, in the part of the language that structured outputs of all providers know."""
    return _schema("score", {"type": "integer", "enum": list(range(1, levels + 1))})


def preference_schema() -> dict[str, Any]:
    """The JSON Schema of a preference."""
    return _schema("better", {"type": "string", "enum": [choice.value for choice in Choice]})


def _schema(field: str, values: dict[str, Any]) -> dict[str, Any]:
    properties = {"reason": {"type": "string"}, field: values}
    return {"type": "object", "properties": properties, "required": ["reason", field], "additionalProperties": False}


def read_verdict(output: Output, levels: int) -> Verdict | Unreadable:
    """Read a verdict on a scale of `levels`."""
    found = _object_of(output, "score")
    if isinstance(found, Unreadable):
        return found
    level = found["score"]
    if isinstance(level, bool) or not isinstance(level, int | float) or level not in range(1, levels + 1):
        return Unreadable(Why.OUT_OF_RANGE, f"score is {_shown(level)}, not a whole number from 1 to {levels}")
    return Verdict(int(level), _reason(found))


def read_preference(output: Output) -> Preference | Unreadable:
    """Read which of two answers is better."""
    found = _object_of(output, "better")
    if isinstance(found, Unreadable):
        return found
    better = found["better"]
    if better not in tuple(Choice):
        return Unreadable(Why.OUT_OF_RANGE, f"better is {_shown(better)}, not A, B or tie")
    return Preference(Choice(better), _reason(found))


def _object_of(output: Output, field: str) -> dict[str, Any] | Unreadable:
    """The one JSON object that the reply is, with `field` in it."""
    if (hindrance := _hindrance(output)) is not None:
        return hindrance
    found = output.data if output.text is None else _parsed(output.text)
    if isinstance(found, Unreadable):
        return found
    if not isinstance(found, dict):
        return Unreadable(Why.NOT_AN_OBJECT, _shown(found))
    missing = [name for name in ("reason", field) if name not in found]
    return Unreadable(Why.MISSING_FIELD, ", ".join(missing)) if missing else found


def _hindrance(output: Output) -> Unreadable | None:
    """What makes a reply unreadable whatever it says."""
    if output.finish_reason == "length":
        return Unreadable(Why.TRUNCATED)
    if output.finish_reason == "content_filter":
        return Unreadable(Why.REFUSED, "its content filter stopped it")
    if output.failure is not None:
        return Unreadable(Why.FAILED, f"{output.failure.kind}: {output.failure.message}")
    if not (output.text or "").strip() and output.data is None:
        return Unreadable(Why.EMPTY)
    return None


def _parsed(text: str) -> Any:
    """The JSON that `text` is, a fence around it taken off; `Unreadable` where it is none, or is not alone."""
    text = text.strip()
    if len(text) > _LONGEST_REPLY:
        return Unreadable(Why.NOT_JSON, f"{len(text):,} characters")
    inner = fenced[1].strip() if (fenced := _FENCED.match(text)) else text
    try:
        return json.loads(inner, object_pairs_hook=_without_repeats, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        if _REFUSAL.match(text):
            return Unreadable(Why.REFUSED, quoted(text))
        why = Why.EXTRA_TEXT if "{" in inner and "}" in inner and not inner.startswith("{") else _why_broken(inner)
        return Unreadable(why, f"{quoted(text)} ({error})")


def _why_broken(inner: str) -> Why:
    try:
        _, end = json.JSONDecoder().raw_decode(inner)
    except (ValueError, RecursionError):
        return Why.NOT_JSON
    return Why.EXTRA_TEXT if end < len(inner) else Why.NOT_JSON


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object that states two scores has stated none."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _reason(found: dict[str, Any]) -> str:
    reason = found["reason"]
    return one_line(reason if isinstance(reason, str) else _shown(reason))


def _shown(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else repr(value)[:80]
