"""An answer in the making: sentences, the claims of every number in them, caveats. Numbers come from observations and from nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from src.domain import Observation
from src.models.deterministic.lexicon import METRICS
from src.models.deterministic.quarantine import clean, shown

_NOT_REPORTED = re.compile(r"(?P<what>[\w ,:]+?)(?P<where> not reported \(empty cells\) on .+)$")
_MISSING_DAYS = re.compile(r"(?:[AB]: )?missing days\b.*?: ?(?P<days>\d{4}-.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Call:
    """One step of a plan: a tool call and the thought behind it."""

    thought: str
    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def step(self) -> dict[str, Any]:
        return {"thought": self.thought, "tool": self.tool, "arguments": dict(self.arguments)}


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a call; `result` is empty where nothing did."""

    call: Call
    step_id: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None

    @property
    def worked(self) -> bool:
        return bool(self.step_id) and self.error is None

    def at(self, *path: str | int) -> Any:
        """The value at a path of keys and indices; None where there is none."""
        value: Any = self.result
        for key in path:
            if isinstance(value, Mapping):
                value = value.get(str(key))
            elif isinstance(value, (list, tuple)) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                return None
        return value

    def rows(self, *path: str | int) -> list[Mapping[str, Any]]:
        found = self.at(*path)
        return [one for one in found if isinstance(one, Mapping)] if isinstance(found, (list, tuple)) else []

    def table(self) -> list[tuple[int, list[str | int], Any]]:
        """The rows of a query, each with its place and the keys of its cells; rows may be lists or objects."""
        rows = self.at("rows")
        found: list[tuple[int, list[str | int], Any]] = []
        for place, row in enumerate(rows if isinstance(rows, (list, tuple)) else ()):
            if isinstance(row, Mapping):
                found.append((place, list(row), row))
            elif isinstance(row, (list, tuple)):
                found.append((place, list(range(len(row))), row))
        return found

    def source(self, *path: str | int) -> str:
        return ".".join((self.step_id, *map(str, path)))


def match_observations(calls: Iterable[Call], observations: tuple[Observation, ...]) -> tuple[Seen, ...]:
    """Each call with its observation: the same tool and arguments, else the next unused one of the tool."""
    left = list(observations)
    found = []
    for call in calls:
        same = next((one for one in left if one.tool == call.tool and dict(one.arguments) == dict(call.arguments)), None)
        seen = same or next((one for one in left if one.tool == call.tool and call.tool == "describe_data"), None)
        if seen is None:
            found.append(Seen(call))
            continue
        left.remove(seen)
        found.append(Seen(call, seen.step_id, seen.result or {}, seen.error))
    return tuple(found)


@dataclass(slots=True)
class Draft:
    """The one mutable thing here: it is filled by the intents of one message, one after the other."""

    currency: str = ""
    sentences: list[str] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)
    focus: dict[str, list[str]] = field(default_factory=dict)
    """What "that campaign" means in the next turn: the winner of a ranking."""
    pair: tuple[str, ...] = ()
    """A kind and two names: the two whose difference "is that real" means in the next turn."""

    def say(self, sentence: str) -> None:
        """One sentence, with a capital at its start and a point at its end."""
        text = " ".join(sentence.split())
        if text:
            text = text[0].upper() + text[1:]
            self.sentences.append(text if text[-1] in ".?!" else f"{text}.")

    def warn(self, caveat: str) -> None:
        text = clean(str(caveat)).rstrip(". ")
        missing = _MISSING_DAYS.match(text)
        if missing and any(one.endswith(missing["days"]) for one in self.caveats):
            return  # the same days, reported for another campaign or side
        if (empty := _NOT_REPORTED.match(text)) and self._joined(empty["what"], empty["where"]):
            return
        if text and text not in self.caveats:
            self.caveats.append(text)

    def _joined(self, what: str, where: str) -> bool:
        """Whether what is not reported could be added to a caveat about the same days: `Conversions and revenue not reported …`."""
        for place, caveat in enumerate(self.caveats):
            if caveat.endswith(where) and (other := _NOT_REPORTED.match(caveat)):
                if what.lower() not in other["what"].lower():
                    self.caveats[place] = caveat.replace(other["what"], f"{other['what']}, {what.lower()}", 1)
                return True
        return False

    def heed(self, *seen: Seen) -> None:
        """Take over warnings and errors."""
        for one in seen:
            warnings = one.at("warnings")
            for warning in warnings if isinstance(warnings, (list, tuple)) else ():
                self.warn(str(warning))
            if one.error:
                self.warn(f"the step {one.call.tool} failed ({one.error}), so this part is missing")
            elif not one.step_id:
                self.warn(f"the step {one.call.tool} was not carried out, so this part is missing")

    def metric(self, seen: Seen, name: str, *path: str | int) -> str:
        """`CPA 24.10 EUR`: a metric at a path of a result, claimed; `CPA missing` where the data do not give it."""
        kind = METRICS[name]
        return f"{kind.label} {self.value(seen, name, *path)}"

    def value(self, seen: Seen, name: str, *path: str | int) -> str:
        """The same without the label."""
        kind = METRICS[name]
        at = (*path, "value") if isinstance(seen.at(*path), Mapping) else path
        return self.number(seen, kind.label, kind.unit, *at)

    def number(self, seen: Seen, label: str, unit: str, *path: str | int) -> str:
        """A number at a path, claimed in its unit and shown as answers show it."""
        value = as_number(seen.at(*path))
        if value is None:
            return "missing"
        return self.claimed(value, label, unit, seen.source(*path))

    def claimed(self, value: float, label: str, unit: str, source: str) -> str:
        unit = (self.currency or "currency units") if unit == "money" else unit
        claim = {"label": label, "value": value, "unit": unit, "source": source}
        if claim not in self.claims:
            self.claims.append(claim)
        return shown_number(value, unit, self.currency)

    def fraction(self, seen: Seen, label: str, *path: str | int) -> str:
        """A fraction of one at a path, shown in percent."""
        value = as_number(seen.at(*path))
        return "missing" if value is None else self.claimed(100 * value, label, "%", seen.source(*path))


def as_number(value: Any) -> float | None:
    if isinstance(value, Mapping):
        value = value.get("value")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        return None
    return float(value)


def shown_number(value: float, unit: str, currency: str = "") -> str:
    """`24.10 EUR`, `2.31 %`, `3.42`, `1,204`."""
    if unit == "%":
        return f"{value:,.2f} %" if abs(value) < 10 else f"{value:,.1f} %"
    if unit == (currency or "currency units") and unit:
        return f"{value:,.2f} {unit}"
    if unit == "x":
        return f"{value:,.2f}"
    if unit == "p":
        return f"{value:.3f}"
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:,.2f}"


def listed(texts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    items = [text for text in texts if text]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def name_of(key: Any) -> str:
    """A name of the data as it may be shown."""
    return shown(str(key))
