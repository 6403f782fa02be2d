"""A benchmark in words: Markdown for people, lines for a terminal. Whatever a target or a file named goes through `core/escaping.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from goldfinch.core.escaping import for_markdown_cell, for_markdown_text, for_terminal_line
from goldfinch.core.load.quantiles import Quantile
from goldfinch.core.load.result import BenchmarkResult, Distribution, ScenarioResult
from goldfinch.core.load.stored import Analysis, StoredChange

UNKNOWN = "unknown"


def terminal_lines(result: BenchmarkResult) -> Iterator[str]:
    """A result for the terminal."""
    for scenario in result.scenarios:
        yield f"{for_terminal_line(scenario.name)}  {for_terminal_line(scenario.load)}  {for_terminal_line(scenario.target)}"
        yield f"  requests    {scenario.answered:,} of {scenario.requests:,} answered{_errors(scenario)}"
        yield from (f"  {name:<11} {text}" for name, text in _rows(scenario))
        yield from (f"  note        {for_terminal_line(note)}" for note in scenario.notes)
        yield from (f"  INVALID     {for_terminal_line(problem)}" for problem in scenario.problems)
    yield from (f"INVALID: {for_terminal_line(problem)}" for problem in result.problems)


def markdown(result: BenchmarkResult, analysis: Analysis) -> str:
    """The analysis of a result, with the verdict first."""
    return "\n".join([*_head(result, analysis), "", *_scenarios(result), "", *_changes(analysis.changes), *_machine(result)]) + "\n"


def _head(result: BenchmarkResult, analysis: Analysis) -> Iterator[str]:
    yield "# Benchmark"
    yield ""
    if result.is_valid:
        yield f"**{analysis.standing}**: {for_markdown_text(analysis.reason)}."
    else:
        yield "**invalid**: the figures say nothing of the target."
    problems = [*result.problems, *(f"{one.name}: {problem}" for one in result.scenarios for problem in one.problems)]
    if problems:
        yield ""
        yield from (f"- {for_markdown_text(problem)}" for problem in problems)


def _scenarios(result: BenchmarkResult) -> Iterator[str]:
    yield from _table(
        ("scenario", "load", "answered", "p50 ms", "p95 ms", "p99 ms", "requests/s", "cost/request", "errors"),
        [
            (
                for_markdown_cell(one.name),
                for_markdown_cell(one.load),
                f"{one.answered:,} of {one.requests:,}",
                *(_quantile(one.latency, name) for name in ("p50", "p95", "p99")),
                _rate(one),
                _cost(one),
                for_markdown_cell(", ".join(f"{count} {kind}" for kind, count in one.errors.items())) or "none",
            )
            for one in result.scenarios
        ],
    )
    yield ""
    yield "Latency counts from when a request was due. 95 % intervals in brackets."
    for one in result.scenarios:
        more = [
            (name, text) for name, text in _rows(one) if name in ("service", "first token", "gaps", "provider", "overhead", "objective")
        ]
        if more or one.notes:
            yield ""
            yield f"### {for_markdown_text(one.name)}"
            yield ""
            yield from (f"- {name}: {text}" for name, text in more)
            yield from (f"- {for_markdown_text(note)}" for note in one.notes)


def _changes(changes: Sequence[StoredChange]) -> Iterator[str]:
    if not changes:
        return
    yield "## Against the baseline"
    yield ""
    yield from _table(
        ("scenario", "metric", "standing", "baseline", "current", "worse by", "margin", "why"),
        [
            (
                for_markdown_cell(one.scenario),
                one.metric,
                str(one.standing),
                UNKNOWN if one.baseline is None else f"{one.baseline:,.1f}",
                UNKNOWN if one.current is None else f"{one.current:,.1f}",
                UNKNOWN if one.ratio is None else f"{one.ratio - 1:+.1%}",
                f"{one.margin:.0%}",
                for_markdown_cell(one.reason),
            )
            for one in changes
        ],
    )
    yield ""
    yield "A stored baseline never fails a change: it was measured at another time. `goldfinch bench compare` runs both in alternation."
    yield ""


def _machine(result: BenchmarkResult) -> Iterator[str]:
    machine, calibration = result.machine, result.calibration
    yield "## Measured on"
    yield ""
    memory = UNKNOWN if machine.memory_mb is None else f"{machine.memory_mb / 1024:.0f} GiB"
    facts = f"{machine.cpu}, {machine.cores} cores, {memory}, {machine.os}, runner {machine.runner}, Python {machine.python}"
    yield f"{for_markdown_text(facts)}. {result.iterations} iterations, {for_markdown_text(result.started_at)}."
    if calibration is not None:
        yield ""
        yield (
            f"Load generator against a server that does nothing: {calibration.requests_per_second:,.0f} requests/s, "
            f"p99 {calibration.p99_ms:.2f} ms, lag p99 {calibration.lag_p99_ms:.2f} ms ({calibration.requests:,} requests)."
        )


def objective_line(scenario: ScenarioResult) -> str | None:
    """How the scenario stands to its own objective; None where it has none. The gate decides, this only says."""
    parts = []
    if scenario.p95_objective_ms is not None:
        p95 = None if scenario.latency is None else scenario.latency.p95
        parts.append(f"p95 {_compared(p95, scenario.p95_objective_ms)} {scenario.p95_objective_ms:g} ms")
    if scenario.min_rps is not None:
        rate = scenario.throughput
        word = (
            "reaches" if rate.value >= scenario.min_rps else "is certainly below" if _below(rate.high, scenario.min_rps) else "may be below"
        )
        parts.append(f"throughput {word} {scenario.min_rps:g}/s")
    return ", ".join(parts) or None


def _compared(p95: Quantile | None, limit: float) -> str:
    if p95 is None:
        return "is unknown against"
    if p95.value <= limit:
        return "is within"
    return "is certainly above" if p95.low is not None and p95.low > limit else "may be above"


def _below(bound: float | None, limit: float) -> bool:
    return bound is not None and bound < limit


def _rows(scenario: ScenarioResult) -> Iterator[tuple[str, str]]:
    yield "latency", _distribution(scenario.latency)
    if scenario.service is not None and scenario.loop == "open":
        yield "service", f"p95 {scenario.service.p95.value:,.1f} ms, p99 {scenario.service.p99.value:,.1f} ms (from sending)"
    for name, found in (
        ("first token", scenario.first_token),
        ("gaps", scenario.gaps),
        ("provider", scenario.provider),
        ("overhead", scenario.overhead),
    ):
        if found is not None:
            yield name, _distribution(found)
    yield "throughput", f"{_rate(scenario)} requests/s"
    yield "cost", _cost(scenario)
    if scenario.lag_p99_ms is not None:
        yield "lag", f"p99 {scenario.lag_p99_ms:.2f} ms (load generator)"
    if (line := objective_line(scenario)) is not None:
        yield "objective", line


def _distribution(found: Distribution | None) -> str:
    if found is None:
        return UNKNOWN
    percentiles = ", ".join(f"{name} {_bounded(getattr(found, name))}" for name in ("p50", "p95", "p99"))
    return f"{percentiles} ms, most {found.max:,.1f} ms, {found.count:,} requests"


def _quantile(found: Distribution | None, name: str) -> str:
    return UNKNOWN if found is None else _bounded(getattr(found, name))


def _bounded(one: Quantile) -> str:
    ends = ("?" if end is None else f"{end:,.1f}" for end in (one.low, one.high))
    return f"{one.value:,.1f} [{', '.join(ends)}]"


def _rate(scenario: ScenarioResult) -> str:
    rate = scenario.throughput
    interval = "" if rate.low is None or rate.high is None else f" [{rate.low:,.1f}, {rate.high:,.1f}]"
    return f"{rate.value:,.1f}{interval}"


def _cost(scenario: ScenarioResult) -> str:
    cost = scenario.cost
    if cost.mean_usd is None:
        return UNKNOWN
    unknown = f", {cost.unknown} unknown" if cost.unknown else ""
    return f"${cost.mean_usd:.6f} ({cost.known} known{unknown})"


def _errors(scenario: ScenarioResult) -> str:
    found = ", ".join(f"{count:,} {for_terminal_line(kind)}" for kind, count in scenario.errors.items())
    return f": {found}" if found else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for cells in (head, ["---"] * len(head), *rows):
        yield "| " + " | ".join(cells) + " |"
