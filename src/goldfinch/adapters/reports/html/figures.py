"""The upper part of the page as values: verdict, tiles, metrics, tags. Unescaped; places in a drawing are in its own units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldfinch.core.results import wording
from goldfinch.core.results.case_result import CaseOutcome
from goldfinch.core.results.case_view import text
from goldfinch.core.results.distributions import BINS, Distribution
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.results.page_view import SHOWN_METRICS, PageView
from goldfinch.core.results.report import Report
from goldfinch.core.results.summary import Estimate, MetricSummary, Summary

SHOWN_TAGS = 40
_NAME_BYTES = 200
_SPREAD_WIDTH, _SPREAD_LEFT, _BASE, _BIN_HEIGHT = 260.0, 2.0, 31.0, 29.0
_TOLD_METRICS = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kind` is a class of the style sheet."""

    kind: str
    word: str
    reason: str


@dataclass(frozen=True, slots=True)
class Badge:
    text: str
    title: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Bin:
    x: float
    y: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class MetricRow:
    """`low`, `high`, `at` and `mark` are places in the drawing, None where there is nothing to draw."""

    name: str
    badges: tuple[Badge, ...]
    mean: str
    interval: str
    described: str
    bins: tuple[Bin, ...]
    low: float | None
    high: float | None
    at: float | None
    mark: float | None
    pass_mark: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Tile:
    name: str
    value: str
    note: str


def verdict(report: Report, view: PageView) -> Verdict:
    """The run in a word, and why: the first thing that is read."""
    count = report.outcomes
    reason = "; ".join(_reasons(report, view)) or "Every case passed in every trial."
    if report.is_incomplete:
        return Verdict("incomplete", "Incomplete", f"The figures are of what is there. {reason if count else ''}".strip())
    for outcome, word in ((CaseOutcome.FAILED, "failed"), (CaseOutcome.ERROR, "without evidence"), (CaseOutcome.UNDECIDED, "undecided")):
        if count.get(outcome):
            return Verdict(outcome.value, f"{count[outcome]:,} {word}", reason)
    if not count:
        return Verdict("undecided", "Nothing decided", "This run has no scored case.")
    return Verdict("passed", "All passed", reason)


def _reasons(report: Report, view: PageView) -> Iterator[str]:
    failed = {name: found.failed for name, found in view.distributions.items() if found.failed}
    for name in sorted(failed, key=lambda name: (-failed[name], name))[:_TOLD_METRICS]:
        yield f"{text(name, _NAME_BYTES)} is below its mark in {failed[name]:,} {_cases(failed[name])}"
    for outcome, why in ((CaseOutcome.ERROR, "lack an answer or a score"), (CaseOutcome.UNDECIDED, "could not be decided")):
        if count := report.outcomes.get(outcome, 0):
            yield f"{count:,} {_cases(count)} {why}"
    if report.summary.failures:
        yield f"failures of the agent or its provider: {wording.failures(report.summary.failures)}"


def _cases(count: int) -> str:
    return "case" if count == 1 else "cases"


def shares(outcomes: Mapping[CaseOutcome, int]) -> list[dict[str, Any]]:
    """The parts of a bar 1000 wide, passed first."""
    total = sum(outcomes.values())
    parts: list[dict[str, Any]] = []
    x = 0.0
    for outcome in (CaseOutcome.PASSED, CaseOutcome.FAILED, CaseOutcome.ERROR, CaseOutcome.UNDECIDED):
        if count := outcomes.get(outcome, 0):
            width = 1000 * count / total
            parts.append({"name": outcome.value, "count": count, "x": round(x, 2), "width": round(width, 2)})
            x += width
    return parts


def identity(report: Report) -> list[tuple[str, str]]:
    """What was run, on what, when."""
    manifest = report.manifest
    trials = f" × {manifest.trials} trials" if manifest.trials > 1 else ""
    revision = manifest.revision
    commit = f"{revision.head_sha[:12]}{', changed' if revision.dirty else ''}" if revision.head_sha else ""
    rows = (
        ("Agent", " ".join(filter(None, (manifest.agent.name, manifest.agent.version[:24])))),
        ("Dataset", f"{manifest.dataset.name}, {manifest.dataset.cases:,} cases{trials} ({manifest.dataset.fingerprint[:12]})"),
        ("Part of it", ", ".join(f"{name} {value}" for name, value in manifest.dataset.selection.items())),
        ("Started", manifest.started_at.replace("T", " ").removesuffix("Z").partition(".")[0] + " UTC"),
        ("Took", wording.milliseconds(report.summary.wall_s * 1000) if report.summary.wall_s else ""),
        ("Commit", commit),
        ("Judge", manifest.judge or ""),
        ("Status", "" if manifest.status is RunStatus.COMPLETE else manifest.status.value),
        ("Run", manifest.run_id),
    )
    return [(name, text(value, 300)) for name, value in rows if value]


def tiles(summary: Summary) -> Iterator[Tile]:
    """The figures that are no score."""
    yield _pass_rate(summary)
    if summary.passes.pass_hat_k:
        k = max(summary.passes.pass_hat_k)
        yield Tile(f"All of {k} trials pass", *_share(summary.passes.pass_hat_k[k]))
    value, _, note = wording.cost(summary.cost).partition(", ")
    yield Tile("Cost", *_bracket(value, note))
    if summary.judge_cost.known or summary.judge_cost.unknown:
        value, _, note = wording.cost(summary.judge_cost).partition(", ")
        yield Tile("Judge cost", *_bracket(value, note))
    latency = summary.latency_ms
    note = f"median of {latency.count:,}; p95 {wording.milliseconds(latency.p95)}, max {wording.milliseconds(latency.max)}"
    yield Tile("Latency", wording.milliseconds(latency.p50), note) if latency.count else Tile("Latency", "unknown", "")
    value, _, note = wording.tokens(summary.tokens).partition(", ")
    yield Tile("Tokens", *_bracket(value, note))
    if summary.cached:
        yield Tile("From the cache", f"{summary.cached:,}", "in no cost, token or latency figure")


def _bracket(value: str, note: str) -> tuple[str, str]:
    """A remark in brackets belongs to the small print."""
    figure, _, remark = value.partition(" (")
    return (figure, note) if not remark else (figure, f"({remark}{', ' if note else ''}{note}")


def _pass_rate(summary: Summary) -> Tile:
    value, note = _share(summary.passes.rate)
    return Tile("Pass rate", value, f"{note}{f'; {summary.passes.undecided:,} undecided' if summary.passes.undecided else ''}")


def _share(estimate: Estimate) -> tuple[str, str]:
    value, _, interval = wording.percent(estimate).partition(", ")
    return value, f"{interval}, n {estimate.count:,}" if interval else "no case was decided"


def remarks(report: Report) -> Iterator[str]:
    """What stands under the verdict: what a replay's figures are, how many cases were unsafe, and judged means as labels correct them."""
    if report.is_replayed:
        yield "Recorded replies stood in for the models: cost and tokens are of the recording, nothing was paid now, latency is not known."
    if told := wording.safety_line(report.summary):
        yield told
    yield from map(wording.corrected, report.corrected)


def metric_rows(summary: Summary, view: PageView) -> list[MetricRow]:
    """The metrics that say something, in the order of the run."""
    telling = [metric for metric in summary.metrics if wording.tells_something(metric)]
    return [_metric(metric, view.distributions.get(metric.name) or Distribution()) for metric in telling[:SHOWN_METRICS]]


def metrics_left(summary: Summary) -> int:
    """How many metrics the table has no room for."""
    return max(0, sum(map(wording.tells_something, summary.metrics)) - SHOWN_METRICS)


def _metric(metric: MetricSummary, spread: Distribution) -> MetricRow:
    estimate, mark = metric.estimate, wording.known(metric.pass_mark)
    name = text(metric.name, _NAME_BYTES)
    interval = wording.interval_of(estimate)
    return MetricRow(
        name=name,
        badges=tuple(metric_badges(metric)),
        mean=wording.mean_of(estimate),
        interval=interval,
        described=f"{name}: mean {wording.mean_of(estimate)}, 95 % interval {interval}, {spread.count:,} {_cases(spread.count)}",
        bins=tuple(_bins(spread)),
        low=_place(estimate.low),
        high=_place(estimate.high),
        at=_place(estimate.mean),
        mark=_place(mark),
        pass_mark="" if mark is None else f"{mark:g}",
        counts=(
            ("n", estimate.count),
            ("below mark", spread.failed),
            ("missing", metric.missing),
            ("errors", metric.errors),
            ("n/a", metric.not_applicable),
        ),
    )


def metric_badges(metric: MetricSummary) -> Iterator[Badge]:
    """What a reader must know of a metric before its figures; one line each."""
    if metric.advisory:
        yield Badge("advisory", "judged by a model that no calibration lets decide")
    if metric.is_heuristic:
        yield Badge("heuristic", "was not shown to agree with people: see docs/scorers/agreement.md")
    if metric.pass_mark is None and not metric.advisory:
        yield Badge("reported", "never decides whether a case passes")
    elif metric.pass_mark is not None:
        yield Badge(f"decides at {metric.pass_mark:g}", f"a case passes where this is at least {metric.pass_mark:g}", strong=True)


def _bins(spread: Distribution) -> Iterator[Bin]:
    step = _SPREAD_WIDTH / BINS
    for place, count in enumerate(spread.bins):
        if count:
            height = round(max(2.0, _BIN_HEIGHT * count / spread.tallest), 2)
            label = f"{place / BINS:.2f} to {(place + 1) / BINS:.2f}: {count:,} {_cases(count)}"
            yield Bin(round(_SPREAD_LEFT + place * step + 0.9, 2), _BASE - height, height, label)


def _place(value: float | None) -> float | None:
    value = wording.known(value)
    return None if value is None else round(_SPREAD_LEFT + _SPREAD_WIDTH * min(max(value, 0.0), 1.0), 2)


def tag_rows(tags: Mapping[str, Estimate]) -> Sequence[dict[str, Any]]:
    """The tags with the lowest pass rates first: that is where to look."""
    known = {name: estimate for name, estimate in tags.items() if wording.known(estimate.mean) is not None}
    worst = sorted(known, key=lambda name: (known[name].mean or 0.0, name))[:SHOWN_TAGS]
    return [{"name": text(name, _NAME_BYTES), "estimate": known[name]} for name in worst]
