"""A recorded stream of session events, JSON Lines, plain or gzip: read a line at a time, within limits, each line checked.

Three kinds of lines: a turn that finished, a weight that the router verifiably served from then on, and, first and optional, the header
with the version of the format. Keys that are not known are refused, so that a slip of the pen in `score` is not a stream without scores.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NoReturn

import msgspec

from goldfinch.adapters.files.schemas import DRAFT, schema_of
from goldfinch.core.health.events import SessionEvent, WeightEvent
from goldfinch.core.health.metrics import Arm
from goldfinch.core.replay import codes
from goldfinch.core.replay.course import StreamFacts
from goldfinch.core.replay.failures import StreamError

SCHEMA_VERSION = 1
MAX_LINE_BYTES = 64 * 1024
TOLERANCE_S = 10.0
_MAX_NAMES_NOTED = 1000
_BOM = b"\xef\xbb\xbf"

_ONCE = tuple(f'"{key}"'.encode() for key in ("time", "session", "arm", "turn", "ok", "latency_ms", "score", "flags", "amounts", "weight"))

_Seconds = Annotated[float, msgspec.Meta(ge=0, lt=253_402_300_800, description="Seconds since 1970, UTC.")]
_Instant = Annotated[datetime, msgspec.Meta(tz=True, description="ISO 8601 with its time zone.")]
_Time = _Seconds | _Instant
_Amount = Annotated[float, msgspec.Meta(ge=0, lt=1e15)]


class _Turn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A turn that finished."""

    time: Annotated[_Time, msgspec.Meta(description="When it finished.")]
    session: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    arm: Arm
    turn: Annotated[int, msgspec.Meta(ge=1, lt=2**31, description="From 1. A session that is first seen at a later turn never counts.")]
    ok: Annotated[bool, msgspec.Meta(description="false: the request failed.")]
    latency_ms: Annotated[float, msgspec.Meta(ge=0, lt=1e12)]
    score: Annotated[float, msgspec.Meta(ge=0, le=1, description="Higher is better; absent or null: not scored.")] | None = None
    flags: Annotated[tuple[Annotated[str, msgspec.Meta(max_length=100)], ...], msgspec.Meta(max_length=50)] = ()
    amounts: Annotated[dict[str, _Amount], msgspec.Meta(max_length=50, description="By metric: US dollars, tokens.")] | None = None


class _Weight(msgspec.Struct, forbid_unknown_fields=True):
    """The share of new sessions that the canary verifiably got from then on."""

    time: _Time
    weight: Annotated[int, msgspec.Meta(ge=0, le=100, description="Percent.")]


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    """The first line, optional."""

    schema_version: Annotated[int, msgspec.Meta(ge=1)]
    rollout: Annotated[str, msgspec.Meta(max_length=500, description="Where the stream is from: for people.")] = ""


_decode_turn = msgspec.json.Decoder(_Turn).decode
_decode_weight = msgspec.json.Decoder(_Weight).decode
_decode_header = msgspec.json.Decoder(_Header).decode
_decode_keys = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class SessionStream:
    """One file. It can be read again and again; memory does not grow with it."""

    def __init__(self, path: Path, *, tolerance_s: float = TOLERANCE_S) -> None:
        """`tolerance_s`: how much older than the newest line before it a line may be."""
        self._path, self._tolerance_s = path, tolerance_s

    def facts(self) -> StreamFacts:
        """Read the whole stream and check every line. Raises `StreamError` at the first that is wrong, and where there is no event."""
        first_s, last_s, events = float("inf"), float("-inf"), 0
        weights: list[WeightEvent] = []
        amounts: set[str] = set()
        for event in self._read(thoroughly=True):
            first_s, last_s = min(first_s, event.time_s), max(last_s, event.time_s)
            if isinstance(event, WeightEvent):
                weights.append(event)
                continue
            events += 1
            if event.amounts and len(amounts) < _MAX_NAMES_NOTED:
                amounts.update(event.amounts)
        if not events:
            raise StreamError("holds no session event", where=str(self._path), code=codes.EMPTY_STREAM)
        weights.sort(key=lambda event: event.time_s)
        return StreamFacts(first_s, last_s, events, tuple(weights), frozenset(amounts))

    def events(self) -> Iterator[SessionEvent | WeightEvent]:
        """Every event in the order of the file. Raises `StreamError`, which names file and line."""
        return self._read(thoroughly=False)

    def _read(self, *, thoroughly: bool) -> Iterator[SessionEvent | WeightEvent]:
        """`thoroughly`: also keys that are there twice, which cost time to find, and once is enough."""
        latest_s, number = float("-inf"), 0
        try:
            self._require_file()
            with closing(_open(self._path)) as file:
                while line := file.readline(MAX_LINE_BYTES + 1):
                    number += 1
                    if thoroughly and (b"\\" in line or any(line.count(key) > 1 for key in _ONCE)):
                        self._refuse_twice(line, number)
                    event = self._event(line, number)
                    if event is None:
                        continue
                    if event.time_s >= latest_s:
                        latest_s = event.time_s
                    elif event.time_s < latest_s - self._tolerance_s:
                        self._refuse_order(event.time_s, latest_s, number)
                    yield event
        except (OSError, EOFError, zlib.error) as error:
            what = getattr(error, "strerror", None) or error
            raise StreamError(f"cannot be read: {what}", where=str(self._path), code=codes.UNREADABLE_STREAM) from error

    def _require_file(self) -> None:
        """It is read twice: of a pipe nothing would be left for the second time."""
        if self._path.exists() and not (self._path.is_file() or self._path.is_dir()):
            what, hint = "is no file but a pipe or a device, and a stream is read twice", "write it to a file first"
            raise StreamError(what, where=str(self._path), hint=hint, code=codes.UNREADABLE_STREAM)

    def _refuse_twice(self, line: bytes, number: int) -> None:
        """Of two values of a key JSON readers take the one or the other: a failed turn could pass as a good one."""
        if len(line) > MAX_LINE_BYTES:
            return
        try:
            twice = _twice(line)
        except (ValueError, RecursionError):
            return  # what is no JSON is refused in other words
        if twice is not None:
            self._refuse(number, f"has the key {twice[:60]!r} twice; remove one of them")

    def _event(self, line: bytes, number: int) -> SessionEvent | WeightEvent | None:
        try:
            turn = _decode_turn(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return self._other(line, number, error)
        time = turn.time
        return SessionEvent(
            time if type(time) is float else _seconds(time),
            turn.session,
            turn.arm,
            turn.turn,
            turn.ok,
            turn.latency_ms,
            turn.score,
            turn.flags,
            turn.amounts,
        )

    def _other(self, line: bytes, number: int, as_turn: Exception) -> SessionEvent | WeightEvent | None:
        """A line that is no turn: a weight, the header, an empty line; else refused."""
        if len(line) > MAX_LINE_BYTES:
            self._refuse(number, f"is longer than {MAX_LINE_BYTES} bytes")
        if number == 1 and line.startswith(_BOM):
            return self._event(line[len(_BOM) :], number)
        if line.isspace():
            return None
        keys = _keys(line)
        try:
            if "weight" in keys and "session" not in keys:
                weight = _decode_weight(line)
                return WeightEvent(_seconds(weight.time), weight.weight)
            if "schema_version" in keys:
                self._read_header(_decode_header(line), number)
                return None
        except msgspec.ValidationError as error:
            self._refuse(number, _in_words(error))
        if b"NaN" in line or b"Infinity" in line:
            self._refuse(number, "is not valid JSON: NaN and Infinity are no numbers there; leave the key out")
        return self._refuse(number, _in_words(as_turn))

    def _read_header(self, header: _Header, number: int) -> None:
        if number != 1:
            self._refuse(number, "is a header, which only the first line may be")
        if header.schema_version > SCHEMA_VERSION:
            what = f"is of schema_version {header.schema_version}; this Goldfinch reads {SCHEMA_VERSION}"
            raise StreamError(what, where=f"{self._path}:1", hint="update Goldfinch", code=codes.NEWER_STREAM)

    def _refuse(self, number: int, what: str) -> NoReturn:
        raise StreamError(what, where=f"{self._path}:{number}")

    def _refuse_order(self, time_s: float, latest_s: float, number: int) -> NoReturn:
        what = f"is {latest_s - time_s:.3f} s older than a line before it; {self._tolerance_s:g} s are tolerated"
        hint = "sort the stream by time, or raise --tolerance"
        raise StreamError(what, where=f"{self._path}:{number}", hint=hint, code=codes.OUT_OF_ORDER)


def stream_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a line."""
    kinds = {
        "turn": schema_of(_Turn, "A turn that finished.", title="Turn"),
        "weight": schema_of(_Weight, "The share of new sessions that the canary verifiably got from then on.", title="Weight"),
        "header": schema_of(_Header, "The first line, optional.", version=SCHEMA_VERSION, title="Header"),
    }
    definitions: dict[str, Any] = {}
    for name, kind in kinds.items():
        definitions |= kind.pop("$defs", {})
        del kind["$schema"]
        definitions[name] = kind
    return {
        "$schema": DRAFT,
        "title": "SessionStream",
        "description": "A line of a recorded stream of session events: a turn, a weight, or the header.",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in kinds],
        "$defs": definitions,
    }


def _open(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]  # readline and close are all that is used
    return path.open("rb")


def _twice(line: bytes) -> str | None:
    """A key that an object of the line has more than once."""
    found: list[str] = []

    def seen(pairs: list[tuple[str, Any]]) -> None:
        keys = [key for key, _ in pairs]
        found.extend(key for key in keys if keys.count(key) > 1)

    json.loads(line.removeprefix(_BOM), object_pairs_hook=seen)
    return found[0] if found else None


def _keys(line: bytes) -> frozenset[str]:
    """The keys of a line's object; none where it is no object."""
    try:
        return frozenset(_decode_keys(line))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return frozenset()


def _seconds(time: float | datetime) -> float:
    return time.timestamp() if isinstance(time, datetime) else float(time)


def _in_words(error: Exception) -> str:
    """What msgspec says, without its marks: "latency_ms: expected `float` >= 0.0"."""
    what, _, path = str(error).partition(" - at `")
    if "enum value" in what:
        return f"arm: {what.removeprefix('Invalid enum value ')} is no arm; there are stable and canary"
    if isinstance(error, msgspec.ValidationError):
        place = path.removesuffix("`").removeprefix("$").removeprefix(".")
        return f"{place}: {what[:1].lower()}{what[1:]}" if place else f"{what[:1].lower()}{what[1:]}"
    return f"is not valid JSON: {what}"
