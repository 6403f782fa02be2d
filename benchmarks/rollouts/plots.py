"""The plots of docs/guides/canary-statistics.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp, inf, log, log10
from pathlib import Path

from benchmarks.rollouts import our_judge
from benchmarks.rollouts.cells import CELLS, WORSE, Cell
from benchmarks.rollouts.course import MINUTES, STAGE_MINUTES
from benchmarks.rollouts.simulate import ARGO, JUDGES, KAYENTA, OURS, PLAIN, CellResult
from benchmarks.rollouts.svg import BOTTOM, LEFT, RIGHT, TOP, WIDTH, Axis, Drawing
from benchmarks.rollouts.table import share

COLOURS = {OURS: "#0969da", PLAIN: "#cf222e", ARGO: "#bc4c00", KAYENTA: "#6e7781"}
NAMES = {OURS: "Goldfinch", PLAIN: "plain rule (R72)", ARGO: "Argo, failureLimit 3", KAYENTA: "Kayenta"}
_MINUTES = Axis(0, MINUTES, [(at, str(at)) for at in range(0, MINUTES + 1, 10)], "minutes of the rollout: 30 at 10 %, 30 at 50 %")
_ROW = 46
_SAME, _WORSE = "#6e7781", "#0969da"
_TRACES = 6
_LOG_TOP = log(1e6)


def write(folder: Path, results: Sequence[CellResult]) -> None:
    """All three, each replaced as a whole."""
    of = {result.cell: result for result in results}
    drawn = {
        "canary-false-rollbacks.svg": false_rollbacks(of["same-20"]),
        "canary-detection.svg": detection([of[cell.name] for cell, _ in WORSE]),
        "canary-evidence.svg": evidence(of["same-20"].seed),
    }
    for name, text in drawn.items():
        new = folder / f"{name}.new"
        new.write_text(text)
        new.replace(folder / name)


def false_rollbacks(result: CellResult) -> str:
    """The share of rollouts of an identical release that each judge has rolled back, minute by minute."""
    ticks = [(percent / 100, f"{percent} %") for percent in range(0, 101, 20)]
    title = f"Identical releases rolled back ({result.rollouts:,} rollouts, {CELLS[result.cell].title}, 2 % errors)"
    last = ", ".join(f"{NAMES[judge]} {share(result, judge)}" for judge in JUDGES)
    drawing = Drawing(title, f"At the end of the rollout: {last}.", _MINUTES, Axis(0, 1, ticks, "rolled back so far"))
    for place, judge in enumerate(JUDGES):
        shares = [(minute, result.rolled_back(judge, until=minute) / result.rollouts) for minute in range(MINUTES + 1)]
        drawing.path(shares, COLOURS[judge], 2.5)
        x, y = drawing.x(38), drawing.y(0.72 - 0.1 * place)
        drawing.line((x - 26, y - 4), (x - 6, y - 4), COLOURS[judge], 3)
        drawing.text(x, y, f"{NAMES[judge]}: {share(result, judge)}")
    return drawing.whole()


def detection(results: Sequence[CellResult]) -> str:
    """Per kind of harm and judge: the median minute of the rollback, and from the 10th to the 90th percentile."""
    ticks = [(at, str(at)) for at in (1, 2, 3, 5, 10, 20, 30, 60)]
    height = TOP + BOTTOM + _ROW * len(results) + 14
    drawing = Drawing(
        "Minute of the rollback: median, and 10 % to 90 % of the rollouts",
        "The figures are those of the table of detections.",
        Axis(1, MINUTES, ticks, "minutes after the first session (logarithmic)", log),
        None,
        height,
    )
    shown = (OURS, ARGO, KAYENTA)
    for place, judge in enumerate(shown):
        x = LEFT + 150 * place
        drawing.dot(x + 4, TOP - 10, COLOURS[judge])
        drawing.text(x + 14, TOP - 6, NAMES[judge])
    for row, result in enumerate(results):
        top = TOP + _ROW * row + 18
        drawing.text(LEFT, top - 4, CELLS[result.cell].title, size=11)
        for place, judge in enumerate(shown):
            _range(drawing, result, judge, top + 5 + 7 * place)
    return drawing.whole()


def _range(drawing: Drawing, result: CellResult, judge: str, y: float) -> None:
    low, middle, high = (result.minute(judge, share) for share in (0.1, 0.5, 0.9))
    if low < inf:
        drawing.line((drawing.x(low), y), (drawing.x(high), y), COLOURS[judge], 2)
    if middle < inf:
        drawing.dot(drawing.x(middle), y, COLOURS[judge], 3.5)


def evidence(seed: int) -> str:
    """E of the error rate in some rollouts of an identical release, and in one of a release that fails twice as often."""
    threshold = 3 / our_judge.RULES.alpha
    ticks = [
        (10.0**power, label) for power, label in ((-4, "1/10,000"), (-2, "1/100"), (0, "1"), (2, "100"), (4, "10,000"), (6, "1 million"))
    ]
    drawing = Drawing(
        f"Evidence against {_TRACES} identical releases, and against one that fails twice as often",
        "E of the error rate after every check, 20 requests a second, 2 % errors. Only the worse release crosses the threshold of 300.",
        _MINUTES,
        Axis(1e-4, 1e6, ticks, "E (logarithmic)", log10),
    )
    same, worse = CELLS["same-20"], CELLS["errors-20"]
    for number in range(_TRACES):
        drawing.path(_trace(same, number, seed), _SAME, 1.2, 0.8)
    twice = replace(worse, traffic=replace(worse.traffic, error_factor=2.0))
    drawing.path(_trace(twice, 0, seed), _WORSE, 2.5)
    y = drawing.y(threshold)
    drawing.line((LEFT, y), (WIDTH - RIGHT, y), "#cf222e", 1.5, "6 4")
    drawing.text(WIDTH - 30, y - 6, f"rolled back from E = {threshold:.0f} on, if the guard holds too", anchor="end", colour="#cf222e")
    x = drawing.x(STAGE_MINUTES)
    drawing.text(x + 4, drawing.y(1.5e-4), "50 % from here on", size=11)
    drawing.line((x, TOP), (x, drawing.height - BOTTOM), _SAME, 1, "2 3")
    return drawing.whole()


def _trace(cell: Cell, number: int, seed: int) -> list[tuple[float, float]]:
    """E of the error rate by minute, up to the top of the drawing."""
    points = [(0.0, 1.0)]
    for minute, (_, found) in enumerate(our_judge.checks(cell.course(number, seed).interval), start=1):
        points.append((float(minute), exp(min(_LOG_TOP, found.checks[0].log_e))))
        if found.checks[0].log_e >= _LOG_TOP:
            break
    return points
