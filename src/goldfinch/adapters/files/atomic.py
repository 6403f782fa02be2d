"""Write a file as a whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, TextIO


@contextmanager
def atomic_file(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of `path` when the block ends well; otherwise `path` stays as it was.

    A reader, or a kill, sees the old or the new content and nothing between; with `durable` a power loss does too. Raises `OSError`. A
    symbolic link at `path` is replaced, not followed.
    """
    if not path.name:  # `.` and `/`
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    temporary = path.with_name(f".{path.name}.{token_hex(4)}.tmp")  # not the process id: in containers that share a folder all have 1
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.replace(path)
        if durable:
            sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make new names in `folder` survive a power loss. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_left_behind(path: Path) -> None:
    """Remove the unfinished files that killed writers of `path` left. Only for one who knows that nobody else is writing it."""
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        left.unlink(missing_ok=True)


@contextmanager
def atomic_text_file(path: Path) -> Iterator[TextIO]:
    """As `atomic_file`, in UTF-8 with `\\n` for new lines."""
    with atomic_file(path) as file:
        text = TextIOWrapper(file, encoding="utf-8", newline="\n")
        yield text
        text.flush()
        text.detach()


def write_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Replace the content of `path`. Raises `OSError`."""
    with atomic_file(path, durable=durable) as file:
        file.write(content)
