"""Reading the tables of an account: CSV files or rows in line become typed, cleaned tables, and warnings about what was wrong.

What is malformed in one cell or row is missing data with a warning; what cannot be read at all is a `DataError` naming file and line.
No warning repeats a text of the data: warnings end in answers, and a text of the data may be an order to a reader.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from src.tools.errors import DataError

Cell = str | int | float | None

NUMBER_COLUMNS = frozenset({"impressions", "clicks", "conversions", "cost", "revenue", "frequency", "orders", "order_value"})
KEYS: Mapping[str, tuple[str, ...]] = {
    "daily": ("date", "campaign", "channel", "audience"),
    "orders": ("date", "campaign"),
    "creatives": ("date", "campaign", "creative"),
    "leads": ("lead_id",),
}
"""The columns that tell one row of a known table from another."""
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "daily": ("date", "campaign", "impressions", "clicks", "conversions", "cost", "revenue"),
    "orders": ("date", "campaign", "orders"),
    "creatives": ("date", "campaign", "creative", "impressions", "clicks"),
    "leads": (),
}
OPEN_LEAD_COLUMNS = frozenset({"lead_id", "date", "campaign"})
PERSONAL_COLUMNS = frozenset(
    {"full_name", "first_name", "last_name", "email", "e_mail", "phone", "phone_number", "mobile", "address", "street"}
)
MAX_CELL_CHARS = 10_000
MAX_COLUMNS = 200
MAX_NAME_CHARS = 64
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

# The standard limit (131,072) would make one very long cell an unreadable file; here a long text is data, and is clipped.
csv.field_size_limit(16_000_000)


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def index(self, column: str) -> int | None:
        return self.columns.index(column) if column in self.columns else None


@dataclass(slots=True)
class Findings:
    """Counts what was wrong, so that a thousand bad cells are one warning that names the first place."""

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, problem: str, place: str) -> None:
        self.counts[problem] = self.counts.get(problem, 0) + 1
        self.first.setdefault(problem, place)

    def warnings(self) -> tuple[str, ...]:
        return tuple(
            f"{self.first[problem]}: {problem}" + (f" ({count} times)" if count > 1 else "") for problem, count in self.counts.items()
        )


def read_csv(path: Path) -> tuple[Table, tuple[str, ...]]:
    """A table of a file, named by its stem. Raises `DataError` where the file is no UTF-8 or a row has more cells than the header."""
    findings = Findings()
    records = _csv_records(path)
    header = next(records, None)
    if header is None:
        return Table(path.stem, (), ()), (f"{path.name}: the file is empty",)
    columns = _column_names(header[1], path.stem, findings, header[0])
    rows = [(place, cells) for place, cells in records if any(cells)]
    return _cleaned(path.stem, columns, _padded(rows, len(header[1]), len(columns), findings), findings, typed=False)


def _csv_records(path: Path) -> Iterator[tuple[str, list[Cell]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError(f"{path.name}:{line}: not UTF-8 text; save the file as UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(f"{path.name}:{reader.line_num}: {error}") from None
        yield f"{path.name}:{reader.line_num}", [cell if cell != "" else None for cell in record]


def _padded(rows: list[tuple[str, list[Cell]]], width: int, kept: int, findings: Findings) -> Iterator[tuple[str, list[Cell]]]:
    for place, cells in rows:
        if len(cells) > width:
            raise DataError(f"{place}: {len(cells)} cells, but the header has {width}; quote cells that hold a comma")
        if len(cells) < width:
            findings.add("the row is shorter than the header; the cells that it lacks count as missing", place)
        yield place, (cells + [None] * (width - len(cells)))[:kept]


def table_of_rows(name: str, rows: Sequence[Any]) -> tuple[Table, tuple[str, ...]]:
    """A table of JSON rows: objects give columns, anything else one column `value`."""
    findings = Findings()
    place = f"tables.{name}"
    records = [row if isinstance(row, Mapping) else {"value": row} for row in rows]
    keys = list(dict.fromkeys(key for record in records for key in record))
    columns = _column_names(keys, name, findings, place)
    cells = ((f"{place}[{number}]", [_scalar(record.get(key)) for key in keys[: len(columns)]]) for number, record in enumerate(records))
    return _cleaned(name, columns, cells, findings, typed=True)


def _scalar(value: Any) -> Cell:
    if value is None or isinstance(value, str | int | float):
        return int(value) if isinstance(value, bool) else value
    return json.dumps(value, ensure_ascii=False, default=str)


def safe_name(raw: object, fallback: str) -> str:
    """A name for a table or column: without control characters, at a length that a query can carry."""
    text = "".join(character for character in str(raw) if character.isprintable()).strip()[:MAX_NAME_CHARS]
    return f"_{text}" if text.casefold().startswith("sqlite_") else text or fallback


def distinct_names(names: Iterable[str]) -> tuple[str, ...]:
    """The same names, later ones numbered where SQLite, which ignores case, would take them for earlier ones."""
    seen: set[str] = set()
    distinct = []
    for name in names:
        number, candidate = 2, name
        while candidate.casefold() in seen:
            candidate, number = f"{name}_{number}", number + 1
        seen.add(candidate.casefold())
        distinct.append(candidate)
    return tuple(distinct)


def _column_names(header: Sequence[object], table: str, findings: Findings, place: str) -> tuple[str, ...]:
    if len(header) > MAX_COLUMNS:
        findings.add(f"{len(header)} columns; the first {MAX_COLUMNS} are used", place)
    names = [safe_name(cell or "", f"column_{number}") for number, cell in enumerate(header[:MAX_COLUMNS], 1)]
    if table in KEYS:
        names = [name.lower() for name in names]
        for missing in sorted(set(REQUIRED[table]) - set(names)):
            findings.add(f"the column {missing} is missing", place)
    return distinct_names(names)


def _cleaned(
    name: str, columns: tuple[str, ...], records: Iterable[tuple[str, list[Cell]]], findings: Findings, *, typed: bool
) -> tuple[Table, tuple[str, ...]]:
    known = name in KEYS
    rows: list[tuple[str, tuple[Cell, ...]]] = []
    for place, cells in records:
        cleaned = tuple(_clean_cell(column, cell, known, findings, place) for column, cell in zip(columns, cells, strict=True))
        rows.append((place, cleaned))
    if known:
        rows = _known_rows(name, columns, rows, findings)
    values = [cells for _, cells in rows]
    if not known and not typed:
        values = _numbers_where_all_are(columns, values)
    masked = _masked(name, columns, values)
    return Table(name, columns, tuple(masked)), findings.warnings()


def _clean_cell(column: str, cell: Cell, known: bool, findings: Findings, place: str) -> Cell:
    if cell is None:
        return None
    if known and column in NUMBER_COLUMNS:
        return _number(column, cell, findings, place)
    if isinstance(cell, float) and not math.isfinite(cell):
        findings.add(f"{column} is no finite number and counts as missing", place)
        return None
    if isinstance(cell, int) and abs(cell) >= 2**63:
        return float(cell) if abs(cell) < 10**300 else None
    if isinstance(cell, str):
        return _text(column, cell, findings, place)
    return str(cell) if known else cell


def _text(column: str, cell: str, findings: Findings, place: str) -> str:
    text = cell.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if len(text) > MAX_CELL_CHARS:
        findings.add(f"{column} has more than {MAX_CELL_CHARS:,} characters and is cut", place)
    return text[:MAX_CELL_CHARS]


def _number(column: str, cell: Cell, findings: Findings, place: str) -> Cell:
    try:
        number = float(cell) if cell is not None else math.nan
    except (ValueError, OverflowError):
        findings.add(f"{column} is no number and counts as missing", place)
        return None
    if not math.isfinite(number):
        findings.add(f"{column} is no finite number and counts as missing", place)
        return None
    if number < 0:
        findings.add(f"{column} is negative and counts as missing", place)
        return None
    return int(number) if number.is_integer() and number < 2**53 else number


def _known_rows(
    name: str, columns: tuple[str, ...], rows: list[tuple[str, tuple[Cell, ...]]], findings: Findings
) -> list[tuple[str, tuple[Cell, ...]]]:
    """Rows with a real date, one for each key, in the order of dates."""
    key_places = [columns.index(column) for column in KEYS[name] if column in columns]
    date_place = columns.index("date") if "date" in columns else None
    seen: set[tuple[Cell, ...]] = set()
    kept: list[tuple[str, tuple[Cell, ...]]] = []
    for place, cells in rows:
        if date_place is not None and name != "leads" and not is_date(cells[date_place]):
            findings.add("the date is no ISO day (2026-10-31) and the row is left out", place)
            continue
        key = tuple(cells[position] for position in key_places)
        if key_places and key in seen:
            findings.add(f"a second row for the same {', '.join(KEYS[name])}; the first one counts", place)
            continue
        seen.add(key)
        kept.append((place, cells))
    return _by_date(kept, date_place, findings)


def _by_date(rows: list[tuple[str, tuple[Cell, ...]]], place_of_date: int | None, findings: Findings) -> list[tuple[str, tuple[Cell, ...]]]:
    if place_of_date is None:
        return rows
    days = [str(cells[place_of_date] or "") for _, cells in rows]
    # Tables may list campaign after campaign; only days that run backwards within one campaign are out of order.
    in_order = sorted(range(len(rows)), key=days.__getitem__)
    if any(later < earlier for earlier, later in pairwise(days)) and not _grouped(days):
        out = next(number for number in range(1, len(days)) if days[number] < days[number - 1])
        findings.add("dates are out of order; the rows are sorted", rows[out][0])
    return [rows[number] for number in in_order]


def _grouped(days: list[str]) -> bool:
    """Whether the days run forwards in blocks, each beginning anew: a table that lists one campaign after another."""
    breaks = [number for number in range(1, len(days)) if days[number] < days[number - 1]]
    starts = {days[0], *(days[number] for number in breaks)}
    return len(starts) == 1


def is_date(cell: object) -> bool:
    if not isinstance(cell, str) or not _DATE.fullmatch(cell):
        return False
    try:
        date.fromisoformat(cell)
    except ValueError:
        return False
    return True


def _numbers_where_all_are(columns: tuple[str, ...], rows: list[tuple[Cell, ...]]) -> list[tuple[Cell, ...]]:
    """Columns of a CSV file without documented types: numbers where every cell is one."""
    numeric = [all(_is_number(row[place]) for row in rows) and any(row[place] is not None for row in rows) for place in range(len(columns))]
    return [tuple(_as_number(cell) if numeric[place] else cell for place, cell in enumerate(row)) for row in rows]


def _is_number(cell: Cell) -> bool:
    return cell is None or re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", str(cell)) is not None


def _as_number(cell: Cell) -> Cell:
    if cell is None:
        return None
    number = float(cell)
    return int(number) if number.is_integer() else number


def is_personal(table: str, column: str) -> bool:
    """Whether cells tell who a person is: in `leads` all but what is known to be harmless, elsewhere by the column's name."""
    name = column.casefold().strip().replace(" ", "_").replace("-", "_")
    return name not in OPEN_LEAD_COLUMNS if table.casefold() == "leads" else name in PERSONAL_COLUMNS


def _masked(name: str, columns: tuple[str, ...], rows: list[tuple[Cell, ...]]) -> Iterable[tuple[Cell, ...]]:
    """Rows whose personal cells are pseudonyms: equal cells stay equal, so that counting works, and nothing is left to reveal."""
    personal = {place for place, column in enumerate(columns) if is_personal(name, column)}
    if not personal:
        return rows
    pseudonyms: dict[tuple[int, Cell], str] = {}
    return [tuple(_pseudonym(pseudonyms, place, cell) if place in personal else cell for place, cell in enumerate(row)) for row in rows]


def _pseudonym(known: dict[tuple[int, Cell], str], place: int, cell: Cell) -> Cell:
    if cell is None:
        return None
    return known.setdefault((place, cell), f"masked-{len(known) + 1:04d}")
