"""The access log read as evidence, from its bytes to an interval, beside a bare loop that only decodes the same lines.

    python -m benchmarks.live_log --rounds 3

Every request has two lines, as the proxy writes them; sessions have two turns. CPU seconds are the figure to read on a busy machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from goldfinch.adapters.live.evidence import LiveEvidence
from goldfinch.core.health.metrics import HealthRules
from goldfinch.ports.evidence_source import Question
from goldfinch.testing.clock import FakeClock

BEGINS = datetime(2026, 1, 1, 12, tzinfo=UTC)
LASTS = timedelta(minutes=10)


def write_log(folder: Path, requests: int) -> int:
    """How many lines: a request every so often, each of 100 ms, half of them a session's second."""
    folder.mkdir(exist_ok=True)
    lines = []
    for number in range(requests):
        begun = BEGINS + LASTS * number / requests
        line = {
            "time": begun.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "request_id": str(number),
            "session": f"8f14e45f-ceea-467f-a9c2-{number // 2:012}",
            "minted": number % 2 == 0,
            "pinned": number % 2 == 1,
            "probe": False,
            "release": "rel_canary" if number // 2 % 10 == 0 else "rel_stable",
            "flags": "-",
            "method": "POST",
            "path": "/chat",
            "bytes": 1234,
            "attempts": 1,
        }
        lines.append((begun, {"type": "start", "duration_ms": None, "status": 0, **line}))
        lines.append((begun + timedelta(milliseconds=100), {"type": "end", "duration_ms": 100, "status": 200, **line}))
    lines.sort(key=lambda pair: pair[0])
    (folder / "access-000001.jsonl").write_text("".join(json.dumps(line) + "\n" for _, line in lines), encoding="utf-8")
    return len(lines)


def measure(folder: Path) -> tuple[float, float]:
    """CPU seconds of the reading, and of the bare loop."""
    clock = FakeClock(BEGINS + LASTS + timedelta(seconds=10))
    life = folder / "up"
    life.touch()
    metrics = HealthRules().metrics
    source = LiveEvidence(
        folder / "access", folder / "notes", clock, canary="rel_canary", stable="rel_stable", metrics=metrics, sign_of_life=life
    )
    question = Question("ro_1", "", 0, BEGINS, 0.1, BEGINS + LASTS, {"p95_latency": 1000.0})
    began = time.process_time()
    (interval,) = asyncio.run(source.read(question, ())).intervals
    took = time.process_time() - began
    assert interval.canary_requests > 0  # nosec B101 - a benchmark of nothing would be fast
    began = time.process_time()
    with (folder / "access" / "access-000001.jsonl").open("rb") as file:
        for line in file:
            json.loads(line)
    return took, time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        lines = write_log(Path(name, "access"), arguments.requests)
        rounds = [measure(Path(name)) for _ in range(arguments.rounds)]
    took, bare = median(one for one, _ in rounds), median(other for _, other in rounds)
    print(f"{lines:,} lines, {arguments.rounds} rounds, median CPU seconds: {took:.2f}, bare loop {bare:.2f}")
    print(f"{lines / took:,.0f} lines a CPU second, {took / bare:.1f} times the bare loop")


if __name__ == "__main__":
    main()
