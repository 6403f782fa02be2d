"""An opened account: its document, its tables, and what was wrong with them. Immutable after opening, safe to share between threads."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from src.tools.database import Database
from src.tools.errors import DataError
from src.tools.facts import Fact, creative_facts, daily_facts
from src.tools.tables import Table, distinct_names, is_date, read_csv, safe_name, table_of_rows

T = TypeVar("T")
MEMORY_ENTRIES = 1_000
ACCOUNT_TABLES = ("daily", "orders", "creatives", "leads")
DOCUMENT = "account.json"


class Memo:
    """Results by key, the oldest dropped beyond a bound. Two threads may compute the same result once each; both get an equal one."""

    def __init__(self, entries: int = MEMORY_ENTRIES) -> None:
        self._entries = entries
        self._values: dict[Any, Any] = {}
        self._lock = threading.Lock()

    def get(self, key: Any, compute: Callable[[], T], worth: Callable[[T], bool] = lambda _: True) -> T:
        """The value of a key, computed where it is not known; kept where it is `worth` its memory."""
        try:
            return self._values[key]  # type: ignore[no-any-return]
        except KeyError:
            value = compute()
        if not worth(value):
            return value
        with self._lock:
            if len(self._values) >= self._entries:
                self._values.pop(next(iter(self._values)))
            self._values[key] = value
        return value


@dataclass(frozen=True, eq=False)
class Workspace:
    """`document` is account.json (empty where there is none); personal cells of `tables` are pseudonyms already."""

    document: Mapping[str, Any]
    tables: Mapping[str, Table]
    general_warnings: tuple[str, ...] = ()
    table_warnings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By table, what was malformed in it."""
    memo: Memo = field(default_factory=Memo, repr=False)

    @classmethod
    def from_directory(cls, path: Path) -> Workspace:
        """Open a folder of account.json and CSV tables; what is absent is missing data with a warning.

        Raises `DataError` naming file and line of what cannot be read.
        """
        document, warnings = _read_document(path / DOCUMENT)
        tables: dict[str, Table] = {}
        found: dict[str, tuple[str, ...]] = {}
        for file in sorted(path.glob("*.csv")):
            name = safe_name(file.stem, "table")
            table, found[name] = read_csv(file)
            tables[name] = Table(name, table.columns, table.rows)
        return cls(document, tables, warnings + _absent_tables(tables), found)

    @classmethod
    def from_inline(cls, mapping: Mapping[str, Any]) -> Workspace:
        """Open an account in line, or any other JSON: lists become tables of their key, all else rows of the table `data`.

        Raises `DataError` for an `account` or `tables` of another shape: an answer about no data would look like one about theirs.
        """
        if "account" in mapping:
            _require_account(mapping["account"])
        account = mapping.get("account", mapping)
        if isinstance(account, Mapping) and (account is not mapping or isinstance(account.get("tables"), Mapping)):
            content = account.get("tables", mapping.get("tables"))
            tables, warnings, found = _inline_tables(content if isinstance(content, Mapping) else {})
            document = {str(key): _plain(value) for key, value in account.items() if key != "tables"}
            return cls(document, tables, warnings + _absent_tables(tables), found)
        tables, warnings, found = _inline_tables(_lists_and_rest(mapping))
        return cls({}, tables, warnings, found)

    @property
    def name(self) -> str:
        return str(self.document.get("name") or "unnamed")

    @property
    def currency(self) -> str:
        currency = self.document.get("currency")
        return currency if isinstance(currency, str) and currency else ""

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        return daily_facts(self.tables)

    @cached_property
    def creatives(self) -> tuple[Fact, ...]:
        return creative_facts(self.tables)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with the account as a whole, and with each table."""
        return (*self.general_warnings, *(text for texts in self.table_warnings.values() for text in texts))

    @cached_property
    def first_day(self) -> int | None:
        return self._document_day("first_date") or min((fact.day for fact in self.facts), default=None)

    @cached_property
    def last_day(self) -> int | None:
        return self._document_day("last_date") or max((fact.day for fact in self.facts), default=None)

    @cached_property
    def campaigns(self) -> Mapping[str, tuple[Fact, ...]]:
        """Daily facts by campaign, campaigns in the order of their names."""
        found: dict[str, list[Fact]] = {}
        for fact in self.facts:
            found.setdefault(fact.campaign, []).append(fact)
        return {name: tuple(found[name]) for name in sorted(found)}

    @cached_property
    def database(self) -> Database:
        return Database(self.tables)

    def section(self, key: str) -> Mapping[str, Any]:
        """A part of the document that has to be an object; an empty one where it is absent or something else."""
        value = self.document.get(key)
        return value if isinstance(value, Mapping) else {}

    def _document_day(self, key: str) -> int | None:
        value = self.document.get(key)
        return date.fromisoformat(value).toordinal() if is_date(value) and isinstance(value, str) else None


def _require_account(account: Any) -> None:
    if not isinstance(account, Mapping):
        raise DataError(f"account: must be the name of an account, or an object with `tables`; found {_kind(account)}")
    tables = account.get("tables")
    if "tables" in account and not isinstance(tables, Mapping):
        raise DataError(f"account.tables: must be an object of lists of rows, found {_kind(tables)}")


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), type(value).__name__)


_KINDS = {type(None): "null", bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", tuple: "a list"}


def _read_document(path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    if not path.is_file():
        return {}, (f"{DOCUMENT} is missing: currency, budget, brand and targets are unknown",)
    try:
        document = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError(f"{DOCUMENT}:{line}: not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise DataError(f"{DOCUMENT}:{error.lineno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise DataError(f"{DOCUMENT}:1: nested too deeply") from None
    if not isinstance(document, dict):
        raise DataError(f"{DOCUMENT}:1: an account document is a JSON object")
    return {key: _plain(value) for key, value in document.items()}, ()


def _plain(value: Any) -> Any:
    """JSON that every reader takes: numbers that are not finite are null, whatever JSON has no word for is its text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _absent_tables(tables: Mapping[str, Table]) -> tuple[str, ...]:
    return tuple(f"the table {name} is missing" for name in ACCOUNT_TABLES if name not in tables)


def _inline_tables(content: Mapping[str, Any]) -> tuple[dict[str, Table], tuple[str, ...], dict[str, tuple[str, ...]]]:
    tables: dict[str, Table] = {}
    found: dict[str, tuple[str, ...]] = {}
    warnings: tuple[str, ...] = ()
    names = distinct_names(safe_name(key, "table") for key in content)
    for name, rows in zip(names, content.values(), strict=True):
        if isinstance(rows, str) or not isinstance(rows, Sequence):
            warnings += (f"tables.{name} is no list of rows and is left out",)
            continue
        tables[name], found[name] = table_of_rows(name, rows)
    return tables, warnings, found


def _lists_and_rest(content: Mapping[str, Any]) -> dict[str, Any]:
    tables = {key: value for key, value in content.items() if isinstance(value, Sequence) and not isinstance(value, str)}
    rest = [{"key": key, "value": value} for key, value in content.items() if key not in tables]
    if rest:
        tables["context" if "data" in tables else "data"] = rest
    return tables
