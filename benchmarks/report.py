"""A measurement as Markdown: facts, a table per comparison, the bars with what was met."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.bars import BARS, Bar
from benchmarks.harness import Sample
from benchmarks.load_check import LoadCheck
from benchmarks.results import Figure, Measurement, ScenarioResult

FIGURES_BEGIN, FIGURES_END = "<!-- figures -->", "<!-- /figures -->"
COLUMNS = ("eval s", "cases/s", "eval CPU us/case", "process CPU s", "process wall s", "peak RSS MB")


def markdown(measurement: Measurement) -> str:
    """The whole report, ready to be pasted into the README of the benchmarks."""
    parts = [
        _facts(measurement),
        *(_scenario(found) for found in measurement.scenarios.values()),
        _commands(measurement),
        _page(measurement),
        _compare(measurement),
        _load(measurement),
        _check(measurement),
        _bars(measurement),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def publish(measurement: Measurement, page: Path) -> None:
    """Replace the figures of `page`, which stand between two comments."""
    before, rest = page.read_text(encoding="utf-8").split(FIGURES_BEGIN)
    _, after = rest.split(FIGURES_END)
    page.write_text(f"{before}{FIGURES_BEGIN}\n\n{markdown(measurement)}\n{FIGURES_END}{after}", encoding="utf-8")


def _facts(measurement: Measurement) -> str:
    host = measurement.machine
    loads = [sample.load for found in measurement.scenarios.values() for sample in found.samples]
    busy = f", {min(loads):.1f} to {max(loads):.1f} while it ran (the jobs count)" if loads else ""
    versions = {
        name: version for found in measurement.scenarios.values() for sample in found.samples for name, version in sample.versions.items()
    }
    moment = f"Measured {measurement.date} at {measurement.revision}. Load average {measurement.load_before:.1f} before{busy}."
    where = f"{host['cpu']}, {host['cores']} cores, {host['memory_gb']} GB, Python {host['python']}."
    most = max((len(found.of(job)) for found in measurement.scenarios.values() for job in found.jobs()), default=measurement.rounds)
    how = f"{measurement.rounds} interleaved rounds{f', {most} of the pairs' if most > measurement.rounds else ''}; median (min-max)."
    named = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    return f"{moment} {where} {how}\n\nVersions: {named}."


def _scenario(found: ScenarioResult) -> str:
    rows = [(job, *_cells(found.cases, found.of(job))) for job in found.jobs()]
    return f"### {found.title}\n\n{_table(('', *COLUMNS), rows)}"


def _cells(cases: int, samples: Sequence[Sample]) -> Iterator[str]:
    columns: tuple[tuple[Callable[[Sample], float | None], str], ...] = (
        (lambda sample: sample.eval_s, ".2f"),
        (lambda sample: cases / sample.eval_s, ",.0f"),
        (lambda sample: None if sample.eval_cpu_s is None else sample.eval_cpu_s / cases * 1e6, ",.0f"),
        (lambda sample: sample.cpu_s, ".2f"),
        (lambda sample: sample.wall_s, ".2f"),
        (lambda sample: sample.peak_rss_mb, ",.0f"),
    )
    for value, style in columns:
        values = [found for found in map(value, samples) if found is not None]
        yield _figure(Figure.of(values), style) if values else "unknown"


def _figure(figure: Figure, style: str) -> str:
    if figure.count == 1:
        return f"{figure.median:{style}}"
    return f"{figure.median:{style}} ({figure.low:{style}}-{figure.high:{style}})"


def _commands(measurement: Measurement) -> str:
    lines = []
    if measurement.start:
        nothing, help_ = Figure.of(measurement.start.nothing_s), Figure.of(measurement.start.help_s)
        times = f"`python -c pass` {_figure(nothing, '.3f')} s, `goldfinch --help` {_figure(help_, '.3f')} s"
        lines.append(f"Start, {nothing.count} runs in turns: {times}.")
    if measurement.install:
        lines.append(f"Install: {measurement.install.added_mb:.1f} MB added to the site-packages of an empty virtual environment.")
    return "### Start and install\n\n" + "\n".join(lines) if lines else ""


def _page(measurement: Measurement) -> str:
    page = measurement.page
    if page is None:
        return ""
    rows = [
        ("the report, ready for its reader, ms", _figure(Figure.of(page.ready_ms), ".0f")),
        ("an empty page, loaded, ms", _figure(Figure.of(page.empty_ms), ".0f")),
        ("first search through all texts, ms", _figure(Figure.of(page.search_ms), ".0f")),
        ("writing the file, s", _figure(Figure.of(page.write_s), ".2f")),
        ("size of the file, MB", f"{page.file_mb:.1f}"),
    ]
    title = f"### HTML report of {page.cases:,} cases, {page.shown:,} of them in the page, headless Chromium"
    return f"{title}\n\n{_table(('', 'measured'), rows)}"


def _compare(measurement: Measurement) -> str:
    if not measurement.compare:
        return ""
    head = ("cases", "MB a side", "wall s", "CPU s", "peak RSS MB", "bare decoding, wall s")
    rows = [
        (
            f"{one.cases:,}",
            f"{one.results_mb:,.0f}",
            _figure(Figure.of(one.wall_s), ".2f"),
            _figure(Figure.of(one.cpu_s), ".2f"),
            _figure(Figure.of(one.rss_mb), ",.0f"),
            _figure(Figure.of(one.floor_s), ".2f"),
        )
        for one in measurement.compare
    ]
    return f"### `goldfinch compare` of two runs with five metrics\n\n{_table(head, rows)}"


def _load(measurement: Measurement) -> str:
    if not measurement.load:
        return ""
    columns: tuple[tuple[str, Callable[[LoadCheck], float | None], str], ...] = (
        ("requests/s against a server that does nothing", lambda one: one.null_server_rps, ",.0f"),
        ("p95 under the stall, ms", lambda one: one.ours_p95_ms, ".1f"),
        ("p95 of h2load, ms", lambda one: one.h2load_p95_ms, ".1f"),
        ("p99 under the stall, ms", lambda one: one.ours_p99_ms, ".1f"),
        ("p99 by the stub's own log, ms", lambda one: one.served_p99_ms, ".1f"),
    )
    rows = []
    for name, of, style in columns:
        values = [value for one in measurement.load if (value := of(one)) is not None]
        rows.append((name, _figure(Figure.of(values), style) if values else "not measured"))
    return f"### The load generator of `goldfinch bench`\n\n{_table(('', 'measured'), rows)}"


def _check(measurement: Measurement) -> str:
    found = measurement.check
    if found is None:
        return ""
    rows = [
        ("decoding the scores once, s", _figure(Figure.of(found.decode_s), ".3f")),
        ("a check, s", _figure(Figure.of(found.check_s), ".3f")),
        ("a check by the base branch's cases, s", _figure(Figure.of(found.base_s), ".3f")),
    ]
    return f"### `goldfinch check` of {found.cases:,} cases with five metrics, in process\n\n{_table(('', 'measured'), rows)}"


def _bars(measurement: Measurement) -> str:
    return "### Bars\n\n" + _table(("bar", "formula", "target", "measured", ""), [_bar(bar, bar.figure(measurement)) for bar in BARS])


def _bar(bar: Bar, figure: Figure | None) -> tuple[str, ...]:
    target = f"{'>=' if bar.at_least else '<='} {bar.target:g}"
    if figure is None:
        return bar.name, bar.formula, target, "not measured", ""
    style = ",.0f" if figure.median >= 1000 else ".2f" if figure.median < 100 else ".1f"
    return bar.name, bar.formula, target, _figure(figure, style), "met" if bar.met(figure) else "**not met**"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
