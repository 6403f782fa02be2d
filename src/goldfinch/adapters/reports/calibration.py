"""The report of a calibration: in a terminal and in Markdown, every word of data escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from goldfinch.core.calibration import wording
from goldfinch.core.calibration.record import CalibrationRecord
from goldfinch.core.escaping import for_markdown_cell, for_markdown_text, for_terminal_line
from goldfinch.core.results.report import excerpt

_LINE_BYTES = 1_000


def calibration_text(record: CalibrationRecord) -> str:
    """For a terminal or a log: the verdict first, then why, then the figures."""
    return "".join(f"{line}\n" for line in _text_lines(record))


def calibration_markdown(record: CalibrationRecord) -> str:
    """The same as GitHub's Markdown."""
    return "".join(f"{line}\n" for line in _markdown_lines(record))


def _text_lines(record: CalibrationRecord) -> Iterator[str]:
    yield _cut(wording.subject(record), for_terminal_line)
    yield _cut(wording.verdict(record), for_terminal_line)
    yield from (f"  - {_cut(reason, for_terminal_line)}" for reason in record.reasons)
    yield ""
    table = [wording.Row("figure", "value", "95 % CI", "n"), *wording.rows(record)]
    widths = [max(len(cell) for cell in column) for column in zip(*map(_cells, table), strict=True)]
    for row in table:
        name, *figures = (for_terminal_line(cell) for cell in _cells(row))
        yield "  ".join([name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(figures, widths[1:], strict=True))])
    yield ""
    yield from (f"note: {_cut(line, for_terminal_line)}" for line in wording.warnings(record))
    yield from (_cut(line, for_terminal_line) for line in _facts(record))


def _markdown_lines(record: CalibrationRecord) -> Iterator[str]:
    yield f"**{_cut(wording.verdict(record), for_markdown_text)}**"
    yield ""
    yield _cut(wording.subject(record), for_markdown_text)
    yield ""
    yield from (f"- {_cut(reason, for_markdown_text)}" for reason in record.reasons)
    yield ""
    yield "| Figure | Value | 95 % CI | Items |"
    yield "| --- | ---: | ---: | ---: |"
    yield from (f"| {for_markdown_cell(row.name)} | {row.value} | {row.interval} | {row.count} |" for row in wording.rows(record))
    yield ""
    for line in wording.warnings(record):
        yield f"Note: {_cut(line, for_markdown_text)}."
        yield ""
    yield " · ".join(_cut(line, for_markdown_text) for line in _facts(record))


def _facts(record: CalibrationRecord) -> Iterator[str]:
    yield wording.labels(record)
    yield wording.half_note(record)
    if record.cost is not None:
        yield wording.cost(record.cost)
    yield f"labels {record.labels_fingerprint[:12]}, made {record.created_at}"


def _cells(row: wording.Row) -> tuple[str, str, str, str]:
    return row.name, row.value, row.interval, row.count


def _cut(line: str, escape: Callable[[str], str]) -> str:
    return escape(excerpt(line, _LINE_BYTES))
