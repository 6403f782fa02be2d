"""The tables as a read-only SQLite database in memory, behind a guard that one SELECT passes and nothing else."""

from __future__ import annotations

import math
import re
import sqlite3
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from src.tools.errors import ToolFailure
from src.tools.tables import NUMBER_COLUMNS, Table, is_personal

MAX_STEPS = 3_000_000
"""Instructions of SQLite's virtual machine a query may take: some tenths of a second."""
STEPS_BETWEEN_CHECKS = 100
DEADLINE_S = 2.0
"""A net below the steps: a single instruction over long texts can take long."""
MAX_SQL_CHARS = 20_000
MAX_VALUE_BYTES = 20_000
MAX_PATTERN_CHARS = 200
SHOWN_CELL_CHARS = 2_000
MAX_RESULT_CHARS = 200_000
"""Of all cells of a result together: what a model or a person can still look at, and a process can keep."""
CHARS_OF_A_NUMBER = 10
_AGGREGATES = ("avg", "count", "group_concat", "max", "min", "string_agg", "sum", "total")
_WINDOWS = (
    "cume_dist",
    "dense_rank",
    "first_value",
    "lag",
    "last_value",
    "lead",
    "nth_value",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
)
_NUMBERS = ("abs", "ceil", "ceiling", "exp", "floor", "ln", "log", "log10", "log2", "mod", "pow", "power", "round", "sign", "sqrt")
_TEXTS = (
    "concat",
    "concat_ws",
    "instr",
    "length",
    "like",
    "lower",
    "ltrim",
    "replace",
    "rtrim",
    "substr",
    "substring",
    "trim",
    "unicode",
    "upper",
)
_DATES = ("date", "datetime", "julianday", "strftime", "time", "unixepoch")
_CHOICES = ("coalesce", "ifnull", "iif", "nullif", "typeof")
FUNCTIONS = frozenset((*_AGGREGATES, *_WINDOWS, *_NUMBERS, *_TEXTS, *_DATES, *_CHOICES))
"""Without printf and format (one call can run for minutes, uninterruptibly), and without what makes blobs or reads files and extensions."""
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MAX_VALUE_BYTES,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: MAX_SQL_CHARS * 4,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 20,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_LEADING_COMMENTS = re.compile(r"\A(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class QueryResult:
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool
    """There are more rows than the limit, or than fit into MAX_RESULT_CHARS."""
    read_personal: bool
    cut_cells: int


class Database:
    """One connection behind a lock: queries are short, and SQLite in memory cannot be shared otherwise without copying it."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._lock = threading.Lock()
        self._guard = _Guard({name.casefold() for name in tables})
        # No statement is kept: SQLite asks the guard when it prepares one, so one that is prepared already would read nothing personal.
        self._connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None, cached_statements=0)
        for table in tables.values():
            _create(self._connection, table)
        self._connection.execute("PRAGMA query_only = ON")
        self._connection.execute("PRAGMA trusted_schema = OFF")
        for category, limit in _LIMITS.items():
            self._connection.setlimit(category, limit)
        for arguments in (2, 3):
            self._connection.create_function("like", arguments, like, deterministic=True)
        self._connection.set_authorizer(self._guard.authorize)

    def select(self, sql: str, limit: int, max_steps: int = MAX_STEPS) -> QueryResult:
        """Run one SELECT and give at most `limit` rows. Raises `ToolFailure` in words for all that is refused or wrong."""
        _check_statement(sql)
        with self._lock:
            self._guard.begin()
            budget = _StepBudget(max_steps)
            self._connection.set_progress_handler(budget.spend, STEPS_BETWEEN_CHECKS)
            try:
                cursor = self._connection.execute(sql)
                columns = tuple(column[0] for column in cursor.description or ())
                rows = _fetched(cursor, limit)
                cursor.close()
            except (sqlite3.Error, sqlite3.Warning, OverflowError, UnicodeError) as error:
                raise ToolFailure(self._refusal(error, budget)) from None
            finally:
                self._connection.set_progress_handler(None, 0)
            read_personal = self._guard.read_personal
        return _result(columns, rows, limit, read_personal)

    def _refusal(self, error: Exception, budget: _StepBudget) -> str:
        if self._guard.refused:
            return f"query refused: {self._guard.refused}; one SELECT over the account's tables is allowed"
        if budget.is_spent:
            return "query refused: it takes too long; filter or aggregate more"
        if "one statement" in str(error):
            return "query refused: more than one statement; one SELECT over the account's tables is allowed"
        return f"query failed: {str(error)[:200]}"


def like(pattern: Any, text: Any, escape: str | None = None) -> bool | None:
    """SQL's LIKE, in a time that grows with pattern times text: SQLite's own goes back and forth over each `%`, for hours if one wants it to."""
    if pattern is None or text is None:
        return None
    first, *rest = _like_parts(str(pattern)[:MAX_PATTERN_CHARS], escape)
    subject = str(text)
    if not rest:
        return first.fullmatch(subject) is not None
    start = first.match(subject)
    if start is None:
        return False
    place = start.end()
    for part in rest[:-1]:
        found = part.search(subject, place)
        if found is None:
            return False
        place = found.end()
    # The last part has a fixed length, so that it can only stand at the very end.
    return any(
        rest[-1].fullmatch(subject, end) is not None for end in range(max(place, len(subject) - MAX_PATTERN_CHARS), len(subject) + 1)
    )


@lru_cache(maxsize=256)
def _like_parts(pattern: str, escape: str | None) -> tuple[re.Pattern[str], ...]:
    """What stands between the `%`, each of a fixed length."""
    parts, escaped = [""], False
    for character in pattern:
        if character == escape and not escaped:
            escaped = True
            continue
        if character == "%" and not escaped:
            parts.append("")
        else:
            parts[-1] += "." if character == "_" and not escaped else re.escape(character)
        escaped = False
    if escaped:
        parts[-1] += "(?!)"  # a pattern that ends in the escape character matches nothing
    return tuple(re.compile(part, re.IGNORECASE | re.DOTALL) for part in parts)


class _StepBudget:
    def __init__(self, max_steps: int) -> None:
        self._left = max(1, max_steps // STEPS_BETWEEN_CHECKS)
        self._deadline = time.monotonic() + DEADLINE_S
        self.is_spent = False

    def spend(self) -> int:
        """Called by SQLite every so many steps; other than 0 ends the query."""
        self._left -= 1
        self.is_spent = self._left <= 0 or time.monotonic() > self._deadline
        return 1 if self.is_spent else 0


class _Guard:
    """SQLite asks it for every action that a statement would take, when the statement is compiled."""

    def __init__(self, tables: set[str]) -> None:
        self._tables = tables | {"sqlite_master", "sqlite_schema"}
        self.begin()

    def begin(self) -> None:
        self.refused: str | None = None
        self.read_personal = False

    def authorize(self, action: int, first: str | None, second: str | None, database: str | None, source: str | None) -> int:
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ:
            return self._read(first or "", second or "")
        if action == sqlite3.SQLITE_FUNCTION:
            return sqlite3.SQLITE_OK if (second or "").casefold() in FUNCTIONS else self._refuse(f"the function {second} is not allowed")
        return self._refuse(_ACTIONS.get(action, "it would do more than read"))

    def _read(self, table: str, column: str) -> int:
        if table.casefold() not in self._tables:
            return self._refuse(f"there is no table {table[:80]}")
        self.read_personal = self.read_personal or is_personal(table, column)
        return sqlite3.SQLITE_OK

    def _refuse(self, why: str) -> int:
        self.refused = self.refused or why
        return sqlite3.SQLITE_DENY


_ACTIONS = {
    sqlite3.SQLITE_ATTACH: "ATTACH is not allowed",
    sqlite3.SQLITE_DETACH: "DETACH is not allowed",
    sqlite3.SQLITE_PRAGMA: "PRAGMA is not allowed",
    sqlite3.SQLITE_INSERT: "it would write",
    sqlite3.SQLITE_UPDATE: "it would write",
    sqlite3.SQLITE_DELETE: "it would write",
    sqlite3.SQLITE_TRANSACTION: "transactions are not allowed",
}


def _check_statement(sql: str) -> None:
    if len(sql) > MAX_SQL_CHARS:
        raise ToolFailure(f"query refused: longer than {MAX_SQL_CHARS:,} characters")
    if "\0" in sql:
        raise ToolFailure("query refused: it holds a null character")
    first = sql[_LEADING_COMMENTS.match(sql).end() :].split(None, 1)[:1]  # type: ignore[union-attr]
    if not first or not re.match(r"(select|with|values)\b", first[0], re.IGNORECASE):
        raise ToolFailure("query refused: it is no SELECT; one SELECT over the account's tables is allowed")


def _create(connection: sqlite3.Connection, table: Table) -> None:
    if not table.columns:
        return
    columns = ", ".join(f"{_quoted(column)} {_type(column)}".strip() for column in table.columns)
    connection.execute(f"CREATE TABLE {_quoted(table.name)} ({columns})")
    places = ", ".join("?" * len(table.columns))
    connection.execute("BEGIN")
    connection.executemany(f"INSERT INTO {_quoted(table.name)} VALUES ({places})", table.rows)  # nosec B608: quoted names, bound values
    connection.execute("COMMIT")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _type(column: str) -> str:
    return "NUMERIC" if column in NUMBER_COLUMNS else ""


def _fetched(cursor: sqlite3.Cursor, limit: int) -> list[tuple[Any, ...]]:
    """One row more than the limit, to know that there are more; fewer where they are so long that the result would be."""
    rows: list[tuple[Any, ...]] = []
    size = 0
    for row in cursor:
        rows.append(row)
        size += sum(min(len(cell), SHOWN_CELL_CHARS) if isinstance(cell, str | bytes) else CHARS_OF_A_NUMBER for cell in row)
        if len(rows) > limit or size > MAX_RESULT_CHARS:
            break
    return rows


def _result(columns: tuple[str, ...], rows: list[tuple[Any, ...]], limit: int, read_personal: bool) -> QueryResult:
    kept: list[tuple[Any, ...]] = []
    size = 0
    for row in rows[:limit]:
        told = tuple(_json_cell(cell) for cell in row)
        size += sum(len(cell) if isinstance(cell, str) else CHARS_OF_A_NUMBER for cell in told)
        if kept and size > MAX_RESULT_CHARS:
            break
        kept.append(told)
    cut = sum(isinstance(cell, str) and len(cell) > SHOWN_CELL_CHARS for row in rows[: len(kept)] for cell in row)
    return QueryResult(columns, tuple(kept), len(rows) > len(kept), read_personal, cut)


def _json_cell(cell: Any) -> Any:
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    if isinstance(cell, bytes):
        return cell[: SHOWN_CELL_CHARS // 2].hex()
    return cell[:SHOWN_CELL_CHARS] if isinstance(cell, str) else cell
