"""A run on disk: `manifest.json`, `outputs.jsonl`, `results.jsonl`, `summary.json` (DESIGN, "Files of one evaluation run")."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec

from goldfinch.adapters.files.atomic import atomic_file, write_atomically
from goldfinch.core.datasets.seen import CompactMap
from goldfinch.core.errors import InfrastructureError, RunDirectoryError
from goldfinch.core.output import FailureKind
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.keys import answer_key
from goldfinch.core.results.manifest import SCHEMA_VERSION, Manifest
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.results.summary import Summary
from goldfinch.ports.run_journal import AnswerKey, UnwritableRecord

_IDENTITY = frozenset({"case_id", "case_hash", "trial", "tags"})
MANIFEST, OUTPUTS, RESULTS, SUMMARY = "manifest.json", "outputs.jsonl", "results.jsonl", "summary.json"

Line = TypeVar("Line")
Record = TypeVar("Record", OutputRecord, ScoreRecord)

_encode = msgspec.json.Encoder().encode
_output_decoder = msgspec.json.Decoder(OutputRecord)
_score_decoder = msgspec.json.Decoder(ScoreRecord)


class _FailureKindOnly(msgspec.Struct):
    kind: FailureKind


class _FailureOnly(msgspec.Struct):
    failure: _FailureKindOnly | None = None


class _KeyOnly(msgspec.Struct):
    """The few fields of an output line that resuming needs; the rest is skipped unparsed."""

    case_id: str
    trial: int
    output: _FailureOnly


class _Pair(msgspec.Struct):
    case_id: str
    trial: int


_pair_decoder = msgspec.json.Decoder(_Pair)
_key_decoder = msgspec.json.Decoder(_KeyOnly)


def _cannot_write(path: Path, error: OSError) -> InfrastructureError:
    return InfrastructureError(
        f"cannot write: {error.strerror or error}",
        where=str(path),
        hint="free space or fix the permissions, then give the same command again: it goes on where it stopped",
        code="E1401",
    )


class RunDirectory:
    """A run directory, read only. A torn last line (a run killed while writing) is passed over; damage elsewhere is an error."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offsets: CompactMap | None = None

    @property
    def location(self) -> str:
        return str(self.path)

    def manifest(self) -> Manifest:
        manifest = self.stored_manifest()
        if manifest is None:
            raise RunDirectoryError(
                "no manifest.json here",
                where=self.location,
                hint="name the --output-dir of an earlier 'goldfinch evaluate'",
                code="E1501",
            )
        return manifest

    def stored_manifest(self) -> Manifest | None:
        return self._read_json(MANIFEST, Manifest)

    def summary(self) -> Summary | None:
        return self._read_json(SUMMARY, Summary)

    def outputs(self) -> Iterator[OutputRecord]:
        return self._counting_lines(OUTPUTS, _output_decoder)

    def scores(self) -> Iterator[ScoreRecord]:
        return self._counting_lines(RESULTS, _score_decoder)

    def answer_keys(self) -> Iterator[AnswerKey]:
        for _, line in self._lines(OUTPUTS, _key_decoder):
            failure = line.output.failure
            yield AnswerKey(line.case_id, line.trial, failure is not None and failure.kind.is_missing)

    def output_of(self, case_id: str, trial: int) -> OutputRecord | None:
        if self._offsets is None:
            self._offsets = CompactMap()
            for offset, line in self._lines(OUTPUTS, _key_decoder):
                self._offsets[answer_key(line.case_id, line.trial)] = offset
        at = self._offsets.get(answer_key(case_id, trial))
        if at is None:
            return None
        with (self.path / OUTPUTS).open("rb") as file:
            file.seek(at)
            record = _output_decoder.decode(file.readline())
        return record if (record.case_id, record.trial) == (case_id, trial) else None

    def _counting_lines(self, name: str, decoder: msgspec.json.Decoder[Record]) -> Iterator[Record]:
        """The last line of each (case, trial). Only a run that was taken up again can hold earlier ones."""
        manifest = self.stored_manifest()
        if manifest is not None and not manifest.resumed:
            for _, record in self._lines(name, decoder):
                yield record
            return
        last = CompactMap()
        for offset, line in self._lines(name, _pair_decoder):
            last[answer_key(line.case_id, line.trial)] = offset
        for offset, record in self._lines(name, decoder):
            if last.get(answer_key(record.case_id, record.trial)) == offset:
                yield record

    def _lines(self, name: str, decoder: msgspec.json.Decoder[Line]) -> Iterator[tuple[int, Line]]:
        path = self.path / name
        if not path.exists():
            return
        offset = 0
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                try:
                    yield offset, decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise RunDirectoryError(
                        f"damaged record: {error}",
                        where=f"{path}:{number}",
                        hint="restore the file from a copy, or start the run again with --fresh",
                        code="E1502",
                    ) from error
                offset += len(line)

    def _read_json(self, name: str, kind: type[Line]) -> Line | None:
        path = self.path / name
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RunDirectoryError(f"cannot read: {error.strerror}", where=str(path), code="E1501") from error
        try:
            return msgspec.json.decode(content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            _refuse_unreadable(path, content, error)


def _refuse_unreadable(path: Path, content: bytes, error: Exception) -> NoReturn:
    try:
        version = msgspec.json.decode(content).get("schema_version")
    except (msgspec.DecodeError, UnicodeDecodeError, AttributeError):
        version = None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise RunDirectoryError(
            f"written by a newer Goldfinch (schema_version {version}, this one reads up to {SCHEMA_VERSION})",
            where=str(path),
            hint="upgrade goldfinch-ci",
            code="E1504",
        ) from error
    raise RunDirectoryError(f"not a valid {path.name}: {error}", where=str(path), code="E1502") from error


class RunDirectoryJournal(RunDirectory):
    """A run directory held for writing. One process at a time: a second one is refused with the first one's process id."""

    def __init__(self, path: Path, redact: Redactor | None = None) -> None:
        super().__init__(path)
        self._redact = redact or Redactor()
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = (path / ".lock").open("a+")
        except OSError as error:
            raise _cannot_write(path, error) from error
        self._take_lock()
        try:
            self._outputs = _AppendOnlyFile(path / OUTPUTS, _output_decoder, self._redact)
            self._results = _AppendOnlyFile(path / RESULTS, _score_decoder, self._redact)
        except OSError as error:
            raise _cannot_write(path, error) from error

    def append_output(self, record: OutputRecord) -> None:
        self._outputs.append(record)

    def append_scores(self, record: ScoreRecord) -> None:
        self._results.append(record)

    def clear_scores(self) -> None:
        self._results.clear()

    def replace_scores(self, records: Iterable[ScoreRecord]) -> None:
        path = self.path / RESULTS
        self._results.close()
        try:
            with atomic_file(path) as file:
                for record in records:
                    file.write(_line(record, self._redact))
        except OSError as error:
            raise _cannot_write(path, error) from error
        finally:
            self._results = _AppendOnlyFile(path, _score_decoder, self._redact)

    def clear(self) -> None:
        for name in (MANIFEST, SUMMARY):
            (self.path / name).unlink(missing_ok=True)
        self._outputs.clear()
        self._results.clear()
        self._offsets = None

    def write_manifest(self, manifest: Manifest) -> None:
        self._write(MANIFEST, manifest)

    def write_summary(self, summary: Summary) -> None:
        self._write(SUMMARY, summary)

    def sync(self) -> None:
        self._outputs.sync()
        self._results.sync()

    def close(self) -> None:
        try:
            self.sync()
        finally:
            self._outputs.close()
            self._results.close()
            self._lock.close()

    def _write(self, name: str, value: Manifest | Summary) -> None:
        try:
            write_atomically(
                self.path / name, msgspec.json.format(_encode(self._redact.value(msgspec.to_builtins(value))), indent=2) + b"\n"
            )
        except OSError as error:
            raise _cannot_write(self.path / name, error) from error

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.seek(0)
            holder = self._lock.read().strip() or "unknown"
            self._lock.close()
            raise RunDirectoryError(
                f"another run is writing here (process {holder})",
                where=self.location,
                hint="wait for it, or name another --output-dir",
                code="E1503",
            ) from error
        self._lock.seek(0)
        self._lock.truncate()
        self._lock.write(f"{os.getpid()}\n")
        self._lock.flush()


def _line(record: OutputRecord | ScoreRecord, redact: Redactor) -> bytes:
    """A record as JSON, its texts free of secrets. Ids and hashes are kept: records are found by them."""
    line = _encode(record)
    if not _is_plainly_clean(record, redact) and redact.may_hold_secret_json(line):
        plain = msgspec.to_builtins(record)
        line = _encode({key: value if key in _IDENTITY else redact.value(value) for key, value in plain.items()})
    return line + b"\n"


def _is_plainly_clean(record: OutputRecord | ScoreRecord, redact: Redactor) -> bool:
    """Whether a look at the one or two short texts of a simple record shows that there is no secret: much cheaper than the whole line."""
    if isinstance(record, ScoreRecord):
        return record.failure is None and not any(score.evidence or redact.may_hold_secret(score.reason) for score in record.scores)
    output = record.output
    is_simple = output.data is None and not output.trajectory and output.failure is None and not output.reported
    return is_simple and not redact.may_hold_secret(f"{output.text} {output.model} {output.finish_reason}")


class _AppendOnlyFile:
    """Lines appended with one `write(2)` each; whatever a crash left unfinished at the end is cut off when opened."""

    def __init__(self, path: Path, decoder: msgspec.json.Decoder[Any], redact: Redactor) -> None:
        self._path = path
        self._redact = redact
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._end = _end_of_whole_lines(path, decoder)
        self._dirty = os.fstat(self._descriptor).st_size != self._end
        os.ftruncate(self._descriptor, self._end)

    def append(self, record: Any) -> None:
        try:
            line = _line(record, self._redact)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise UnwritableRecord(f"{type(error).__name__}: {error}") from error
        try:
            written = os.write(self._descriptor, line)
            while written < len(line):
                written += os.write(self._descriptor, line[written:])
        except OSError as error:
            os.ftruncate(self._descriptor, self._end)
            raise _cannot_write(self._path, error) from error
        self._end += len(line)
        self._dirty = True

    def sync(self) -> None:
        if self._dirty:
            self._dirty = False
            os.fdatasync(self._descriptor)

    def clear(self) -> None:
        os.ftruncate(self._descriptor, 0)
        self._end = 0
        self._dirty = True

    def close(self) -> None:
        os.close(self._descriptor)


def _end_of_whole_lines(path: Path, decoder: msgspec.json.Decoder[Any]) -> int:
    """Bytes up to the end of the last line that is whole and readable.

    A kill tears at most the line being written. A power loss can leave lines of zeros or of garbage at the end, none of which was
    ever reported as finished. A line that is JSON but no record of ours is somebody's data, and is not touched.
    """
    with path.open("rb") as file:
        end = _last_newline(file, file.seek(0, os.SEEK_END))
        while end > 0:
            start = _last_newline(file, end - 1)
            file.seek(start)
            line = file.read(end - start)
            if _is_record(line, decoder, path):
                return end
            end = start
    return 0


def _is_record(line: bytes, decoder: msgspec.json.Decoder[Any], path: Path) -> bool:
    try:
        decoder.decode(line)
    except msgspec.ValidationError as error:
        raise RunDirectoryError(
            f"the last line is no record of a run: {error}",
            where=str(path),
            hint="name another --output-dir",
            code="E1502",
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _last_newline(file: Any, before: int, block: int = 65536) -> int:
    """Offset just behind the last newline in the first `before` bytes; 0 where there is none."""
    while before > 0:
        start = max(0, before - block)
        file.seek(start)
        found = file.read(before - start).rfind(b"\n")
        if found >= 0:
            return int(start + found + 1)
        before = start
    return 0
