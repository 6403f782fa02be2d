"""Opening a report that someone else wrote: bounded in size and depth, no link followed, one clear line for what is wrong."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from goldfinch.core.errors import EvidenceUnreadable
from goldfinch.core.gates import codes

MAX_BYTES = 64_000_000
"""Reports of large projects take a few megabytes; a coverage report of a million lines some forty."""
MAX_TEXT = 300
MAX_SPOTS = 100
"""Single problems that are kept to be shown; all are counted."""


def content_of(path: Path, *, kind: str) -> bytes:
    """The bytes of a report. Raises `EvidenceUnreadable`: E2110 not there, E2111 no plain file or not readable, E2112 too long."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise EvidenceUnreadable("is not a plain file", where=str(path), hint=f"give the {kind}", code=codes.NOT_READABLE)
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _not_opened(path, kind, error) from error
    if len(content) > MAX_BYTES:
        what = f"is longer than {MAX_BYTES // 1_000_000} MB: no {kind} that could be read"
        raise EvidenceUnreadable(what, where=str(path), code=codes.TOO_LONG)
    return content


def json_of(path: Path, *, kind: str) -> Any:
    """The JSON value of a report; NaN and infinity are no JSON. Raises `EvidenceUnreadable` (E2113)."""
    content = content_of(path, kind=kind).removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise damaged(path, kind, "nested too deeply" if isinstance(error, RecursionError) else str(error)) from error


def damaged(path: Path, kind: str, why: str, *, line: int | None = None) -> EvidenceUnreadable:
    """The error for a report that is not what it should be."""
    where = str(path) if line is None else f"{path}:{line}"
    return EvidenceUnreadable(f"is no {kind}: {one_line(why)}", where=where, hint="make it anew", code=codes.DAMAGED)


def one_line(text: object) -> str:
    """Words of another tool in one line of bounded length; what is no text is left out."""
    if not isinstance(text, str):
        return ""
    line = " ".join(text[: 4 * MAX_TEXT].split())
    return line if len(line) <= MAX_TEXT else f"{line[: MAX_TEXT - 1]}…"


def mappings(value: Any, path: Path, kind: str) -> Iterator[Mapping[str, Any]]:
    """The elements of a list of objects. Raises `EvidenceUnreadable` where it is none, or an element is something else."""
    if not isinstance(value, list):
        raise damaged(path, kind, "a list is missing")
    for place, element in enumerate(value):
        if not isinstance(element, dict):
            raise damaged(path, kind, f"element {place} of a list is no object")
        yield element


def mapping(value: Any, path: Path, kind: str, name: str = "") -> Mapping[str, Any]:
    """An object. Raises `EvidenceUnreadable` where it is none."""
    if not isinstance(value, dict):
        raise damaged(path, kind, f"`{name}` is no object" if name else "it is no object")
    return value


def whole(value: Any) -> int | None:
    """A count or a line number from 0; None for anything else, `true` included."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53 else None


def spot(file: object, line: object) -> str:
    """`src/app.py:12`; the file alone where there is no line."""
    number = whole(line)
    return one_line(file) if number is None else f"{one_line(file)}:{number}"


def _not_opened(path: Path, kind: str, error: Exception) -> EvidenceUnreadable:
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG) or isinstance(error, ValueError):
        return EvidenceUnreadable("does not exist", where=str(path), hint=f"give the {kind}", code=codes.NO_SUCH_REPORT)
    if number in (errno.ELOOP, errno.EMLINK):
        return EvidenceUnreadable("is a symbolic link, which is never followed", where=str(path), code=codes.NOT_READABLE)
    if number == errno.EISDIR:
        return EvidenceUnreadable("is a folder", where=str(path), hint=f"give the {kind} in it", code=codes.NOT_READABLE)
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return EvidenceUnreadable(f"cannot be read ({reason})", where=str(path), hint="check its permissions", code=codes.NOT_READABLE)
