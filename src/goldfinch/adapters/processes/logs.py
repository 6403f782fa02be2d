"""Logs of processes that write to their files themselves, and need nobody for it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_TAIL = 4_096


def keep_small(log: Path, most_bytes: int) -> None:
    """Beyond `most_bytes`, the last of what is there moves to `NAME.1`, and the file begins anew under the process's hands: it writes at
    the end, wherever that is. Lines written between the two are lost."""
    try:
        if log.stat().st_size <= most_bytes:
            return
        older = log.with_name(f"{log.name}.1")
        older.unlink(missing_ok=True)
        with log.open("rb") as source, os.fdopen(os.open(older, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            source.seek(-most_bytes, os.SEEK_END)  # a release that writes faster than anybody looks does not get twice the room
            shutil.copyfileobj(source, target)
        os.truncate(log, 0)
    except OSError:
        return  # no room, no rights: a log never stops a release


def last_line(log: Path) -> str:
    """The last line that says something; empty where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
