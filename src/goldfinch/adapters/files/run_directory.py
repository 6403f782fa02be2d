"""A run on disk: `manifest.json`, `outputs.jsonl`, `results.jsonl`, `summary.json` (DESIGN, "Files of one evaluation run")."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import msgspec

from goldfinch.adapters.files.append_only import AnswerFile, ScoreFile, cannot_write, end_of_whole_lines
from goldfinch.adapters.files.atomic import remove_left_behind, sync_folder, write_atomically
from goldfinch.core.datasets.seen import CompactMap
from goldfinch.core.errors import RunDirectoryError
from goldfinch.core.output import FailureKind
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.keys import answer_key
from goldfinch.core.results.manifest import SCHEMA_VERSION, Manifest
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.results.summary import Summary
from goldfinch.ports.run_journal import AnswerKey

MANIFEST, OUTPUTS, RESULTS, SUMMARY = "manifest.json", "outputs.jsonl", "results.jsonl", "summary.json"
JUDGE = "judge.jsonl"
"""The judge's replies (`judge_replies.JudgeReplyFile`)."""

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


class _VersionOnly(msgspec.Struct):
    schema_version: int = 0


class _Pair(msgspec.Struct):
    case_id: str
    trial: int


_pair_decoder = msgspec.json.Decoder(_Pair)
_key_decoder = msgspec.json.Decoder(_KeyOnly)


class RunDirectory:
    """A run directory, read only.

    What a kill or a power loss left unfinished at the end of a file is passed over; damage elsewhere is an error.
    """

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
        path = self.path / OUTPUTS
        try:
            with path.open("rb") as file:
                file.seek(at)
                record = _output_decoder.decode(file.readline())
        except OSError as error:
            raise _cannot_read(path, error) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _damaged(f"{path}, byte {at}", error) from error
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
        offset = 0
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    if not line.endswith(b"\n"):
                        return
                    try:
                        record = decoder.decode(line)
                    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                        if offset >= end_of_whole_lines(path, decoder):
                            return
                        raise _damaged(f"{path}:{number}", error) from error
                    yield offset, record
                    offset += len(line)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _cannot_read(path, error) from error

    def _read_json(self, name: str, kind: type[Line]) -> Line | None:
        path = self.path / name
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _cannot_read(path, error) from error
        _refuse_newer(path, content)
        try:
            return msgspec.json.decode(content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RunDirectoryError(
                f"not a valid {path.name}: {error}",
                where=str(path),
                hint="name another folder; if this one held a run, restore the file from a copy",
                code="E1502",
            ) from error


def _refuse_newer(path: Path, content: bytes) -> None:
    """Before it is read as one of ours: unknown keys are skipped, so a newer file could be read, and written again, as an older one."""
    try:
        version = msgspec.json.decode(content, type=_VersionOnly).schema_version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if version > SCHEMA_VERSION:
        raise RunDirectoryError(
            f"written by a newer Goldfinch (schema_version {version}, this one reads up to {SCHEMA_VERSION})",
            where=str(path),
            hint="upgrade goldfinch-ci",
            code="E1504",
        )


def _cannot_read(path: Path, error: OSError) -> RunDirectoryError:
    return RunDirectoryError(f"cannot read: {error.strerror or error}", where=str(path), hint="name the folder of a run", code="E1501")


def _damaged(where: str, error: Exception) -> RunDirectoryError:
    return RunDirectoryError(
        f"damaged record: {error}", where=where, hint="restore the file from a copy, or start the run again with --fresh", code="E1502"
    )


class RunDirectoryJournal(RunDirectory):
    """A run directory held for writing. One process at a time: a second one is refused with the first one's process id."""

    def __init__(self, path: Path, redact: Redactor | None = None) -> None:
        """Raises `RunDirectoryError` where another process writes, or the folder is somebody else's, and `InfrastructureError`."""
        super().__init__(path)
        self._redact = redact or Redactor()
        with ExitStack() as opened:
            try:
                self._open(opened)
            except OSError as error:
                raise cannot_write(path, error) from error
            self._opened = opened.pop_all()

    def _open(self, opened: ExitStack) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise RunDirectoryError("is a file, not a folder", where=self.location, hint="name another --output-dir", code="E1507")
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = opened.enter_context((self.path / ".lock").open("a+"))
        self._take_lock()
        is_ours = self.stored_manifest() is not None
        self.summary()  # somebody else's file of this name is refused, not written over
        for name in (MANIFEST, SUMMARY, RESULTS):
            remove_left_behind(self.path / name)
        self._outputs = AnswerFile(self.path / OUTPUTS, _output_decoder, self._redact, may_hold_garbage=is_ours)
        opened.callback(self._outputs.close)
        self._results = ScoreFile(self.path / RESULTS, _score_decoder, self._redact, may_hold_garbage=is_ours)
        opened.callback(self._results.close)
        sync_folder(self.path)

    def append_output(self, record: OutputRecord) -> None:
        if self._offsets is None:
            self._outputs.append(record)
            return
        offset = self._outputs.end
        self._outputs.append(record)
        self._offsets[answer_key(record.case_id, record.trial)] = offset

    def append_scores(self, record: ScoreRecord) -> None:
        self._results.append(record)

    def scores(self) -> Iterator[ScoreRecord]:
        self._results.flush()
        return super().scores()

    def clear_scores(self) -> None:
        self._results.clear()

    def replace_scores(self, records: Iterable[ScoreRecord]) -> None:
        self._results.replace(records)

    def clear(self) -> None:
        try:
            for name in (MANIFEST, SUMMARY, JUDGE):
                (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(self.path, error) from error
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
        with self._opened:
            try:
                self.sync()
            except OSError as error:
                raise cannot_write(self.path, error) from error

    def _write(self, name: str, value: Manifest | Summary) -> None:
        try:
            write_atomically(
                self.path / name, msgspec.json.format(_encode(self._redact.value(msgspec.to_builtins(value))), indent=2) + b"\n"
            )
        except OSError as error:
            raise cannot_write(self.path / name, error) from error

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
