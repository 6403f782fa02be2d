"""The spending of the last hour, in one small file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from goldfinch.adapters.files.atomic import atomic_file

_MOST_BYTES = 1 << 20


class LiveSpendingFile:
    """Implements `ports.live_spending.LiveSpending`. The folder is made, for its user alone, when there is something to keep."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> tuple[tuple[float, float], ...]:
        try:
            with self._path.open("rb") as file:
                written = json.loads(file.read(_MOST_BYTES))
        except (OSError, ValueError, RecursionError):
            return ()
        spent = written.get("spent") if isinstance(written, dict) else None
        return tuple((float(one[0]), float(one[1])) for one in spent if _is_pair(one)) if isinstance(spent, list) else ()

    def keep(self, spent: Sequence[tuple[float, float]]) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with atomic_file(self._path) as file:
            file.write(json.dumps({"spent": [list(one) for one in spent]}).encode())


def _is_pair(one: Any) -> bool:
    return (
        isinstance(one, list) and len(one) == 2 and all(type(part) in (int, float) and abs(part) < 1e15 and isfinite(part) for part in one)
    )
