"""Writes the page: what is in it is decided in `core/results/page_view.py`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TextIO

from goldfinch import __version__
from goldfinch.adapters.reports.html import assets, figures
from goldfinch.adapters.reports.html.rendering import ours, page_template
from goldfinch.core.escaping import for_json_in_html
from goldfinch.core.results import wording
from goldfinch.core.results.case_view import text
from goldfinch.core.results.page_view import ISLAND_BYTES, PageView, page_view
from goldfinch.core.results.report import Report
from goldfinch.ports.reporter import EveryCase


@dataclass(frozen=True, slots=True)
class HtmlReporter:
    """Streams the run and holds what the page will hold: at most `island_bytes` of data, and as much again while it is written."""

    island_bytes: int = ISLAND_BYTES
    file_name: str = "report.html"

    def write(self, report: Report, every_case: EveryCase, out: TextIO) -> None:  # noqa: ARG002 - the port's signature
        view = page_view(report.evidence, [metric.name for metric in report.summary.metrics], self.island_bytes)
        for piece in page_template().generate(_context(report, view)):
            out.write(piece)


def _context(report: Report, view: PageView) -> dict[str, Any]:
    summary, tags = report.summary, report.summary.tags
    return {
        "policy": assets.policy(),
        "style": ours(assets.style()),  # files of this package
        "script": ours(assets.script()),
        "run": ours(_run(report, view)),  # by for_json_in_html, as each case of the view
        "cases": [{"row": ours(case.row), "details": ours(case.details)} for case in view.cases],
        "headline": text(wording.headline(report)),
        "verdict": figures.verdict(report, view),
        "remarks": [text(remark, 500) for remark in figures.remarks(report)],
        "agent": text(report.manifest.agent.name, 200),
        "dataset": text(report.manifest.dataset.name, 200),
        "shares": figures.shares(report.outcomes),
        "identity": figures.identity(report),
        "tiles": list(figures.tiles(summary)),
        "metrics": figures.metric_rows(summary, view),
        "metrics_left": figures.metrics_left(summary),
        "idle": text(", ".join(wording.idle_metrics(summary)), 500),
        "tags": figures.tag_rows(tags),
        "tags_left": max(0, len(tags) - figures.SHOWN_TAGS),
        "selection": view.selection,
        "location": text(report.location, 500),
        "version": __version__,
        "percent": lambda value: f"{100 * value:.1f} %",
        "at": lambda value, width: round(width * min(max(value, 0.0), 1.0), 2),
    }


def _run(report: Report, view: PageView) -> str:
    """What the script needs of the run: the metrics in the order of the rows' figures."""
    marks = {metric.name: wording.known(metric.pass_mark) for metric in report.summary.metrics}
    metrics = [{"name": text(name, 200), "passMark": marks[name]} for name in view.metrics]
    return for_json_in_html(json.dumps({"metrics": metrics}, ensure_ascii=False, allow_nan=False))
