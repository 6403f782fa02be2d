"""STATISTICS A2 calculated a second time: from the lines of a stream, the boundaries of the intervals and the recorded tau, nothing else.

Shares no code with Goldfinch, and is written to be read beside the formulas, not to be fast.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import exp, fsum, log
from typing import Any

RATIOS = (1.25, 1.5, 2, 3, 5, 10, 20)
BETS = (0.1, 0.25, 0.5, 1, 2, 4)


@dataclass
class Cut:
    """One interval: from `start` to `end`, in `step`, whose sessions count from `since` on."""

    start: float
    end: float
    step: int
    since: float
    tau: float | None


@dataclass
class Unit:
    arm: str
    stratum: int | None
    turns: list[dict[str, Any]]


def units(lines: list[dict[str, Any]], cuts: list[Cut]) -> list[Unit]:
    windows: dict[tuple[int, float], float] = {}
    for cut in cuts:
        windows[cut.step, cut.since] = cut.end
    found: dict[str, Unit] = {}
    for line in sorted((line for line in lines if "session" in line), key=lambda line: line["time"]):
        name = line["session"]
        if name not in found:
            begun = line["time"] - line["latency_ms"] / 1000
            stratum = next((step for (step, since), end in windows.items() if since <= begun < end), None) if line["turn"] == 1 else None
            found[name] = Unit(line["arm"], stratum, [])
        if line["arm"] == found[name].arm:
            found[name].turns.append(line)
    return [unit for unit in found.values() if unit.stratum is not None]


def errors(everyone: list[Unit], cut: Cut) -> dict[int, list[int]]:
    """stratum → n_c, x_c, n_b, x_b."""
    table: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for unit in everyone:
        failed = [turn["time"] for turn in unit.turns if not turn["ok"]]
        first = min(failed, default=float("inf"))
        if first >= cut.start and any(cut.start <= turn["time"] < cut.end for turn in unit.turns):
            at = 0 if unit.arm == "canary" else 2
            table[unit.stratum or 0][at] += 1
            table[unit.stratum or 0][at + 1] += cut.start <= first < cut.end
    return table


def slow(everyone: list[Unit], cut: Cut) -> dict[int, list[int]]:
    table: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for unit in everyone:
        turn = unit.turns[0]
        timed_out = "timeout" in turn.get("flags", [])
        if cut.tau is not None and cut.start <= turn["time"] < cut.end and (turn["ok"] or timed_out):
            at = 0 if unit.arm == "canary" else 2
            table[unit.stratum or 0][at] += 1
            table[unit.stratum or 0][at + 1] += timed_out or turn["latency_ms"] > cut.tau
    return table


def count_factor(n_c: int, x_c: int, n_b: int, x_b: int) -> list[float]:
    if n_c == 0 or n_b == 0:
        return [0.0] * len(RATIOS)
    theta_0 = n_c / (n_c + n_b)
    thetas = [r * n_c / (r * n_c + n_b) for r in RATIOS]
    return [x_c * log(theta / theta_0) + x_b * log((1 - theta) / (1 - theta_0)) for theta in thetas]


def mixed(rows: list[list[float]]) -> float:
    """ln of the mean over starts of the mean over alternatives."""
    return log(fsum(fsum(exp(value) for value in row) / len(row) for row in rows) / len(rows))


def log_e_of_counts(tables: list[dict[int, list[int]]], cuts: list[Cut], starts: list[int]) -> list[float]:
    rows = [[0.0] * len(RATIOS) for _ in starts]
    course = []
    for table, cut in zip(tables, cuts, strict=True):
        for numbers in table.values():
            for at, start in enumerate(starts):
                if start <= cut.step:
                    rows[at] = [a + b for a, b in zip(rows[at], count_factor(*numbers), strict=True)]
        course.append(mixed(rows))
    return course


def log_e_of_scores(everyone: list[Unit], cuts: list[Cut], starts: list[int]) -> list[float]:
    rows = [[0.0] * len(BETS) for _ in starts]
    waiting: dict[int, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    seen = [0.5]
    course = []
    for cut in cuts:
        fresh = [unit for unit in everyone if cut.start <= unit.turns[0]["time"] < cut.end and unit.turns[0].get("score") is not None]
        for unit in fresh:
            waiting[unit.stratum or 0][unit.arm == "stable"].append(unit.turns[0]["score"])
        m = min(0.9, max(0.1, fsum(seen) / len(seen)))
        for stratum in sorted(waiting):
            canary, stable = waiting[stratum]
            if not (canary and stable):
                continue
            n_c, n_b = len(canary), len(stable)
            for at, start in enumerate(starts):
                if start <= cut.step:
                    for place, g in enumerate(BETS):
                        bet = min(g, 0.9 * min(1 / (1 - m), n_b / (n_c * m)))
                        rows[at][place] += fsum(log(1 + bet * (m - y)) for y in canary)
                        rows[at][place] += fsum(log(1 + bet * (n_c / n_b) * (y - m)) for y in stable)
            seen += canary + stable
            del waiting[stratum]
        course.append(mixed(rows))
    return course


def log_e(lines: list[dict[str, Any]], cuts: list[Cut], starts: list[int]) -> dict[str, list[float]]:
    """Metric → ln E after each interval."""
    everyone = units(lines, cuts)
    return {
        "error_rate": log_e_of_counts([errors(everyone, cut) for cut in cuts], cuts, starts),
        "p95_latency": log_e_of_counts([slow(everyone, cut) for cut in cuts], cuts, starts),
        "evaluation_score": log_e_of_scores(everyone, cuts, starts),
    }
