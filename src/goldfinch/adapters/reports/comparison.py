"""A comparison for people: lines for a terminal or CI log, and Markdown. What regressed comes first, one next command last."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import StringIO
from typing import TextIO

from rich import box
from rich.table import Table
from rich.text import Text

from goldfinch.adapters.reports.terminal import console_for, encodable
from goldfinch.core.comparison import wording
from goldfinch.core.comparison.outcome import CaseChange, Comparison, RunReference
from goldfinch.core.escaping import for_markdown_cell, for_markdown_fence, for_terminal_line, without_commands
from goldfinch.core.quarantine import wording as quarantine
from goldfinch.core.results.report import excerpt
from goldfinch.core.verdict import Verdict

SHOWN_CASES = 10
SHOWN_TAGS = 10
SHOWN_QUARANTINED = 20
_LINE_BYTES = 400
_TABLE_COLUMNS = 120
_STYLES = {Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "bold yellow", Verdict.PASS: "bold green", Verdict.NEUTRAL: "bold"}


def write_text(comparison: Comparison, out: TextIO) -> None:
    """Plain lines where `out` is no terminal, as `TerminalReporter` has it."""
    buffer = StringIO()
    console = console_for(buffer, out)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _TABLE_COLUMNS
    for line in _lines(comparison, console.width):
        console.print(line, soft_wrap=isinstance(line, Text) and not console.is_terminal)
    out.write(encodable(without_commands(buffer.getvalue()), out))
    out.flush()


def write_markdown(comparison: Comparison, out: TextIO) -> None:
    """GitHub's Markdown, every word of data escaped."""
    for line in _markdown(comparison):
        out.write(f"{line}\n")


def _lines(comparison: Comparison, width: int) -> Iterator[Text | Table]:
    yield Text(_line(wording.headline(comparison)), style=_STYLES[comparison.verdict])
    if comparison.baseline is not None:
        yield Text(_line(f"baseline {_run(comparison.baseline)}"))
    yield Text(_line(f"current  {_run(comparison.current)}"))
    if comparison.metrics:
        yield Text()
        yield from [_table(comparison)] if width >= _TABLE_COLUMNS else _metric_lines(comparison)
        yield Text(wording.LEGEND, style="dim")
    for remark in _remarks(comparison):
        yield Text(_line(remark), style="yellow")
    if comparison.baseline is not None:
        yield Text()
        yield Text(_line(wording.cases_line(comparison)))
    for case in comparison.cases[:SHOWN_CASES]:
        yield _case(case)
    if (left := len(comparison.cases) - SHOWN_CASES) > 0:
        yield Text(f"  … and {left:,} more in the report")
    yield from (Text(_line(line), style=style) for line, style in _quarantined(comparison))
    for note in comparison.notes:
        yield Text(_line(f"note: {note}"), style="dim")
    yield Text()
    yield Text(_line(f"Next: {wording.next_command(comparison)}"), style="bold")


def _quarantined(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Each case with its owner, then what has to be done; with the style of the line."""
    cases = comparison.quarantined
    if cases:
        yield "quarantined, in every mean, fails nothing alone:", ""
    for case in cases[:SHOWN_QUARANTINED]:
        yield f"  {quarantine.case_line(case)}", "" if case.is_excused and case.owner else "bold yellow"
    if (left := len(cases) - SHOWN_QUARANTINED) > 0:
        yield f"  … and {left:,} more in the report", ""
    for reminder in quarantine.reminder_lines(cases)[:SHOWN_QUARANTINED]:
        yield reminder, "bold yellow"


def _remarks(comparison: Comparison) -> Iterator[str]:
    yield from comparison.invalid[1:]
    if not comparison.invalid:
        yield from filter(None, map(wording.remark_of, comparison.metrics))
    tags = wording.regressed_tags(comparison)
    yield from (f"regressed in {tag}" for tag in tags[:SHOWN_TAGS])
    if len(tags) > SHOWN_TAGS:
        yield f"… and {len(tags) - SHOWN_TAGS} more"


def _table(comparison: Comparison) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for number, heading in enumerate(wording.HEADINGS):
        table.add_column(heading, justify="left" if number < 2 else "right", overflow="fold", no_wrap=number > 0)
    for one in wording.in_order(comparison.metrics):
        table.add_row(*(Text(_line(cell)) for cell in wording.row_of(one)))
    return table


def _metric_lines(comparison: Comparison) -> Iterator[Text]:
    """Where a table would lose figures at the edge."""
    for one in wording.in_order(comparison.metrics):
        name, verdict, baseline, current, difference, interval, cases, trials, p, mde = wording.row_of(one)
        yield Text(_line(f"{name}: {verdict}"), style="bold")
        yield Text(f"  {baseline} → {current}, D {difference}, 95 % CI {interval}, n {cases}, trials {trials}, p {p}, MDE {mde}")


def _case(case: CaseChange) -> Text:
    mark, style = ("✗", "red") if wording.is_lost(case) else ("✓", "green")
    return Text.assemble((f"{mark} ", style), (_line(case.case_id), "bold"), f"  {wording.case_line(case)}")


def _run(run: RunReference) -> str:
    commit = f" · commit {run.head_sha[:12]}" if run.head_sha else ""
    return f"{run.run_id} · {run.agent}{commit} · {run.path}"


def _markdown(comparison: Comparison) -> Iterator[str]:
    yield f"**{_cell(wording.headline(comparison))}**"
    yield ""
    if comparison.metrics:
        yield f"| {' | '.join(wording.HEADINGS)} |"
        yield f"| --- | --- | {' | '.join(['---:'] * (len(wording.HEADINGS) - 2))} |"
        for one in wording.in_order(comparison.metrics):
            name, *figures = wording.row_of(one)
            yield f"| {_cell(name)} | {' | '.join(figures)} |"
        yield ""
        yield _cell(wording.LEGEND)
        yield ""
    remarks = [*_remarks(comparison), *comparison.notes]
    yield from (f"- {_cell(remark)}" for remark in remarks)
    yield from [""] * bool(remarks)
    yield from _markdown_cases(comparison)
    for side, run in (("baseline", comparison.baseline), ("current", comparison.current)):
        yield from [] if run is None else [f"{side} {_cell(_run(run))}", ""]
    yield "Next:"
    yield ""
    yield for_markdown_fence(wording.next_command(comparison)).rstrip("\n")


def _markdown_cases(comparison: Comparison) -> Iterator[str]:
    if comparison.baseline is None:
        return
    yield _cell(wording.cases_line(comparison))
    yield ""
    if comparison.cases:
        yield "| case | passed |"
        yield "| --- | --- |"
        yield from (f"| {_cell(case.case_id)} | {_cell(wording.case_line(case))} |" for case in comparison.cases[:SHOWN_CASES])
        yield ""
    if (left := len(comparison.cases) - SHOWN_CASES) > 0:
        yield f"… and {left:,} more in the report."
        yield ""
    if comparison.quarantined:
        yield from (f"- {_cell(line.strip())}" for line, _ in _quarantined(comparison))
        yield ""


def _line(text: str) -> str:
    line = for_terminal_line(text)
    return line if len(line) <= _LINE_BYTES else f"{line[: _LINE_BYTES - 1]}…"


def _cell(text: str) -> str:
    return for_markdown_cell(excerpt(text, _LINE_BYTES))
