"""`judge.jsonl` in a run directory: what the judge's model replied, one line a call, in the form of `outputs.jsonl`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from goldfinch.adapters.files.append_only import AnswerFile, cannot_write
from goldfinch.adapters.files.run_directory import JUDGE
from goldfinch.core.datasets.seen import CompactMap
from goldfinch.core.errors import RunDirectoryError
from goldfinch.core.judging.codes import BROKEN_REPLIES
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.keys import answer_key
from goldfinch.core.results.records import OutputRecord
from goldfinch.ports.run_journal import UnwritableRecord

_decoder = msgspec.json.Decoder(OutputRecord)
_NOT_A_RECORD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class JudgeReplyFile:
    """Holds the place of each line in memory (some bytes a call), the lines themselves on disk.

    The run's own lock keeps other processes out. A kill loses nothing that was finished; a power loss what the system had not written.
    """

    def __init__(self, folder: Path, redact: Redactor | None = None) -> None:
        """Raises `RunDirectoryError` where the file is somebody else's or cannot be read, and `InfrastructureError`."""
        self._path = folder / JUDGE
        try:
            self._file = AnswerFile(self._path, _decoder, redact or Redactor(), may_hold_garbage=True)
        except OSError as error:
            raise cannot_write(self._path, error) from error
        self._places = CompactMap()
        self._spent_usd = 0.0
        try:
            self._read()
        except BaseException:
            self._file.close()
            raise

    @property
    def spent_usd(self) -> float:
        return self._spent_usd

    def get(self, key: str) -> Output | None:
        at = self._places.get(_place_key(key))
        if at is None:
            return None
        try:
            with self._path.open("rb") as file:
                file.seek(at)
                record = _decoder.decode(file.readline())
        except (OSError, *_NOT_A_RECORD) as error:
            raise _broken(f"{self._path}, byte {at}", error) from error
        return record.output if record.case_hash == key else None

    def append(self, record: OutputRecord) -> None:
        at = self._file.end
        try:
            self._file.append(record)
        except UnwritableRecord as error:
            failure = Failure(FailureKind.INVALID_OUTPUT, f"the reply cannot be written as JSON: {error}")
            record = OutputRecord(
                record.case_id,
                record.case_hash,
                record.trial,
                record.started_at,
                Output(failure=failure, cost_usd=record.output.cost_usd, usage=record.output.usage),
            )
            self._file.append(record)
        self._count(record, at)

    def close(self) -> None:
        try:
            self._file.sync()
        except OSError as error:
            raise cannot_write(self._path, error) from error
        finally:
            self._file.close()

    def _read(self) -> None:
        at = 0
        try:
            with self._path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    self._count(_decoded(line, f"{self._path}:{number}"), at)
                    at += len(line)
        except OSError as error:
            raise _broken(str(self._path), error) from error

    def _count(self, record: OutputRecord, at: int) -> None:
        self._spent_usd += record.output.cost_usd or 0.0
        if record.output.failure is None:
            self._places[_place_key(record.case_hash)] = at


def _decoded(line: bytes, where: str) -> OutputRecord:
    try:
        return _decoder.decode(line)
    except _NOT_A_RECORD as error:
        raise _broken(where, error) from error


def _place_key(key: str) -> int:
    return answer_key(key, 0)


def _broken(where: str, error: Exception) -> RunDirectoryError:
    return RunDirectoryError(
        f"the judge's replies cannot be read: {error}",
        where=where,
        hint="restore the file from a copy, or delete it and pay for the replies again",
        code=BROKEN_REPLIES,
    )
