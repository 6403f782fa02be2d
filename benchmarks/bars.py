"""The bars that Goldfinch sets itself, each with its formula. A comparison is the median of the ratios within each round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.harness import Sample
from benchmarks.load_check import LoadCheck
from benchmarks.results import Figure, Measurement, ScenarioResult
from benchmarks.scenarios import (
    AIOHTTP,
    AIOHTTP_UVLOOP,
    GOLDFINCH,
    GOLDFINCH_CALLABLE,
    GOLDFINCH_SDK,
    GOLDFINCH_TRACED,
    GOLDFINCH_TRACED_UVLOOP,
    GOLDFINCH_UVLOOP,
    PROMPTFOO,
    PYDANTIC_EVALS,
    RAW,
    SCALE,
    SDK,
)

LATENCY_LIMIT_PER_S = 256 / 0.200
FLAT_WITHIN = 1.15
"""How much more a case may cost among 10^6 than among 10^4 for the cost to be called flat."""
RSS_BYTES_PER_CASE = 64
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise: `figure` computes it from a measurement (None where its jobs did not run), `at_least` says which way is good."""

    name: str
    formula: str
    target: float
    at_least: bool
    figure: Callable[[Measurement], Figure | None]

    def met(self, figure: Figure) -> bool:
        """Whether the median reaches the target."""
        return figure.median >= self.target if self.at_least else figure.median <= self.target


def eval_wall(sample: Sample) -> float:
    return sample.eval_s


def eval_cpu(sample: Sample) -> float:
    assert sample.eval_cpu_s is not None, f"{sample.job} does not tell its evaluation apart"
    return sample.eval_cpu_s


def ratio(scenario: str, above: str, below: str, of: Callable[[Sample], float]) -> Callable[[Measurement], Figure | None]:
    """Per round: what job `above` took, in parts of what job `below` took."""

    def figure(measurement: Measurement) -> Figure | None:
        found = measurement.scenarios.get(scenario)
        if found is None or not found.of(above) or not found.of(below):
            return None
        return Figure.of([of(one) / of(other) for one, other in zip(found.of(above), found.of(below), strict=True)])

    return figure


def stub_rate(measurement: Measurement) -> Figure | None:
    found = measurement.scenarios.get("http-0ms")
    if found is None or not found.of(RAW.name):
        return None
    return Figure.of([found.cases / sample.eval_s for sample in found.of(RAW.name)])


def share_of_limit(ours: str, floor: str) -> Callable[[Measurement], Figure | None]:
    """Cases/s at 200 ms, in parts of what would do: 85 % of the limit, or 95 % of the bare loop where that is less (a busy machine)."""

    def figure(measurement: Measurement) -> Figure | None:
        found = measurement.scenarios.get("http-200ms")
        if found is None or not found.of(ours):
            return None
        pairs = zip(found.of(ours), found.of(floor), strict=True)
        return Figure.of(
            [found.cases / our.eval_s / min(0.85 * LATENCY_LIMIT_PER_S, 0.95 * found.cases / bare.eval_s) for our, bare in pairs]
        )

    return figure


def microseconds_per_case(measurement: Measurement) -> Figure | None:
    found = measurement.scenarios.get("in-process")
    costs = _costs(found) if found else []
    return Figure.of(costs) if costs else None


def scale_cost(measurement: Measurement) -> Figure | None:
    small, _, large = (measurement.scenarios.get(name) for name in SCALE)
    if small is None or large is None:
        return None
    base = Figure.of(_costs(small)).median
    return Figure.of([cost / base for cost in _costs(large)])


def scale_rss(measurement: Measurement) -> Figure | None:
    """Bytes of peak RSS for each case more, between 10^4 and 10^6 cases."""
    small, _, large = (measurement.scenarios.get(name) for name in SCALE)
    if small is None or large is None:
        return None
    base = Figure.of([sample.peak_rss_mb for sample in small.samples]).median
    return Figure.of([(sample.peak_rss_mb - base) * MIB / large.cases for sample in large.samples])


def help_ratio(measurement: Measurement) -> Figure | None:
    start = measurement.start
    if start is None:
        return None
    base = Figure.of(start.nothing_s).median
    return Figure.of([seconds / base for seconds in start.help_s])


def install_mb(measurement: Measurement) -> Figure | None:
    return Figure.of([measurement.install.added_mb]) if measurement.install else None


def page_ready_s(measurement: Measurement) -> Figure | None:
    page = measurement.page
    return Figure.of([milliseconds / 1000 for milliseconds in page.ready_ms]) if page else None


def page_mb(measurement: Measurement) -> Figure | None:
    return Figure.of([measurement.page.file_mb]) if measurement.page else None


def check_s(measurement: Measurement) -> Figure | None:
    """Wall seconds of a check by the base branch's policy and cases, in process."""
    return None if measurement.check is None else Figure.of(measurement.check.base_s)


def compare_s(cases: int) -> Callable[[Measurement], Figure | None]:
    """Wall seconds of comparing two runs of so many cases, start of the command included."""

    def figure(measurement: Measurement) -> Figure | None:
        found = next((one for one in measurement.compare if one.cases == cases), None)
        return Figure.of(found.wall_s) if found else None

    return figure


def load_figure(of: Callable[[LoadCheck], float | None]) -> Callable[[Measurement], Figure | None]:
    """Per round: a figure of the load generator's check; None where it was not measured."""

    def figure(measurement: Measurement) -> Figure | None:
        values = [value for one in measurement.load if (value := of(one)) is not None]
        return Figure.of(values) if values else None

    return figure


def compare_rss(measurement: Measurement) -> Figure | None:
    found = next((one for one in measurement.compare if one.cases == 1_000_000), None)
    return Figure.of([mb * MIB / 1e9 for mb in found.rss_mb]) if found else None


def _costs(found: ScenarioResult) -> list[float]:
    return [eval_cpu(sample) / found.cases * 1e6 for sample in found.of(GOLDFINCH_CALLABLE.name)]


BARS = (
    Bar("the stub is not the limit", "raw streams, cases/s", 10_000, True, stub_rate),
    Bar(
        "0 ms: against pydantic-evals",
        "cases/s of goldfinch / pydantic-evals",
        10,
        True,
        ratio("http-0ms", PYDANTIC_EVALS.name, GOLDFINCH.name, eval_wall),
    ),
    Bar(
        "0 ms: against promptfoo",
        "cases/s of goldfinch / promptfoo",
        30,
        True,
        ratio("http-0ms", PROMPTFOO.name, GOLDFINCH.name, eval_wall),
    ),
    Bar(
        "0 ms: against a bare aiohttp loop",
        "cases/s of goldfinch / bare aiohttp, both on the stock loop",
        0.45,
        True,
        ratio("http-0ms", AIOHTTP.name, GOLDFINCH.name, eval_wall),
    ),
    Bar(
        "0 ms: against a bare aiohttp loop, uvloop",
        "cases/s of goldfinch / bare aiohttp, both on uvloop",
        0.45,
        True,
        ratio("http-0ms", AIOHTTP_UVLOOP.name, GOLDFINCH_UVLOOP.name, eval_wall),
    ),
    Bar(
        "0 ms: with tracing",
        "wall seconds of goldfinch with a collector / without, evaluation only, stock loop",
        1.15,
        False,
        ratio("with-tracing", GOLDFINCH_TRACED.name, GOLDFINCH.name, eval_wall),
    ),
    Bar(
        "0 ms: with tracing, uvloop",
        "the same, both on uvloop",
        1.15,
        False,
        ratio("with-tracing", GOLDFINCH_TRACED_UVLOOP.name, GOLDFINCH_UVLOOP.name, eval_wall),
    ),
    Bar(
        "200 ms: share of what the latency allows",
        "cases/s of goldfinch / min(85 % of 256/0.2 s, 95 % of bare aiohttp in the same round), stock loop",
        1.0,
        True,
        share_of_limit(GOLDFINCH.name, AIOHTTP.name),
    ),
    Bar(
        "200 ms: share of what the latency allows, uvloop",
        "the same, both on uvloop",
        1.0,
        True,
        share_of_limit(GOLDFINCH_UVLOOP.name, AIOHTTP_UVLOOP.name),
    ),
    Bar(
        "200 ms: cost on top of the openai SDK",
        "CPU seconds of goldfinch + SDK / bare SDK loop, evaluation only",
        1.05,
        False,
        ratio("with-sdk", GOLDFINCH_SDK.name, SDK.name, eval_cpu),
    ),
    Bar(
        "200 ms: time on top of the openai SDK",
        "wall seconds of goldfinch + SDK / bare SDK loop, evaluation only",
        1.05,
        False,
        ratio("with-sdk", GOLDFINCH_SDK.name, SDK.name, eval_wall),
    ),
    Bar("in process: CPU a case", "microseconds of CPU / case, evaluation only", 40, False, microseconds_per_case),
    Bar(
        "in process: against pydantic-evals",
        "CPU seconds of pydantic-evals / goldfinch, evaluation only",
        6,
        True,
        ratio("in-process", PYDANTIC_EVALS.name, GOLDFINCH_CALLABLE.name, eval_cpu),
    ),
    Bar("scale: cost per case is flat", "CPU a case at 10^6 / at 10^4", FLAT_WITHIN, False, scale_cost),
    Bar("scale: memory", "(peak RSS at 10^6 - at 10^4) / 10^6, bytes a case", RSS_BYTES_PER_CASE, False, scale_rss),
    Bar("start: goldfinch --help", "wall of `goldfinch --help` / `python -c pass`", 7.5, False, help_ratio),
    Bar("HTML report: opens at 5,000 cases", "seconds from the navigation until list and filters work", 1.0, False, page_ready_s),
    Bar("HTML report: size at 5,000 cases", "MB of the file: at most 10 of data, and the page itself", 10.2, False, page_mb),
    Bar("check: 10,000 cases, 5 metrics", "wall seconds of a check by the base branch, in process", 1.0, False, check_s),
    Bar("compare: 10,000 cases, 5 metrics", "wall seconds of `goldfinch compare`, start included", 1.0, False, compare_s(10_000)),
    Bar("compare: 1,000,000 cases, 5 metrics", "wall seconds of `goldfinch compare`, start included", 10.0, False, compare_s(1_000_000)),
    Bar("compare: memory at 1,000,000 cases", "GB of peak RSS", 1.5, False, compare_rss),
    Bar(
        "load generator: rate",
        "requests/s of one process against a server that does nothing, uvloop",
        5_000,
        True,
        load_figure(lambda one: one.null_server_rps),
    ),
    Bar(
        "load generator: agrees with h2load",
        "p95 apart, in parts of the larger of 5 % and 1 ms; 200/s, 200 ms stall every 2 s",
        1.0,
        False,
        load_figure(lambda one: one.p95_apart),
    ),
    Bar(
        "load generator: shows the stall", "open-loop p99 / p99 by the stub's own log", 0.95, True, load_figure(lambda one: one.stall_seen)
    ),
    Bar("install size", "MB that `pip install .` adds to site-packages", 150, False, install_mb),
)
