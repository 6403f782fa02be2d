"""Benchmark results for tests."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from goldfinch.core.load.result import BenchmarkResult, Calibration, Machine
from goldfinch.core.load.samples import Samples
from goldfinch.core.load.scenario import ClosedLoop, Scenario
from goldfinch.core.load.summary import summarise

MACHINE = Machine("a cpu", 2, 8000, "Linux 6 x86_64", "local", "3.11.7")
CALIBRATION = Calibration(3000, 20_000.0, 0.3, 0.9, 0.1)
EMPTY = BenchmarkResult("id", "2026-01-01T00:00:00.000Z", "2026-01-01T00:01:00.000Z", "0.1.0", MACHINE, CALIBRATION, 10, ())


def result(*, slower: float = 1.0, failed: int = 0, iterations: int = 10, requests: int = 40, seed: int = 1) -> BenchmarkResult:
    """A closed loop of four clients with latencies around 100 ms, times `slower`."""
    source = Random(seed)
    runs = [_samples([100 * slower * source.lognormvariate(0, 0.1) for _ in range(requests)], failed) for _ in range(iterations)]
    scenario = summarise(Scenario("search", ClosedLoop(4)), "POST http://h/ask", runs, CALIBRATION)
    return replace(EMPTY, scenarios=(scenario,), iterations=iterations)


def _samples(latencies: list[float], failed: int) -> Samples:
    count = len(latencies)
    clients = [0.0] * 4
    found = Samples(lag_ms=[0.01] * 100)
    for number, latency in enumerate(latencies):
        client = clients.index(min(clients))
        found.intended_ms.append(clients[client])
        found.sent_ms.append(clients[client])
        clients[client] += latency
        found.done_ms.append(clients[client])
        found.outcomes.append("http_500" if number < failed else "ok")
    unknown: list[float | None] = [None] * count
    found.first_token_ms, found.provider_ms, found.cost_usd = unknown, list(unknown), list(unknown)
    return found
