"""The report that a person reads in a terminal or a CI log: failures first, one next command last."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from goldfinch.core.escaping import for_terminal_line, without_commands
from goldfinch.core.results import wording
from goldfinch.core.results.case_result import CaseOutcome
from goldfinch.core.results.report import CaseDetail, Report
from goldfinch.core.results.summary import MetricSummary
from goldfinch.ports.reporter import EveryCase

_MARKS = {
    CaseOutcome.FAILED: ("✗", "red"),
    CaseOutcome.ERROR: ("!", "magenta"),
    CaseOutcome.UNDECIDED: ("?", "yellow"),
    CaseOutcome.PASSED: ("✓", "green"),
}
_ANSWER_CHARACTERS = 240
_REASON_CHARACTERS = 400
_LEAST_COLUMNS = 60
"""What the table of metrics needs; narrower, names vanish and figures are cut off."""
_PLAIN = str.maketrans(
    {"✗": "x", "✓": "+", "–": "-", "—": "-", "…": "...", "·": "-", "⏎": "\\n", "─": "-", "×": "x"},
)


@dataclass(frozen=True, slots=True)
class TerminalReporter:
    """Plain lines where `out` is no terminal. Honours NO_COLOR, FORCE_COLOR, COLUMNS and the encoding of `out`."""

    shown_cases: int = 10
    shown_reasons: int = 3
    file_name: str = "report.txt"
    page: str = ""
    """The HTML report, where one is written beside this."""

    def write(self, report: Report, every_case: EveryCase, out: TextIO) -> None:  # noqa: ARG002 - the port's signature
        buffer = StringIO()
        console = console_for(buffer, out)
        for line in self._lines(report):
            console.print(line, soft_wrap=isinstance(line, Text) and not console.is_terminal)
        out.write(encodable(without_commands(buffer.getvalue()), out))
        out.flush()

    def _lines(self, report: Report) -> Iterator[Text | Table]:
        yield _subject(report)
        if report.is_replayed:
            yield _styled(f"{wording.REPLAYED}: recorded replies stood in for the models", "bold yellow")
        if report.is_incomplete:
            yield _styled(wording.incompleteness(report), "bold yellow")
        yield Text()
        yield from self._cases(report)
        yield from _metrics(report)
        yield from _figures(report)
        yield Text()
        yield _labelled("Next", next_command(report, self.page), "bold")

    def _cases(self, report: Report) -> Iterator[Text]:
        shown = report.details[: self.shown_cases]
        for detail in shown:
            yield from self._case(detail)
        left = len(report.details) - len(shown) + report.more
        if left:
            yield Text(f"  … and {left} more")
        if shown:
            yield Text()

    def _case(self, detail: CaseDetail) -> Iterator[Text]:
        result = detail.result
        mark, style = _MARKS[result.outcome]
        facts = [result.outcome.value, *(["critical"] if result.critical else []), wording.trials_of(result)]
        yield Text.assemble((f"{mark} ", style), (for_terminal_line(result.case_id), "bold"), f"  {', '.join(filter(None, facts))}")
        telling = result.telling_trial()
        reasons = [wording.reason_text(reason) for reason in telling.reasons[: self.shown_reasons]] if telling else []
        for reason in reasons:
            yield Text(f"    {_cut(reason, _REASON_CHARACTERS)}")
        if detail.answer and detail.answer not in {f"no answer: {reason}" for reason in reasons}:
            yield _labelled("    answer", _cut(detail.answer, _ANSWER_CHARACTERS), "dim")


def next_command(report: Report, page: str = "") -> str:
    """The one thing to do now, unescaped; it works wherever this report was asked for."""
    where = shlex.quote(report.location)
    if report.is_incomplete:
        return f"mend that, then give the same 'goldfinch evaluate' command again, with --output-dir {where}; it goes on where it stopped"
    if page:
        return f"open {shlex.quote(page)} in a browser   (input, expected, answer and steps of every case)"
    if report.details:
        return f"goldfinch report {where} --format html   (a page: input, expected, answer and steps of every case)"
    return f"goldfinch report {where} --output-dir reports   (summary.md, report.json, junit.xml, report.html)"


def console_for(buffer: StringIO, out: TextIO) -> Console:
    """A console that writes to `buffer` what is meant for `out`.

    rich reads NO_COLOR, FORCE_COLOR and COLUMNS by itself; what it cannot see through the buffer is whether `out` is a terminal.
    """
    terminal = True if out.isatty() else None
    width = None if terminal or "COLUMNS" in os.environ else 100
    console = Console(file=buffer, force_terminal=terminal, width=width, highlight=False, emoji=False, markup=False, legacy_windows=False)
    console.width = max(console.width, _LEAST_COLUMNS)
    return console


def encodable(text: str, out: TextIO) -> str:
    """`text` as `out` can write it: a terminal without UTF-8 gets ASCII stand-ins and escapes rather than an error."""
    encoding = out.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text


def _subject(report: Report) -> Text:
    manifest = report.manifest
    dataset = f"{manifest.dataset.name} ({manifest.dataset.cases} cases, {manifest.dataset.fingerprint[:12]})"
    trials = f" × {manifest.trials} trials" if manifest.trials > 1 else ""
    return _labelled(f"Run {manifest.run_id}", f"{manifest.agent.name} · {dataset}{trials}", "")


def _metrics(report: Report) -> Iterator[Text | Table]:
    telling = [metric for metric in report.summary.metrics if wording.tells_something(metric)]
    if telling:
        yield _metric_table(telling)
    if idle := wording.idle_metrics(report.summary):
        yield _labelled("no case asks for", ", ".join(idle), "dim")
    if report.summary.metrics:
        yield Text()


def _metric_table(metrics: Sequence[MetricSummary]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("metric", overflow="fold")
    for heading in ("mean", "95 % CI", "n", "missing", "errors", "n/a"):
        table.add_column(heading, justify="right", no_wrap=True)
    for metric in metrics:
        counts = (metric.estimate.count, metric.missing, metric.errors, metric.not_applicable)
        figures = (wording.mean_of(metric.estimate), wording.interval_of(metric.estimate), *map(str, counts))
        table.add_row(Text(for_terminal_line(wording.metric_name(metric))), *map(Text, figures))
    return table


def _figures(report: Report) -> Iterator[Text]:
    summary = report.summary
    yield _styled(wording.pass_rate(summary), "bold")
    if told := wording.safety_line(summary):
        yield _styled(told, "bold")
    yield from (Text(_cut(wording.corrected(corrected), _REASON_CHARACTERS)) for corrected in report.corrected)
    for k, estimate in sorted(summary.passes.pass_hat_k.items()):
        if k == max(summary.passes.pass_hat_k):
            yield Text(f"all of {k} trials pass in {wording.percent(estimate)}")
    yield Text(f"cost {wording.cost_of(report)} · tokens {wording.tokens(summary.tokens)}")
    if summary.judge_cost.known or summary.judge_cost.unknown:
        yield Text(f"judge cost {wording.cost(summary.judge_cost)}")
    yield Text(f"latency {wording.latency_of(report)}")
    if summary.cached:
        yield Text(f"{summary.cached} answers came from the cache; they count in no cost, token or latency figure")
    if summary.failures:
        yield _labelled("failures", wording.failures(summary.failures), "")


def _labelled(label: str, data: str, style: str) -> Text:
    return Text(for_terminal_line(f"{label}: ").replace("⏎", " ") + for_terminal_line(data), style=style)


def _styled(data: str, style: str) -> Text:
    return Text(for_terminal_line(data), style=style)


def _cut(data: str, limit: int) -> str:
    line = for_terminal_line(data)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
