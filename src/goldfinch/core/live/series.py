"""Series as a Prometheus answers them: values with their labels. What is no number is missing; nothing is 0 for want of an answer.

Source: Prometheus, HTTP API v1 (instant and range queries, format of errors).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, NamedTuple

MAX_SERIES: Final = 10_000
_SHOWN = 300


class Point(NamedTuple):
    time_s: float
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """One series: at least one point, in order of time."""

    labels: Mapping[str, str]
    points: tuple[Point, ...]

    @property
    def last(self) -> float:
        return self.points[-1].value


class BadReply(ValueError):
    """What came is no answer of a Prometheus; why, in a few words."""


class QueryRefused(ValueError):
    """It was understood and refused; in the server's words, which are hostile text."""


def read_series(body: bytes) -> tuple[Series, ...]:
    """Raises `BadReply` and `QueryRefused`. A series without a finite value is not there."""
    try:
        reply = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadReply("not valid JSON") from error
    if not isinstance(reply, dict):
        raise BadReply("no object")
    if reply.get("status") == "error":
        raise QueryRefused(str(reply.get("error", ""))[:_SHOWN])
    data = reply.get("data")
    if reply.get("status") != "success" or not isinstance(data, dict):
        raise BadReply("neither success nor error")
    return _series(data.get("resultType"), data.get("result"))


def quoted(value: str) -> str:
    """`value` as a string of PromQL, whatever it holds."""
    return json.dumps(value, ensure_ascii=False)


def for_release(query: str, release: str) -> str:
    """`query` with every `$release` as the quoted id: `rate(errors_total{release=$release}[5m])`."""
    return query.replace("$release", quoted(release))


def _series(kind: object, result: object) -> tuple[Series, ...]:
    if kind in ("scalar", "string"):
        points = _points([result])
        return (Series({}, points),) if points else ()
    if kind not in ("vector", "matrix") or not isinstance(result, list):
        raise BadReply("a result of no known type")
    if len(result) > MAX_SERIES:
        raise BadReply(f"more than {MAX_SERIES:,} series")
    found = [_one(item, "value" if kind == "vector" else "values") for item in result]
    return tuple(series for series in found if series.points)


def _one(item: object, key: str) -> Series:
    labels = item.get("metric") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(labels, dict) or not all(isinstance(value, str) for value in labels.values()):
        raise BadReply("a series without labels")
    raw = item.get(key)
    return Series(labels, _points([raw] if key == "value" else raw))


def _points(raw: Any) -> tuple[Point, ...]:
    if not isinstance(raw, list):
        raise BadReply("a series without values")
    points = [_point(pair) for pair in raw]
    return tuple(sorted(point for point in points if isfinite(point.value)))


def _point(pair: object) -> Point:
    """Values are texts: numbers, `NaN`, `+Inf`."""
    if not isinstance(pair, list) or len(pair) != 2 or isinstance(pair[0], bool) or not isinstance(pair[0], int | float):
        raise BadReply("a value without a time")
    try:
        value = float(pair[1]) if isinstance(pair[1], str) else float("nan")
        at_s = float(pair[0])
    except (ValueError, OverflowError) as error:
        raise BadReply("a value that is no number") from error
    if not isfinite(at_s):
        raise BadReply("a time that is no number")
    return Point(at_s, value)
