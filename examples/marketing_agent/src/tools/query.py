"""The tool `query_data`: one SELECT over the account's tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from src.tools.database import SHOWN_CELL_CHARS
from src.tools.errors import ToolFailure
from src.tools.workspace import Workspace

DEFAULT_ROWS, MAX_ROWS = 200, 1_000


def query_data(workspace: Workspace, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Run `sql` and give at most `limit` rows; `truncated` says that there were more. Numbers are as in the table, dates ISO texts.

    Refused, in words: anything but one SELECT over the account's tables, functions beyond a list, and what takes more than a fixed number
    of steps. Personal columns hold pseudonyms (`masked-0001`): equal values stay equal, so counting works, and no spelling of a query can
    reveal what the database never held.
    """
    if not workspace.tables:
        raise ToolFailure("the data have no tables")
    limit = min(int(arguments.get("limit") or DEFAULT_ROWS), MAX_ROWS)
    found = workspace.database.select(str(arguments["sql"]), limit)
    warnings = [text for texts in workspace.table_warnings.values() for text in texts]
    if found.truncated:
        warnings.append(f"there are more rows; the first {len(found.rows)} are shown")
    if found.read_personal:
        warnings.append("personal columns are masked")
    if found.cut_cells:
        warnings.append(f"{found.cut_cells} texts are cut at {SHOWN_CELL_CHARS} characters")
    return {
        "columns": list(found.columns),
        "rows": [list(row) for row in found.rows],
        "row_count": len(found.rows),
        "truncated": found.truncated,
        "warnings": warnings,
    }
