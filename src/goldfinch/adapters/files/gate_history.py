"""`gate-history.jsonl`: what each gate said of each run, and how its blocks turned out. Only ever appended to."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from goldfinch.adapters.files.schemas import schema_of
from goldfinch.core.checking.codes import BAD_HISTORY, CANNOT_WRITE
from goldfinch.core.checking.history import SCHEMA_VERSION, GateLine
from goldfinch.core.errors import ConfigurationError, InfrastructureError
from goldfinch.core.redaction import Redactor

MAX_BYTES = 100_000_000
_decoder = msgspec.json.Decoder(GateLine)


def read_history(path: Path) -> tuple[GateLine, ...]:
    """Every line; none where there is no file yet. What a kill left unfinished at the end is passed over. Raises `ConfigurationError`."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _bad(str(path), f"cannot be read: {error.strerror or error}") from error
    if len(content) > MAX_BYTES:
        raise _bad(str(path), f"is longer than {MAX_BYTES // 1_000_000} MB")
    whole = content[: content.rfind(b"\n") + 1]
    return tuple(_line(line, f"{path}:{number}") for number, line in enumerate(whole.split(b"\n")[:-1], 1) if line.strip())


def append_history(path: Path, lines: Sequence[GateLine], redact: Redactor) -> None:
    """Add lines in one write, each whole. Raises `InfrastructureError`."""
    content = b"".join(msgspec.json.encode(redact.value(msgspec.to_builtins(line))) + b"\n" for line in lines)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.ftruncate(descriptor, _whole(descriptor))
            os.write(descriptor, content)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise InfrastructureError(f"cannot write: {error.strerror or error}", where=str(path), code=CANNOT_WRITE) from error


def history_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a line. It is open: later versions may add keys."""
    return schema_of(
        GateLine, "A line of gate-history.jsonl: what a gate said of a run, or how its block turned out.", version=SCHEMA_VERSION
    )


def _whole(descriptor: int) -> int:
    """Where the last whole line ends: what a kill tore is no line."""
    size = os.fstat(descriptor).st_size
    if size == 0 or os.pread(descriptor, 1, size - 1) == b"\n":
        return size
    tail = min(size, 65_536)
    return size - tail + os.pread(descriptor, tail, size - tail).rfind(b"\n") + 1


def _line(line: bytes, where: str) -> GateLine:
    try:
        found = _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _bad(where, f"is no line of a gates' history: {error}") from error
    if found.schema_version > SCHEMA_VERSION:
        raise _bad(where, f"was written by a newer Goldfinch (schema_version {found.schema_version})")
    return found


def _bad(where: str, what: str) -> ConfigurationError:
    return ConfigurationError(what, where=where, hint="restore the file, or name another one with --history", code=BAD_HISTORY)
