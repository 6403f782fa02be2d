"""Recorded answers, as `goldfinch evaluate --agent recorded:PATH` reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from goldfinch.adapters.files.atomic import atomic_text_file
from goldfinch.core.datasets import codes
from goldfinch.core.errors import UsageError


def require_writable(path: Path, *, replace: bool) -> None:
    """Raise `UsageError` where the file exists and may not be replaced, or has a name that is not read as JSON Lines."""
    if path.suffix.lower() != ".jsonl":
        raise UsageError("is of no known format", where=str(path), hint="end it with .jsonl", code=codes.BAD_TARGET)
    if not replace and (path.exists() or path.is_symlink()):
        raise UsageError("exists", where=str(path), hint="give --force to replace it", code=codes.TARGET_EXISTS)


def write_answers(path: Path, answers: Iterable[Mapping[str, Any]]) -> None:
    """One answer a line; the file appears as a whole or not at all. Raises `UsageError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_text_file(path) as file:
            for answer in answers:
                file.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n")
    except OSError as error:
        raise UsageError(
            f"cannot be written ({error.strerror})", where=str(path), hint="check the folder", code=codes.BAD_TARGET
        ) from error
