"""Make streams of session events for examples, tests and benchmarks: `python tools/example_streams.py examples/rollout_streams`.

Seeded: the same arguments give the same bytes. The streams are made up; no agent and no person is behind them.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import chain
from math import exp, log
from pathlib import Path
from random import Random
from typing import Any

BEGINS_S = 1_767_261_600.0  # 2026-01-01T10:00:00Z


@dataclass(frozen=True)
class Arm:
    """How one arm answers."""

    error_rate: float = 0.02
    """Of turns; a turn that failed ends its session."""
    latency_ms: float = 900.0
    """Median; lognormal with a sigma of 0.5."""
    score: float = 0.85
    """Mean; normal with a standard deviation of 0.1, within [0, 1]."""


@dataclass(frozen=True)
class Traffic:
    """Sessions of one to three turns that arrive at random, and are routed by the weight of their moment."""

    seed: int = 7
    sessions_per_s: float = 1.0
    lasts_s: float = 2400.0
    weights: tuple[tuple[float, int], ...] = ((0.0, 20), (1000.0, 50), (2000.0, 100))
    """Seconds after the beginning, and percent from then on."""
    stable: Arm = field(default_factory=Arm)
    canary: Arm = field(default_factory=Arm)
    scored: float = 1.0
    """Share of turns that a judge scored."""
    writes_weights: bool = True


STREAMS = {
    "good": Traffic(lasts_s=2100.0),
    "errors": Traffic(seed=8, lasts_s=1200.0, canary=Arm(error_rate=0.10)),
    "slow": Traffic(seed=9, lasts_s=900.0, weights=((0.0, 20),), canary=Arm(latency_ms=1800.0)),
    "low_score": Traffic(seed=10, lasts_s=900.0, weights=((0.0, 20),), canary=Arm(score=0.62)),
}
"""The examples that docs/guides/replay.md uses."""


def events(traffic: Traffic) -> Iterator[dict[str, Any]]:
    """The lines of a stream as values, in order of time."""
    chance = Random(traffic.seed)
    due: list[tuple[float, int, dict[str, Any]]] = []
    order = 0
    if traffic.writes_weights:
        for at_s, weight in traffic.weights:
            if at_s < traffic.lasts_s:
                heappush(due, (at_s, order := order + 1, {"weight": weight}))
    arrives_s, number = 0.0, 0
    while (arrives_s := arrives_s + chance.expovariate(traffic.sessions_per_s)) < traffic.lasts_s:
        while due and due[0][0] <= arrives_s:
            yield _line(heappop(due))
        number += 1
        for at_s, turn in _session(traffic, chance, arrives_s, f"s{number}"):
            heappush(due, (at_s, order := order + 1, turn))
    while due and due[0][0] < traffic.lasts_s:
        yield _line(heappop(due))


def _line(due: tuple[float, int, dict[str, Any]]) -> dict[str, Any]:
    return {"time": round(BEGINS_S + due[0], 3), **due[2]}


def _session(traffic: Traffic, chance: Random, begins_s: float, name: str) -> Iterator[tuple[float, dict[str, Any]]]:
    weight = next(percent for since_s, percent in reversed(traffic.weights) if since_s <= begins_s)
    is_canary = chance.random() * 100 < weight
    arm = traffic.canary if is_canary else traffic.stable
    now_s, turns = begins_s, chance.choice((1, 1, 2, 3))
    for turn in range(1, turns + 1):
        latency_ms = round(exp(chance.gauss(log(arm.latency_ms), 0.5)))
        now_s += latency_ms / 1000
        ok = chance.random() >= arm.error_rate
        said: dict[str, Any] = {
            "session": name,
            "arm": "canary" if is_canary else "stable",
            "turn": turn,
            "ok": ok,
            "latency_ms": latency_ms,
        }
        if ok and chance.random() < traffic.scored:
            said["score"] = round(min(1.0, max(0.0, chance.gauss(arm.score, 0.1))), 2)
        yield now_s, said
        if not ok:
            return
        now_s += 5 + chance.expovariate(1 / 15)


def write(path: Path, traffic: Traffic) -> None:
    """Write a stream with its header, line by line; compressed where the name ends in .gz, the same bytes every time."""
    with path.open("wb") as file, closing(gzip.GzipFile("", "wb", fileobj=file, mtime=0) if path.suffix == ".gz" else file) as into:
        for line in chain(({"schema_version": 1, "rollout": f"made up: {path.name}"},), events(traffic)):
            into.write(json.dumps(line).encode() + b"\n")


if __name__ == "__main__":
    for name, traffic in STREAMS.items():
        write(Path(sys.argv[1], f"{name}.jsonl.gz"), traffic)
