"""A file of JSON lines that only grows, and ends with a whole line whatever happens to the process or the disk."""

from __future__ import annotations

import os
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from goldfinch.adapters.files.atomic import atomic_file
from goldfinch.core.errors import InfrastructureError, RunDirectoryError
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.ports.run_journal import UnwritableRecord

_IDENTITY = frozenset({"case_id", "case_hash", "trial", "tags"})
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

MAX_DEPTH = 200
"""Levels of nesting in a record. A reader with less of the stack left than the writer had must still be able to read it."""

_GATHERED_BYTES = 1 << 16
_REMEMBERED_PHRASES = 1000
_STRINGS_AND_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]')
_encode = msgspec.json.Encoder().encode


def cannot_write(path: Path, error: OSError) -> InfrastructureError:
    """The disk is full, or permission is missing."""
    return InfrastructureError(
        f"cannot write: {error.strerror or error}",
        where=str(path),
        hint="free space or fix the permissions, then give the same command again: it goes on where it stopped",
        code="E1401",
    )


class AppendOnlyFile(ABC):
    """Lines that are only appended; whatever a crash left unfinished at the end is cut off when opened."""

    def __init__(self, path: Path, decoder: msgspec.json.Decoder[Any], redact: Redactor, *, may_hold_garbage: bool) -> None:
        """Raises `OSError`, and `RunDirectoryError` where the file is somebody else's.

        `may_hold_garbage` says that the file is known to be ours: then what stands at its end and is no JSON came from a power loss.
        """
        self._path = path
        self._decoder = decoder
        self._redact = redact
        self._clean: set[str] = set()
        self._descriptor = _open(path)
        try:
            self._end = end_of_whole_lines(path, decoder)
            size = os.fstat(self._descriptor).st_size
            if size > 0 and self._end == 0 and not may_hold_garbage:
                raise _somebody_elses(path, "it holds no record of a run")
            os.ftruncate(self._descriptor, self._end)
        except BaseException:
            self.close()
            raise
        self._dirty = size != self._end

    @property
    def end(self) -> int:
        """Where the next line will begin."""
        return self._end

    def append(self, record: Any) -> None:
        """Add a line. Raises `InfrastructureError`, the file as before, and `UnwritableRecord`."""
        line = self._line(record)
        try:
            self._write(line)
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def _write(self, lines: bytes) -> None:
        """All of `lines`, or none. Raises `OSError`."""
        try:
            written = os.write(self._descriptor, lines)
            while written < len(lines):
                written += os.write(self._descriptor, lines[written:])
        except OSError:
            os.ftruncate(self._descriptor, self._end)
            raise
        self._end += len(lines)
        self._dirty = True

    def replace(self, records: Iterable[ScoreRecord]) -> None:
        """Write the file anew: all of `records`, or nothing where they end with an error."""
        end = 0
        try:
            with atomic_file(self._path) as file:
                for record in records:
                    end += file.write(self._line(record))
            replaced, self._descriptor = self._descriptor, _open(self._path)
        except OSError as error:
            raise cannot_write(self._path, error) from error
        os.close(replaced)
        self._end = end

    def clear(self) -> None:
        """Forget every line. Raises `InfrastructureError`."""
        try:
            os.ftruncate(self._descriptor, 0)
        except OSError as error:
            raise cannot_write(self._path, error) from error
        self._end = 0
        self._dirty = True

    def sync(self) -> None:
        """Block until every line is on disk. Raises `OSError`; the next call tries again. Safe beside `append` in another thread."""
        if self._dirty:
            self._dirty = False
            try:
                os.fdatasync(self._descriptor)
            except OSError:
                self._dirty = True
                raise

    def close(self) -> None:
        os.close(self._descriptor)

    def _line(self, record: Any) -> bytes:
        """A record as JSON, its texts free of secrets. Ids and hashes are kept: records are found by them. Raises `UnwritableRecord`."""
        try:
            line = _encode(record)
            if self._is_plainly_clean(record):
                return line + b"\n"
            if self._redact.may_hold_secret_json(line):
                plain = msgspec.to_builtins(record)
                line = _encode({key: value if key in _IDENTITY else self._redact.value(value) for key, value in plain.items()})
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise UnwritableRecord(f"{type(error).__name__}: {error}") from error
        if line.count(b"[") + line.count(b"{") > MAX_DEPTH and _depth(line) > MAX_DEPTH:
            raise UnwritableRecord(f"it is nested deeper than {MAX_DEPTH} levels")
        return line + b"\n"

    @abstractmethod
    def _is_plainly_clean(self, record: Any) -> bool:
        """Whether a look at the few texts of a flat record shows that there is no secret: much cheaper than the whole line."""

    def _is_clean_phrase(self, phrase: str) -> bool:
        """As for any text, but remembered: names of models and reasons of scorers are few and come again and again."""
        if phrase in self._clean:
            return True
        if self._redact.may_hold_secret(phrase):
            return False
        if len(self._clean) < _REMEMBERED_PHRASES:
            self._clean.add(phrase)
        return True


class AnswerFile(AppendOnlyFile):
    """`outputs.jsonl`: one `write(2)` an answer, so that a kill loses none that was finished."""

    def _is_plainly_clean(self, record: OutputRecord) -> bool:
        output = record.output
        if output.data is not None or output.trajectory or output.failure is not None or output.reported:
            return False
        if output.text is not None and self._redact.may_hold_secret(output.text):
            return False
        model, finish_reason = output.model, output.finish_reason
        return (model is None or self._is_clean_phrase(model)) and (finish_reason is None or self._is_clean_phrase(finish_reason))


class ScoreFile(AppendOnlyFile):
    """`results.jsonl`: lines that can be made again, written many at a time, at the latest at the next `sync`.

    An answer is in its own file before it is scored, so a kill costs the scoring of the last moment and nothing else
    (docs/decisions/0002). Lines that say what was paid and cannot be made again for nothing are written at once: those of a judge, and
    of answers that could not be had and cost money all the same.
    """

    def __init__(self, path: Path, decoder: msgspec.json.Decoder[Any], redact: Redactor, *, may_hold_garbage: bool) -> None:
        super().__init__(path, decoder, redact, may_hold_garbage=may_hold_garbage)
        self._gathered = bytearray()
        self._lock = threading.Lock()  # `sync` is called from a thread

    def append(self, record: ScoreRecord) -> None:
        """Add a line, sooner or later. Raises `UnwritableRecord`, and `InfrastructureError`: then without this line."""
        line = self._line(record)
        with self._lock:
            self._gathered += line
            if len(self._gathered) < _GATHERED_BYTES and record.judge_cost_usd is None and not (record.failure and record.cost_usd):
                return
            try:
                self._write_gathered()
            except OSError as error:
                del self._gathered[-len(line) :]
                raise cannot_write(self._path, error) from error

    def flush(self) -> None:
        """Write what was gathered. Raises `InfrastructureError`; nothing is lost then, and the next call tries again."""
        try:
            with self._lock:
                self._write_gathered()
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def replace(self, records: Iterable[ScoreRecord]) -> None:
        self.flush()
        super().replace(records)

    def clear(self) -> None:
        with self._lock:
            self._gathered.clear()
            super().clear()

    def sync(self) -> None:
        with self._lock:
            self._write_gathered()
        super().sync()

    def _write_gathered(self) -> None:
        if self._gathered:
            self._write(bytes(self._gathered))
            self._gathered.clear()

    def _is_plainly_clean(self, record: ScoreRecord) -> bool:
        if record.failure is not None:
            return False
        for score in record.scores:  # noqa: SIM110 - a generator would double the cost, and this runs for every line
            if score.evidence or not self._is_clean_phrase(score.reason):
                return False
        return True


def _open(path: Path) -> int:
    """No link is followed: a run that somebody packed must not make us write elsewhere (REQUIREMENTS T12)."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)


def _depth(line: bytes) -> int:
    depth = deepest = 0
    for token in _STRINGS_AND_BRACKETS.finditer(line):
        first = line[token.start()]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def end_of_whole_lines(path: Path, decoder: msgspec.json.Decoder[Any]) -> int:
    """Bytes up to the end of the last line that is whole and readable.

    A kill tears at most the line being written. A power loss can leave lines of zeros or of garbage at the end, none of which was
    ever reported as finished. A line that is JSON but no record of ours is somebody's data: raises `RunDirectoryError`.
    """
    with path.open("rb") as file:
        end = _last_newline(file, file.seek(0, os.SEEK_END))
        while end > 0:
            start = _last_newline(file, end - 1)
            file.seek(start)
            if _is_record(file.read(end - start), decoder, path):
                return end
            end = start
    return 0


def _is_record(line: bytes, decoder: msgspec.json.Decoder[Any], path: Path) -> bool:
    try:
        decoder.decode(line)
    except msgspec.ValidationError as error:
        raise _somebody_elses(path, f"its last line is no record of a run: {error}") from error
    except _NOT_JSON:
        return False
    return True


def _somebody_elses(path: Path, why: str) -> RunDirectoryError:
    return RunDirectoryError(f"is no file of a run: {why}", where=str(path), hint="name another --output-dir", code="E1502")


def _last_newline(file: BinaryIO, before: int, block: int = 65536) -> int:
    """Offset just behind the last newline in the first `before` bytes; 0 where there is none."""
    while before > 0:
        start = max(0, before - block)
        file.seek(start)
        found = file.read(before - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        before = start
    return 0
