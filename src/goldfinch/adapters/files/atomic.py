"""Write a file as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of `path` when the block ends well; otherwise `path` stays as it was.

    A reader, or a crash, sees the old or the new content and nothing between. Raises `OSError`. A symbolic link at `path` is replaced,
    not followed.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_text_file(path: Path) -> Iterator[TextIO]:
    """As `atomic_file`, in UTF-8 with `\\n` for new lines."""
    with atomic_file(path) as file:
        text = TextIOWrapper(file, encoding="utf-8", newline="\n")
        yield text
        text.flush()
        text.detach()


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the content of `path`. Raises `OSError`."""
    with atomic_file(path) as file:
        file.write(content)
