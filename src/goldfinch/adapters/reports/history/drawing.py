"""A metric's history as places in a drawing, in the drawing's own units, and as unescaped words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

from goldfinch.core.results.history import COST, LATENCY, History, HistoryRun, LevelChange, MetricHistory
from goldfinch.core.results.report import excerpt
from goldfinch.core.results.summary import Estimate
from goldfinch.core.results.wording import known
from goldfinch.core.reviewing.figures import metric_figure

WIDTH, HEIGHT = 960.0, 210.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 70.0, 30.0, 14.0, 28.0
_NAME_BYTES = 200
_TICKS = 4
_DATES = 6


@dataclass(frozen=True, slots=True)
class Point:
    """`low` and `high` are None where the figure has no interval."""

    x: float
    y: float
    low: float | None
    high: float | None
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line: a change of the level, or the place from which on the metric was measured otherwise."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Level:
    """The mean of the runs between two changes."""

    x1: float
    x2: float
    y: float


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    name: str
    latest: str
    note: str
    described: str
    lines: tuple[str, ...]
    points: tuple[Point, ...]
    levels: tuple[Level, ...]
    changes: tuple[Mark, ...]
    breaks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    dates: tuple[Tick, ...]


def charts(history: History, most: int) -> list[Chart]:
    """The first `most` metrics of the runs."""
    return [_chart(metric, history.runs) for metric in history.metrics[:most]]


def change_in_words(metric: MetricHistory, change: LevelChange, runs: Sequence[HistoryRun]) -> str:
    """`0.901 (95 % CI 0.88–0.92, 12 runs) → 0.822 (…) from 2026-11-20, commit 1a2b3c4; p 0.0005`."""
    show = metric_figure(metric.metric)
    return f"{_level(change.before, show)} → {_level(change.after, show)} from {run_name(runs[change.at])}; p {_p(change.p)}"


def run_name(run: HistoryRun) -> str:
    """`2026-11-20 09:15, commit 1a2b3c4`."""
    when = run.started_at.replace("T", " ")[:16]
    return excerpt(f"{when}, commit {run.head_sha[:7]}" if run.head_sha else f"{when}, run {run.run_id}", _NAME_BYTES)


def figure(metric: str, estimate: Estimate | None) -> str:
    """`88.3 % (95 % CI 77.8 %–94.2 %, n 60)`; a dash where it was not measured."""
    mean = None if estimate is None else known(estimate.mean)
    if estimate is None or mean is None:
        return "—"
    show, low, high = metric_figure(metric), known(estimate.low), known(estimate.high)
    interval = "no interval" if low is None or high is None else f"95 % CI {show(low)}–{show(high)}"
    return f"{show(mean)} ({interval}, n {estimate.count:,})"


def _chart(metric: MetricHistory, runs: Sequence[HistoryRun]) -> Chart:
    name = excerpt(metric.metric, _NAME_BYTES)
    shown = [(place, point) for place, point in enumerate(metric.points) if point is not None]
    scale = _Scale.of(metric.metric, [point for _, point in shown], len(runs))
    points = tuple(_point(metric.metric, scale, place, point, runs) for place, point in shown)
    show, latest = metric_figure(metric.metric), shown[-1][1]
    changes = tuple(Mark(scale.between(change.at), change_in_words(metric, change, runs)) for change in metric.changes)
    return Chart(
        name=name,
        latest=show(latest.mean or 0.0),
        note=_interval_note(metric.metric, latest),
        described=f"{name} over {len(points)} runs, last {figure(metric.metric, latest)}; {_counted(len(changes), 'change')} of the level",
        lines=tuple(_lines(metric, shown, scale)),
        points=points,
        levels=tuple(_levels(metric, scale)),
        changes=changes,
        breaks=tuple(Mark(scale.between(place), f"measured otherwise from {run_name(runs[place])} on") for place in metric.breaks),
        ticks=tuple(Tick(scale.y(value), show(value)) for value in scale.ticks()),
        dates=tuple(_dates(scale, runs)),
    )


def _interval_note(metric: str, estimate: Estimate) -> str:
    show, low, high = metric_figure(metric), known(estimate.low), known(estimate.high)
    return (
        f"no interval, n {estimate.count:,}" if low is None or high is None else f"95 % CI {show(low)}–{show(high)}, n {estimate.count:,}"
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """From places of runs and values to places in the drawing."""

    low: float
    high: float
    runs: int

    @classmethod
    def of(cls, metric: str, points: Sequence[Estimate], runs: int) -> _Scale:
        figures = (known(figure) for point in points for figure in (point.mean, point.low, point.high))
        values = [figure for figure in figures if figure is not None]
        low, high = min(values), max(values)
        room = 0.06 * (high - low) or abs(high) * 0.1 or 0.1
        is_share = metric not in (COST, LATENCY) and low >= 0.0 and high <= 1.0
        return cls(low - room if low < 0 else max(0.0, low - room), min(1.0, high + room) if is_share else high + room, runs)

    def x(self, place: float) -> float:
        room = WIDTH - _LEFT - _RIGHT
        return round(_LEFT + room * ((place + 0.5) / self.runs), 2)

    def between(self, place: int) -> float:
        """Just before a run."""
        return self.x(place - 0.5)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * min(max(share, 0.0), 1.0), 2)

    def ticks(self) -> Iterator[float]:
        """Round values, some `_TICKS` of them."""
        rough = (self.high - self.low) / _TICKS
        unit = 10.0 ** floor(log10(rough))
        step = next(size * unit for size in (1.0, 2.0, 2.5, 5.0, 10.0) if size * unit >= rough * (1 - 1e-9))
        first = ceil(self.low / step - 1e-9)
        yield from (round(number * step, 12) for number in range(first, floor(self.high / step + 1e-9) + 1))


def _point(metric: str, scale: _Scale, place: int, point: Estimate, runs: Sequence[HistoryRun]) -> Point:
    low, high = known(point.low), known(point.high)
    return Point(
        scale.x(place),
        scale.y(point.mean or 0.0),
        None if low is None or high is None else scale.y(low),
        None if low is None or high is None else scale.y(high),
        f"{run_name(runs[place])}: {figure(metric, point)}",
    )


def _lines(metric: MetricHistory, shown: Sequence[tuple[int, Estimate]], scale: _Scale) -> Iterator[str]:
    """A line for each stretch that was measured in the same way."""
    points: list[str] = []
    for place, point in shown:
        if place in metric.breaks and points:
            yield " ".join(points)
            points = []
        points.append(f"{scale.x(place)},{scale.y(point.mean or 0.0)}")
    yield " ".join(points)


def _levels(metric: MetricHistory, scale: _Scale) -> Iterator[Level]:
    """Means between changes; none where nothing changed."""
    if not metric.changes:
        return
    edges = sorted({0, *metric.breaks, *(change.at for change in metric.changes), len(metric.points)})
    for start, end in pairwise(edges):
        values = [point.mean for point in metric.points[start:end] if point is not None and point.mean is not None]
        if values:
            yield Level(scale.x(start - 0.3), scale.x(end - 0.7), scale.y(sum(values) / len(values)))


def _dates(scale: _Scale, runs: Sequence[HistoryRun]) -> Iterator[Tick]:
    last = len(runs) - 1
    count = min(_DATES, len(runs))
    for place in sorted({round(last * number / max(1, count - 1)) for number in range(count)}):
        yield Tick(scale.x(place), runs[place].started_at[:10])


def _level(level: Estimate, show: Callable[[float], str]) -> str:
    mean, low, high = known(level.mean), known(level.low), known(level.high)
    interval = "no interval" if low is None or high is None else f"95 % CI {show(low)}–{show(high)}"
    return f"{'—' if mean is None else show(mean)} ({interval}, {level.count} runs)"


def _p(p: float) -> str:
    return f"{p:.4f}" if p >= 0.001 else f"{p:.2g}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
