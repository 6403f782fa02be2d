"""The proxy's access log read again after the fact: what was served in a time, and which of the canary's requests failed."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from goldfinch.core.errors import InfrastructureError
from goldfinch.core.live.access_line import LOG_NAME, AccessLine, BadLine, Outcome, read_access_line
from goldfinch.core.recovery.pack import MOST_EXAMPLES, CanaryAnswer, FailedRequest
from goldfinch.core.recovery.watching import ServedRequest
from goldfinch.core.rollout.record import Rollout
from goldfinch.ports.pack_sources import CanarySessions

_SEGMENT: Final = re.compile(rf"{LOG_NAME}-\d+\.jsonl")
OPEN: Final = f"{LOG_NAME}.jsonl"
"""Where the proxy writes; it gets its number when it is full, or the proxy ends."""
_LONGEST: Final = 120
_FAILED: Final = frozenset({Outcome.FAILED, Outcome.TIMED_OUT})


@dataclass(frozen=True, slots=True)
class _Read:
    line: AccessLine
    raw: bytes


class AccessRequests:
    """A `LiveRequests` over the segments of one folder. Lines that are none are left out: the evidence of a rollout counts them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ended(self, since: datetime, until: datetime) -> list[ServedRequest]:
        between = (since.timestamp(), until.timestamp())
        try:
            return [_served(read.line) for read in _ended(self._folder, since) if between[0] <= read.line.at_s < between[1]]
        except OSError as error:
            raise InfrastructureError(f"the access log cannot be read: {error.strerror}", where=str(self._folder)) from None


class AccessExamples:
    """`SessionExamples`: failed requests from the access log; answers from wherever they still are."""

    def __init__(self, folder: Path, answers: Callable[[Rollout], Iterable[CanaryAnswer]] = lambda rollout: ()) -> None:  # noqa: ARG005
        self._folder, self._answers = folder, answers

    def of(self, rollout: Rollout) -> CanarySessions:
        notes: list[str] = []
        newest: deque[FailedRequest] = deque(maxlen=MOST_EXAMPLES)
        total = 0
        try:
            for read in _ended(self._folder, rollout.created_at):
                if read.line.release == rollout.canary and read.line.outcome in _FAILED and not read.line.probe:
                    total += 1
                    newest.append(_failed(read))
        except OSError as error:
            notes.append(f"the access log: {error.strerror}")
        return CanarySessions(tuple(reversed(newest)), total, self._kept(rollout, notes), tuple(notes))

    def _kept(self, rollout: Rollout, notes: list[str]) -> tuple[CanaryAnswer, ...]:
        try:
            found = tuple(self._answers(rollout))
        except (InfrastructureError, OSError) as error:
            notes.append(f"sampled answers: {error}")
            return ()
        if not found:
            notes.append("no sampled answer of the canary was left: scored answers are not kept, so there is no candidate case")
        return found


def _ended(folder: Path, since: datetime) -> Iterator[_Read]:
    """Requests that ended, oldest segment first; segments after which another one began before `since` are not read."""
    segments = _segments(folder)
    for path, later in zip_longest(segments, segments[1:]):
        if later is not None and (begun_s := _begun_s(later)) is not None and begun_s < since.timestamp():
            continue
        yield from _lines(path)


def _segments(folder: Path) -> list[Path]:
    """Those that were closed, by number, then the one that is being written."""
    if not folder.is_dir():
        return []
    closed = sorted(path for path in folder.glob(f"{LOG_NAME}-*.jsonl") if _SEGMENT.fullmatch(path.name))
    open_one = folder / OPEN
    return [*closed, open_one] if open_one.exists() else closed


def _begun_s(path: Path) -> float | None:
    """The time of the first line; None: it has none that can be read. Times of files are no times of requests."""
    with path.open("rb") as file:
        try:
            return read_access_line(file.readline()).begun_s
        except BadLine:
            return None


def _lines(path: Path) -> Iterator[_Read]:
    with path.open("rb") as file:
        for raw in file:
            try:
                line = read_access_line(raw)
            except BadLine:
                continue
            if line.ended:
                yield _Read(line, raw)


def _served(line: AccessLine) -> ServedRequest:
    return ServedRequest(
        ended_s=line.at_s,
        release=line.release or "",
        failed=line.outcome in _FAILED,
        duration_ms=line.duration_ms,
        session=line.session or "",
        probe=line.probe,
        client_left=line.outcome is Outcome.CLIENT_LEFT,
    )


def _failed(read: _Read) -> FailedRequest:
    members = json.loads(read.raw.decode("utf-8", "surrogateescape"))
    return FailedRequest(
        at=datetime.fromtimestamp(read.line.at_s, UTC),
        session=read.line.session or "",
        status=_number(members.get("status")),
        duration_ms=read.line.duration_ms,
        flags=_text(members.get("flags")),
        path=_text(members.get("path")),
        request_id=_text(read.line.request),
    )


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _text(value: Any) -> str:
    """Short, and without a lone surrogate: it goes into files in UTF-8."""
    return value[:_LONGEST].encode("utf-8", "replace").decode() if isinstance(value, str) and value != "-" else ""
