"""Answers that were recorded earlier: scored again without asking anybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import msgspec

from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.seen import CompactMap
from goldfinch.core.errors import AgentUnusable
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.results.keys import answer_key
from goldfinch.ports.agent import AnswerFailed

from .failures import answer_failed
from .outputs import OutputInvalid, decode_json, read_fields

MAX_LINE_BYTES = 64 * 1024 * 1024


_NOTHING = msgspec.Raw(b"null")


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """A line as people write it; the large parts stay unparsed until they are asked for."""

    case_id: str
    trial: int = 0
    output: msgspec.Raw = _NOTHING
    messages: msgspec.Raw = _NOTHING
    text: str | None = None
    data: msgspec.Raw = _NOTHING
    reward: float | None = None
    reported: dict[str, float] | None = None
    cost_usd: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_input_tokens: int | None = None
    latency_ms: float | None = None
    first_token_ms: float | None = None
    model: str | None = None
    finish_reason: str | None = None
    error: msgspec.Raw = _NOTHING


class _RunLine(msgspec.Struct):
    """A line of a run directory's `outputs.jsonl`, in which the last line of a (case, trial) counts."""

    case_id: str
    case_hash: str
    trial: int
    output: msgspec.Raw


_read_own = msgspec.json.Decoder(_Line).decode
_read_run = msgspec.json.Decoder(_RunLine).decode


class RecordedAnswers:
    """Reads answers from a JSON Lines file or a run directory; only their positions are held in memory (16 to 21 bytes an answer)."""

    def __init__(self, path: Path, *, shown: str | None = None, name: str | None = None) -> None:
        self._path = path / "outputs.jsonl" if path.is_dir() else path
        self._shown = shown or str(path)
        self._name = name or f"recorded:{self._shown}"
        self._index: CompactMap | None = None
        self._version = ""
        self._file: BinaryIO | None = None

    def __repr__(self) -> str:
        return f"RecordedAnswers({self._shown!r})"

    @property
    def name(self) -> str:
        return self._name

    @property
    def version(self) -> str:
        """A hash of the file's bytes. Raises `AgentUnusable` where the file cannot be read."""
        self._load()
        return self._version

    @property
    def limit_key(self) -> str:
        return self._name

    @property
    def timeout_kind(self) -> FailureKind:
        return FailureKind.TIMEOUT

    @property
    def is_recorded(self) -> bool:
        return True

    def worst_case_cost_usd(self, case: Case) -> float | None:  # noqa: ARG002 - the port's signature
        """Nothing: reading costs nothing, whatever the answers cost when they were made."""
        return 0.0

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:  # noqa: ARG002 - the port's signature
        offset = self._load().get(answer_key(case.id, trial))
        line = None if offset is None else self._line_at(offset)
        if line is None or (line.get("case_id"), line.get("trial", 0)) != (case.id, trial):
            raise answer_failed(FailureKind.NOT_RECORDED, f"{self._shown} has no answer for case {case.id}, trial {trial}")
        try:
            output = _read_line(line)
        except OutputInvalid as error:
            # A defect of the recording says nothing about the agent: no score may come of it.
            where = f"{self._shown}, case {case.id}, trial {trial}"
            raise AgentUnusable(f"the recorded answer is unusable: {error}", where=where, code="E1361") from None
        if output.failure is not None:
            raise _as_recorded(output, output.failure)
        return output

    async def __aenter__(self) -> Self:
        self._load()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _load(self) -> CompactMap:
        if self._index is None:
            self._index, self._version = self._scan()
        return self._index

    def _scan(self) -> tuple[CompactMap, str]:
        index, digest = CompactMap(), sha256()
        for number, offset, raw in self._raw_lines():
            digest.update(raw)
            if not raw.strip():
                continue
            where = f"{self._shown}:{number}"
            line = self._line_of(raw, where)
            if line is None:
                continue
            name = answer_key(line.case_id, line.trial)
            earlier = index.get(name)
            if earlier is not None and isinstance(line, _Line):
                raise self._duplicate(line, earlier, where)
            index[name] = offset
        if not len(index):
            raise AgentUnusable("there are no recorded answers in it", where=self._shown, code="E1360")
        return index, digest.hexdigest()[:16]

    def _raw_lines(self) -> Iterator[tuple[int, int, bytes]]:
        """Line number, byte offset and bytes of every line."""
        try:
            with self._path.open("rb") as file:
                offset = 0
                for number, raw in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES), b""), 1):
                    yield number, offset, raw
                    offset += len(raw)
        except OSError as error:
            raise AgentUnusable(f"cannot be read: {error.strerror}", where=self._shown, hint="check agent.path", code="E1360") from None

    def _line_of(self, raw: bytes, where: str) -> _Line | _RunLine | None:
        """Read what the index needs of a line; None for the torn last line that a killed run leaves."""
        try:
            return _read_own(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                return _read_run(raw)
            if self._path.name == "outputs.jsonl" and not raw.endswith(b"\n"):
                return None
            problem = f"a line is longer than {MAX_LINE_BYTES} bytes" if len(raw) >= MAX_LINE_BYTES else str(error)
            hint = 'a line needs "case_id", "trial" and "output", "messages", "text" or "data"'
            raise AgentUnusable(f"no recorded answer: {problem}", where=where, hint=hint, code="E1361") from None

    def _duplicate(self, line: _Line, earlier: int, where: str) -> AgentUnusable:
        first = next(number for number, offset, _ in self._raw_lines() if offset == earlier)
        what = f"case {line.case_id}, trial {line.trial} is already on line {first}"
        return AgentUnusable(what, where=where, hint="keep one answer for each case and trial", code="E1362")

    def _line_at(self, offset: int) -> dict[str, Any] | None:
        if self._file is None:
            self._file = self._path.open("rb")
        self._file.seek(offset)
        try:
            value = decode_json(self._file.readline())
        except OutputInvalid:
            return None
        return value if isinstance(value, dict) else None


def _read_line(line: dict[str, Any]) -> Output:
    """Read either shape of a line. Raises `OutputInvalid`."""
    stored = line.get("output")
    if stored is not None:
        if not isinstance(stored, dict):
            raise OutputInvalid("output is no object")
        return _with_failure(read_fields(stored), stored.get("failure"))
    fields = {key: value for key, value in line.items() if key not in ("case_id", "trial", "reward", "error")}
    if line.get("reward") is not None:
        fields["reported"] = {"reward": line["reward"], **(line.get("reported") or {})}
    return _with_failure(read_fields(fields), line.get("error"))


def _with_failure(output: Output, failure: Any) -> Output:
    """Add what went wrong when the answer was recorded: a text, or `{"kind", "message"}`."""
    if failure is None:
        return output
    if isinstance(failure, str):
        return replace(output, failure=Failure(FailureKind.EXCEPTION, failure))
    try:
        return replace(output, failure=msgspec.convert(failure, Failure))
    except msgspec.ValidationError as error:
        raise OutputInvalid(f"failure: {error}") from None


def _as_recorded(output: Output, failure: Failure) -> AnswerFailed:
    """A recorded failure of the agent stays one; a recorded failure of a provider is an answer that is not there."""
    known = replace(output, failure=None)
    if failure.kind.is_missing:
        return answer_failed(
            FailureKind.NOT_RECORDED, f"recorded as {failure.kind}: {failure.message}", status=failure.status, output=known
        )
    return answer_failed(failure.kind, failure.message, status=failure.status, output=known)
