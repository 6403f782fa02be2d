"""Logs that one process writes and another follows: files of lines, numbered, each read by durable offsets.

Segments are `PREFIX-000001.jsonl`, `PREFIX-000002.jsonl` and so on. A writer whose name for its file is fixed (Envoy) writes
`PREFIX.jsonl`, which is renamed to the next number when it has grown: it is read under that number from the beginning, so no offset
ever changes.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

MAX_LINE_BYTES: Final = 64 * 1024
SEGMENT_BYTES: Final = 16 * 1024 * 1024
_CHUNK_BYTES = 1 << 20
_CHECKED_BYTES = 64


class Offset(NamedTuple):
    """Where a line begins. Offsets compare as the lines stand."""

    segment: int = 0
    byte: int = 0


class Line(NamedTuple):
    """`content` is without its newline; empty where it was longer than a line may be, or had no end."""

    at: Offset
    content: bytes
    end: Offset
    """Where the next one begins."""


@dataclass(frozen=True, slots=True)
class Place:
    """An offset to come back to, and a checksum of what stood before it: a file that was replaced is not read as if it were the same."""

    at: Offset
    check: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """Something is missing between where reading should have gone on and where it could."""

    why: str


class SegmentTail:
    """Follows a log. Holds no file open between two readings; every segment may be renamed, appended to, cut or deleted meanwhile."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self._folder, self._prefix = folder, prefix
        self._named = re.compile(rf"{re.escape(prefix)}-(\d{{6,12}})\.jsonl")

    def segments(self) -> dict[int, Path]:
        """Number → file, in order; the one without a number last, as the next. Raises `OSError`."""
        try:
            names = {path.name for path in self._folder.iterdir()}
        except FileNotFoundError:
            return {}
        found = {int(match[1]): self._folder / name for name in names if (match := self._named.fullmatch(name))}
        if f"{self._prefix}.jsonl" in names:
            found[max(found, default=0) + 1] = self._folder / f"{self._prefix}.jsonl"
        return dict(sorted(found.items()))

    def place(self, at: Offset) -> Place:
        """`at` with what must stand before it. Raises `OSError`."""
        path = self.segments().get(at.segment)
        return Place(at, _check(path, at.byte) if path is not None else 0)

    def resume(self, place: Place) -> tuple[Offset, Gap | None]:
        """Where to go on: at the place, or behind what is gone. Raises `OSError`."""
        number, byte = place.at
        if number == 0:  # nothing had been written yet
            return place.at, None
        segments = self.segments()
        if number not in segments:
            segments = self.segments()  # a listing may miss a file that is renamed meanwhile, but not twice
        path = segments.get(number)
        if path is not None:
            if path.stat().st_size >= byte and _check(path, byte) == place.check:
                return place.at, None
            return Offset(number, 0), Gap(f"{path.name} was replaced or cut after {byte:,} bytes of it had been read")
        what = f"segment {number} of {self._prefix} was deleted before it had been read to its end"
        return Offset(next((other for other in segments if other > number), min(segments, default=0))), Gap(what)

    def lines(self, start: Offset) -> Iterator[Line]:
        """Whole lines from `start` on, to the end of what is written now. Raises `OSError`, and `EvidenceGone` for a deleted segment.

        A line without its end is left for the next reading, or, where the next segment exists, given as an empty one.
        """
        at = start
        while True:
            segments = self.segments()  # seen before the file is read to its end: what follows it exists only once it is complete
            if not segments:
                return
            if at.segment == 0:
                at = Offset(next(iter(segments)), 0)
            path = segments.get(at.segment)
            if path is None:
                if at.segment > max(segments):
                    return
                raise EvidenceGone(f"segment {at.segment} of {self._prefix} was deleted while it was being read")
            yield from _lines(path, at, is_complete=at.segment < max(segments))
            if at.segment >= max(segments):
                return
            at = Offset(next(number for number in segments if number > at.segment), 0)


class EvidenceGone(Exception):
    """A segment vanished under a reader."""


class SegmentWriter:
    """Appends lines, durably, from any number of threads and processes, and begins the next segment when one has grown."""

    def __init__(self, folder: Path, prefix: str, *, segment_bytes: int = SEGMENT_BYTES, keep: int = 64) -> None:
        """`keep`: segments that stay; older ones are deleted."""
        self._folder, self._prefix = folder, prefix
        self._segment_bytes, self._keep = segment_bytes, keep
        self._tail = SegmentTail(folder, prefix)

    def append(self, make: Callable[[bytes], bytes]) -> None:
        """Add what `make` gives for the last whole line before it (b"" for none): whole lines. Raises `OSError`; then nothing was added."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked():
            descriptor = self._open()
            try:
                end = _cut_torn(descriptor)
                _write_all(descriptor, make(_last_line(descriptor, end) or self._last_line_before(descriptor)), end)
            finally:
                os.close(descriptor)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = os.open(self._folder / f".{self._prefix}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _open(self) -> int:
        segments = self._tail.segments()
        number = max(segments, default=1)
        if number in segments and segments[number].stat().st_size >= self._segment_bytes:
            number += 1
            for old in list(segments)[: max(0, len(segments) + 1 - self._keep)]:
                segments[old].unlink(missing_ok=True)
        path = self._folder / f"{self._prefix}-{number:06d}.jsonl"
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def _last_line_before(self, descriptor: int) -> bytes:
        """The last line of the segment before, where this one is new."""
        if os.fstat(descriptor).st_size:
            return b""
        earlier = list(self._tail.segments().values())[:-1]
        if not earlier:
            return b""
        before = os.open(earlier[-1], os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            return _last_line(before, os.fstat(before).st_size)
        finally:
            os.close(before)


def _lines(path: Path, start: Offset, *, is_complete: bool) -> Iterator[Line]:
    """The whole lines of one file, and, where nothing more will be written to it, its torn end."""
    number, at = start
    rest, dropped = b"", 0
    with path.open("rb") as file:
        file.seek(at)
        while chunk := file.read(_CHUNK_BYTES):
            *whole, rest = (rest + chunk).split(b"\n")
            for content in whole:
                end = at + dropped + len(content) + 1
                is_line = not dropped and len(content) <= MAX_LINE_BYTES
                yield Line(Offset(number, at), content if is_line else b"", Offset(number, end))
                at, dropped = end, 0
            if len(rest) > MAX_LINE_BYTES:
                rest, dropped = b"", dropped + len(rest)
    if is_complete and (rest or dropped):
        yield Line(Offset(number, at), b"", Offset(number, at + dropped + len(rest)))


def _check(path: Path, byte: int) -> int:
    """Checksum of the bytes before an offset."""
    begin = max(0, byte - _CHECKED_BYTES)
    with path.open("rb") as file:
        file.seek(begin)
        return crc32(file.read(byte - begin))


def _cut_torn(descriptor: int) -> int:
    """Cut off what a killed writer left unfinished; where the next line begins."""
    size = os.fstat(descriptor).st_size
    end = _behind_newline(descriptor, size)
    if end != size:
        os.ftruncate(descriptor, end)
    return end


def _last_line(descriptor: int, end: int) -> bytes:
    if end == 0:
        return b""
    begin = _behind_newline(descriptor, end - 1)
    return os.pread(descriptor, end - 1 - begin, begin)


def _behind_newline(descriptor: int, before: int) -> int:
    """Just behind the last newline in the first `before` bytes; 0 where there is none."""
    while before > 0:
        begin = max(0, before - MAX_LINE_BYTES)
        found = os.pread(descriptor, before - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        before = begin
    return 0


def _write_all(descriptor: int, lines: bytes, end: int) -> None:
    """All of `lines` on disk, or none."""
    try:
        written = 0
        while written < len(lines):
            written += os.write(descriptor, lines[written:])
        os.fdatasync(descriptor)
    except OSError:
        os.ftruncate(descriptor, end)
        raise
