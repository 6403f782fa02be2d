"""What the gates need of two files of ours: a benchmark (`goldfinch bench run`) and what the tests spent (`--goldfinch-report`).

Only these parts are read, so that either file may grow; a file that is none of ours is an error and never an empty measurement.
"""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import TypeVar

import msgspec

from goldfinch.core.errors import EvidenceUnreadable
from goldfinch.core.gates import codes
from goldfinch.core.gates.evidence import BenchmarkEvidence, HighestCost, Measured, ScenarioEvidence

MAX_BYTES = 64_000_000
Document = TypeVar("Document")


class _Quantile(msgspec.Struct):
    value: float
    low: float | None = None
    high: float | None = None
    count: int | None = None


class _Latency(msgspec.Struct):
    p95: _Quantile


class _Throughput(msgspec.Struct):
    value: float
    low: float | None = None
    high: float | None = None


class _Scenario(msgspec.Struct):
    name: str
    throughput: _Throughput
    latency: _Latency | None = None
    answered: int = 0
    problems: tuple[str, ...] = ()


class _Benchmark(msgspec.Struct):
    kind: str
    scenarios: tuple[_Scenario, ...]
    problems: tuple[str, ...] = ()


class _Test(msgspec.Struct):
    test: str
    calls: int
    cost_usd: float | None


class _TestSpending(msgspec.Struct):
    kind: str
    tests: tuple[_Test, ...]


def read_benchmark(path: Path) -> BenchmarkEvidence:
    """Every scenario's 95th percentile and throughput, and why they cannot be trusted. Raises `EvidenceUnreadable`."""
    found = _read(path, _Benchmark, "benchmark", "goldfinch bench run --output FILE")
    problems = [*found.problems, *(f"{one.name}: {problem}" for one in found.scenarios for problem in one.problems)]
    return BenchmarkEvidence(tuple(map(_scenario, found.scenarios)), "; ".join(problems))


def read_test_costs(path: Path) -> HighestCost | None:
    """The dearest test of those that asked a model; None where none did. Raises `EvidenceUnreadable`."""
    found = _read(path, _TestSpending, "test_spending", "pytest --goldfinch-report FILE")
    costs = [(one.test, one.cost_usd) for one in found.tests if one.calls]
    return HighestCost.of(costs) if costs else None


def _scenario(found: _Scenario) -> ScenarioEvidence:
    """Where nothing was answered there is no throughput either: 0 would be a measurement."""
    p95, rate = found.latency.p95 if found.latency else None, found.throughput
    latency = Measured(None) if p95 is None else Measured(_finite(p95.value), p95.count, p95.low, p95.high)
    return ScenarioEvidence(found.name, latency, Measured(_finite(rate.value) if found.answered else None, None, rate.low, rate.high))


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _read(path: Path, shape: type[Document], kind: str, made_by: str) -> Document:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        code = codes.NO_SUCH_REPORT if isinstance(error, FileNotFoundError) else codes.NOT_READABLE
        raise EvidenceUnreadable(
            f"cannot be read: {error.strerror or error}", where=str(path), hint=f"made by {made_by}", code=code
        ) from error
    if len(content) > MAX_BYTES:
        raise EvidenceUnreadable(f"is longer than {MAX_BYTES // 1_000_000} MB", where=str(path), code=codes.TOO_LONG)
    try:
        found = msgspec.json.decode(content, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        what = f"is no file of {made_by}: {error}"
        raise EvidenceUnreadable(what, where=str(path), hint="have it written anew", code=codes.DAMAGED) from error
    if getattr(found, "kind", None) != kind:
        raise EvidenceUnreadable(f"is no file of {made_by}", where=str(path), hint="give the right file", code=codes.DAMAGED)
    return found
