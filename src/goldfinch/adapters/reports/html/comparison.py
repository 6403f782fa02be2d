"""Writes the page of a comparison: what is in it is decided in `core/comparison/page_view.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from goldfinch import __version__
from goldfinch.adapters.reports.html import assets
from goldfinch.adapters.reports.html.rendering import ours, page_template
from goldfinch.core.comparison import wording
from goldfinch.core.comparison.outcome import Change, Comparison, MetricChange, RunReference
from goldfinch.core.comparison.page_view import ISLAND_BYTES, ComparisonView, comparison_view
from goldfinch.core.escaping import for_json_in_html
from goldfinch.core.quarantine.wording import case_line, reminder_lines
from goldfinch.core.results.case_view import text
from goldfinch.core.results.evidence import Evidence
from goldfinch.core.verdict import Verdict

SHOWN_METRICS, SHOWN_TAGS, SHOWN_IDS = 60, 40, 50
_CHIPS = {Verdict.PASS: "passed", Verdict.FAIL: "failed", Verdict.INCONCLUSIVE: "undecided", Verdict.NEUTRAL: "incomplete"}
_CHANGES = {Change.REGRESSED: "failed", Change.IMPROVED: "passed", Change.NO_CHANGE: "passed", Change.INCONCLUSIVE: "undecided"}
_WIDTH = 150.0
"""Of the drawing of an interval, in its own units; no difference is in its middle."""


@dataclass(frozen=True, slots=True)
class MetricLine:
    """A row of the table. `low`, `high`, `at` and `margin` are places in the drawing, None where there is nothing to draw."""

    cells: tuple[str, ...]
    chip: str
    reason: str
    described: str
    low: float | None
    high: float | None
    at: float | None
    margin: float | None

    @property
    def before(self) -> list[tuple[str, str]]:
        return list(zip(wording.HEADINGS[2:6], self.cells[2:6], strict=True))

    @property
    def after(self) -> list[tuple[str, str]]:
        return list(zip(wording.HEADINGS[6:], self.cells[6:], strict=True))


def write_comparison_page(
    comparison: Comparison, was: Sequence[Evidence], now: Sequence[Evidence], out: TextIO, island_bytes: int = ISLAND_BYTES
) -> None:
    """Write one file that holds everything and loads nothing. `was` and `now` are the records of all runs behind either side."""
    view = comparison_view(comparison, was, now, island_bytes)
    for piece in page_template(assets.CHANGES_PAGE).generate(_context(comparison, view)):
        out.write(piece)


def _context(comparison: Comparison, view: ComparisonView) -> dict[str, Any]:
    return {
        "policy": assets.policy(assets.CHANGES_PAGE),
        "style": ours(assets.style(assets.CHANGES_PAGE)),  # files of this package
        "script": ours(assets.script(assets.CHANGES_PAGE)),
        "run": ours(_run(view)),  # by for_json_in_html, as each case of the view
        "cases": [{"row": ours(case.row), "details": ours(case.details)} for case in view.cases],
        "verdict": comparison.verdict.value,
        "chip": _CHIPS[comparison.verdict],
        "headline": text(wording.headline(comparison), 500),
        "subject": text(comparison.current.agent, 200),
        "remarks": [text(remark, 500) for remark in _remarks(comparison)],
        "identity": [(name, text(value, 300)) for name, value in _identity(comparison)],
        "legend": wording.LEGEND,
        "metrics": [metric_line(one) for one in wording.in_order(comparison.metrics)[:SHOWN_METRICS]],
        "tags": list(_tags(comparison)),
        "selection": _selection(view),
        "cases_line": text(wording.cases_line(comparison), 300) if comparison.baseline else "",
        "edited": [(name, text(value, 2_000)) for name, value in _apart(comparison)],
        "version": __version__,
    }


def _run(view: ComparisonView) -> str:
    metrics = [{"name": text(name, 200)} for name in view.metrics]
    return for_json_in_html(json.dumps({"metrics": metrics}, ensure_ascii=False, allow_nan=False))


def _remarks(comparison: Comparison) -> Iterator[str]:
    yield from comparison.invalid[1:]
    if not comparison.invalid:
        yield from filter(None, map(wording.remark_of, comparison.metrics))
    yield from comparison.notes


def _identity(comparison: Comparison) -> Iterator[tuple[str, str]]:
    for side, run in (("Baseline", comparison.baseline), ("Current", comparison.current)):
        if run is not None:
            yield side, _described(run)


def _described(run: RunReference) -> str:
    commit = f"commit {run.head_sha[:12]}" if run.head_sha else ""
    started = run.started_at.replace("T", " ").removesuffix("Z").partition(".")[0]
    return " · ".join(filter(None, (run.run_id, run.agent[:100], commit, f"{started} UTC" if started else "", run.path)))


def metric_line(one: MetricChange) -> MetricLine:
    """A metric with its difference drawn between -`reach` and +`reach`, no change in the middle; the margin where a regression begins."""
    cells = tuple(text(cell, 200) for cell in wording.row_of(one))
    low, high, difference = one.low, one.high, one.difference
    chip, reason = _CHANGES[one.change], text(one.reason, 300)
    if low is None or high is None or difference is None:
        return MetricLine(cells, chip, reason, "", None, None, None, None)
    reach = 1.1 * max(abs(low), abs(high), one.margin) or 1.0
    margin = (-one.margin if one.higher_is_better else one.margin) if one.margin else None
    return MetricLine(
        cells,
        chip,
        reason,
        f"{cells[0]}: difference {cells[4]}, 95 % interval {cells[5]}",
        _place(low, reach),
        _place(high, reach),
        _place(difference, reach),
        None if margin is None else _place(margin, reach),
    )


def _place(value: float, reach: float) -> float:
    return round(_WIDTH * (1 + max(-1.0, min(1.0, value / reach))) / 2, 2)


def _tags(comparison: Comparison) -> Iterator[dict[str, str]]:
    found = [
        (tag, one) for tag, changes in comparison.slices.items() for one in changes if one.change in (Change.REGRESSED, Change.IMPROVED)
    ]
    found.sort(key=lambda pair: pair[1].change is not Change.REGRESSED)
    for tag, one in found[:SHOWN_TAGS]:
        cells = wording.row_of(one)
        figures = f"{cells[0]} {cells[2]} → {cells[3]}, D {cells[4]} ({cells[5]}), n {cells[6]}"
        yield {"name": text(tag, 200), "change": one.change.value, "chip": _CHANGES[one.change], "figures": text(figures, 300)}


def _selection(view: ComparisonView) -> str:
    if len(view.cases) == view.total:
        return ""
    return f"Showing the {len(view.cases):,} most important of {view.total:,} cases that changed. The figures above are of all cases."


def _apart(comparison: Comparison) -> Iterator[tuple[str, str]]:
    if comparison.quarantined:
        shown = [*reminder_lines(comparison.quarantined)[:SHOWN_IDS], *map(case_line, comparison.quarantined[:SHOWN_IDS])]
        yield f"Quarantined, fails nothing alone ({len(comparison.quarantined):,})", "; ".join(shown)
    for name, ids in (
        ("Flaky", comparison.flaky),
        ("Added", comparison.added),
        ("Removed", comparison.removed),
        ("Edited", comparison.edited),
    ):
        if ids:
            more = f" … and {len(ids) - SHOWN_IDS:,} more" if len(ids) > SHOWN_IDS else ""
            yield f"{name} ({len(ids):,})", ", ".join(ids[:SHOWN_IDS]) + more
