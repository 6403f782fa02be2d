"""One file of a dataset: where it is, how it is called in messages, and how it is opened without following links."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from goldfinch.core.datasets import codes
from goldfinch.core.errors import Problem

BOM = b"\xef\xbb\xbf"

Report = Callable[[Problem], None]
"""Takes a problem; may raise to end the reading."""
Located = tuple[int, Any]
"""The line that a raw case begins on, and the case as the format's plain values."""
Reader = Callable[["SourceFile", Report], Iterator[Located]]


class Unreadable(Exception):
    """A piece of a file cannot be read: what, the code, what to do, and the line where that is not the caller's own."""

    def __init__(self, code: str, what: str, hint: str = "", *, line: int | None = None) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.hint = hint
        self.line = line

    def at(self, label: str, line: int | None = None) -> Problem:
        line = self.line if self.line is not None else line
        return Problem(self.what, label if line is None else f"{label}:{line}", self.hint, self.code)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """`label` is the path as the user would type it; `defaults` come from the folder's dataset.yaml."""

    path: Path
    label: str
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def open(self) -> BinaryIO:
        """Open for reading; raises `Unreadable` for a link, anything that is no plain file, and a file that may not be read."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        if self.path.is_symlink():
            raise symbolic_link()
        try:
            descriptor = os.open(self.path, flags)
        except OSError as error:
            raise _not_opened(error) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise Unreadable(codes.UNREADABLE, "is not a plain file", "give a file or a folder")
        return os.fdopen(descriptor, "rb", buffering=1 << 16)


def symbolic_link() -> Unreadable:
    """Refuse a link: what it leads to may lie outside the dataset."""
    return Unreadable(codes.OUTSIDE, "is a symbolic link, which is never followed", "give the real path or put the file itself there")


def _not_opened(error: OSError) -> Unreadable:
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
        return Unreadable(codes.MISSING_PATH, "does not exist", "correct the path")
    if error.errno == errno.ELOOP:
        return symbolic_link()
    return Unreadable(codes.UNREADABLE, f"cannot be read ({error.strerror})", "check its permissions")


def bad_utf8(error: UnicodeDecodeError, offset: int) -> Unreadable:
    """`offset` is where the decoded piece begins in the file."""
    byte = error.object[error.start]
    return Unreadable(codes.BAD_UTF8, f"is not UTF-8: byte 0x{byte:02x} at offset {offset + error.start}", "save the file as UTF-8")
