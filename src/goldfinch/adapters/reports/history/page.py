"""Writes the history: the page for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cache
from importlib.resources import files
from typing import Any, TextIO

from jinja2 import Template

from goldfinch import __version__
from goldfinch.adapters.reports.history.drawing import HEIGHT, WIDTH, change_in_words, charts, figure, run_name
from goldfinch.adapters.reports.html import assets
from goldfinch.adapters.reports.html.rendering import environment, ours
from goldfinch.core.escaping import for_json_in_html
from goldfinch.core.results.history import History
from goldfinch.core.results.report import excerpt

SHOWN_RUNS = 400
SHOWN_METRICS = 25
_COLUMNS = 6
_NAME_BYTES = 200


def write_page(history: History, out: TextIO) -> None:
    """One file that loads nothing; every word of data is made harmless for HTML."""
    for piece in _template().generate(_context(history)):
        out.write(piece)


def write_json(history: History, out: TextIO) -> None:
    """`docs/schemas/history.schema.json` describes it. ASCII only, as `report.json`."""
    document = {"schema_version": history.schema_version, "kind": history.kind, **asdict(history)}
    out.write(for_json_in_html(json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False)))
    out.write("\n")


@cache
def style() -> str:
    """The sheets of a run's report, and one for the charts."""
    return f"{assets.style()}\n{_read('history.css')}"


@cache
def script() -> str:
    """The theme of a run's report, and the keys of the charts."""
    shared = assets.modules()
    parts = {"dom": shared["dom"], "theme": shared["theme"], "history": _read("history.js")}
    return "\n".join(assets.scoped(name, source) for name, source in parts.items())


@cache
def _template() -> Template:
    return environment().from_string(_read("page.html.jinja"))


def _context(history: History) -> dict[str, Any]:
    shown = _latest(history)
    columns = [metric.metric for metric in shown.metrics[:_COLUMNS]]
    return {
        "policy": assets.policy_for(script(), style()),
        "style": ours(style()),  # files of this package
        "script": ours(script()),
        "charts": charts(shown, SHOWN_METRICS),
        "metrics_left": max(0, len(shown.metrics) - SHOWN_METRICS),
        "changes": list(_changes(shown)),
        "columns": [excerpt(name, _NAME_BYTES) for name in columns],
        "rows": [_row(shown, place, columns) for place in reversed(range(len(shown.runs)))],
        "runs": len(history.runs),
        "shown_runs": len(shown.runs),
        "left_out": ", ".join(f"{count} {why}" for why, count in sorted(history.left_out.items())),
        "agents": ", ".join(excerpt(name, _NAME_BYTES) for name in sorted({run.agent for run in history.runs})[:3]),
        "first": run_name(history.runs[0]),
        "last": run_name(history.runs[-1]),
        "alpha": f"{100 * history.alpha:g} %",
        "version": __version__,
        "width": WIDTH,
        "height": HEIGHT,
    }


def _latest(history: History) -> History:
    """The last runs, with what concerns them; changes were looked for in all."""
    first = max(0, len(history.runs) - SHOWN_RUNS)
    if not first:
        return history
    metrics = (
        replace(
            metric,
            points=metric.points[first:],
            breaks=tuple(place - first for place in metric.breaks if place > first),
            changes=tuple(replace(change, at=change.at - first) for change in metric.changes if change.at > first),
        )
        for metric in history.metrics
    )
    return replace(history, runs=history.runs[first:], metrics=tuple(metric for metric in metrics if any(metric.points)))


def _changes(history: History) -> Iterator[dict[str, str]]:
    """Every change, the latest first."""
    found = [(change.at, metric, change) for metric in history.metrics for change in metric.changes]
    for _, metric, change in sorted(found, key=lambda one: -one[0]):
        yield {"metric": excerpt(metric.metric, _NAME_BYTES), "text": change_in_words(metric, change, history.runs)}


def _row(history: History, place: int, columns: list[str]) -> dict[str, Any]:
    run = history.runs[place]
    by_name = {metric.metric: metric.points[place] for metric in history.metrics}
    return {
        "started": run.started_at.replace("T", " ")[:16],
        "commit": (run.head_sha or "")[:7],
        "run": excerpt(run.run_id, _NAME_BYTES),
        "dataset": run.dataset[:12],
        "cells": [(excerpt(name, _NAME_BYTES), figure(name, by_name.get(name))) for name in columns],
    }


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
