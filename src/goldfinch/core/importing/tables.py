"""Rows of a CSV export, whose cells are text, as the objects that they were."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def from_table(row: Mapping[str, str], prefixes: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Cells that hold a JSON object, list or text are read; columns such as `inputs.question` become keys of `inputs`."""
    found: dict[str, Any] = {}
    for title, cell in row.items():
        name, key = _home(title, prefixes)
        value = _cell(cell)
        if key is None:
            if cell or name in ("input", "inputs"):
                found[name] = value
        elif cell and isinstance(inner := found.setdefault(name, {}), dict):
            inner[key] = value
    return found


def _home(title: str, prefixes: Mapping[str, tuple[str, ...]]) -> tuple[str, str | None]:
    for name, starts in prefixes.items():
        start = next((start for start in starts if title.startswith(start) and title != start), None)
        if start is not None:
            return name, title.removeprefix(start)
    return title, None


def _cell(cell: str) -> Any:
    """JSON where the cell begins like an object, a list or a quoted text and is one; else the text. A bare number stays a text."""
    if not cell.lstrip().startswith(("{", "[", '"')):
        return cell
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        return cell
    return value
