"""The file of drills: one line each, appended."""

from __future__ import annotations

import json
import os
from pathlib import Path

from goldfinch.core.recovery.drills import Drill, LastDrill, read_drill
from goldfinch.core.recovery.failures import DrillsUnreadable


def append_drill(path: Path, drill: Drill) -> None:
    """One write, durable. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, (json.dumps(drill.as_json(), ensure_ascii=False) + "\n").encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def last_drill(path: Path) -> LastDrill | None:
    """None: there was none. Raises `DrillsUnreadable` (E3804)."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DrillsUnreadable(f"cannot be read: {type(error).__name__}", where=str(path)) from None
    if not lines:
        return None
    try:
        return read_drill(lines[-1])
    except ValueError as error:
        raise DrillsUnreadable(str(error), where=f"{path}:{len(lines)}", hint="remove the line, and hold a drill") from None
