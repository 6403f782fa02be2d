"""The load generator held against the truth and against h2load: how many requests it sends a second, and what it says of a stall."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from urllib.request import urlopen

from benchmarks.load_check import LoadCheck
from goldfinch.adapters.load.request import PlainRequest, RequestTarget, payload_of
from goldfinch.bootstrap.bench import calibrate, means_of
from goldfinch.bootstrap.event_loop import run_to_end
from goldfinch.core.load.quantiles import quantile
from goldfinch.core.load.result import Calibration
from goldfinch.core.load.samples import Samples
from goldfinch.core.load.scenario import Arrivals, OpenLoop, Scenario
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.ports.progress import Progress, ProgressSnapshot

RATE, REQUESTS = 200, 2000
"""Ten seconds: five stalls, each of which meets 40 requests."""
CLIENTS = 250
"""Of h2load, started 5 ms apart. Each sends every 1.25 s: no client meets each stall at the same moment, and none waits for its answer."""


class Quiet(Progress):
    interval_s = 3600.0

    def update(self, snapshot: ProgressSnapshot) -> None: ...

    def note(self, message: str) -> None: ...

    def close(self) -> None: ...


def check_load() -> LoadCheck:
    """One round of everything."""
    calibration = run_to_end(_calibration)
    with stalling_stub() as port, ThreadPoolExecutor() as beside:  # at once, so that whatever the machine does meets both
        theirs = beside.submit(h2load_ms, port) if shutil.which("h2load") else None
        ours = run_to_end(lambda stop: _open_loop(port, stop))
        h2load = theirs.result() if theirs is not None else None
        served = served_ms(port)
    latencies = sorted(ours.latencies_ms)
    return LoadCheck(
        null_server_rps=calibration.requests_per_second,
        ours_p95_ms=quantile(latencies, 0.95),
        ours_p99_ms=quantile(latencies, 0.99),
        served_p99_ms=quantile(sorted(served), 0.99),
        h2load_p95_ms=None if h2load is None else quantile(sorted(h2load), 0.95),
        sent=len(served),
    )


async def _calibration(stop: StopSignal) -> Calibration:
    return await calibrate(means_of(Quiet(), stop))


async def _open_loop(port: int, stop: StopSignal) -> Samples:
    scenario = Scenario("stall", OpenLoop(RATE, Arrivals.CONSTANT), requests=REQUESTS, warmup=0)
    payload = payload_of("GET", "/", f"127.0.0.1:{port}", {}, None)
    target = RequestTarget(PlainRequest("stub", "127.0.0.1", port, payload), timeout_s=10.0)
    async with target:
        return await means_of(Quiet(), stop).generator(scenario, target).run()


def served_ms(port: int) -> list[float]:
    """Response times by the log of the stub."""
    with urlopen(f"http://127.0.0.1:{port}/log", timeout=10) as response:
        return [delay for _, delay in json.load(response)]


def h2load_ms(port: int) -> list[float]:
    """Response times by the log of h2load: as many requests at the same rate, every five milliseconds one, like ours."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        command = ["h2load", "--h1", f"-c{CLIENTS}", f"-n{REQUESTS}", "-r1", f"--rate-period={1000 // RATE}ms", f"--rps={RATE / CLIENTS}"]
        subprocess.run([*command, f"--log-file={log}", f"http://127.0.0.1:{port}/"], check=True, stdout=subprocess.DEVNULL, timeout=120)
        rows = [line.split("\t") for line in log.read_text().splitlines()]
    assert len(rows) == REQUESTS
    assert all(status == "200" for _, status, _ in rows)
    return [int(microseconds) / 1000 for _, _, microseconds in rows]


@contextmanager
def stalling_stub() -> Iterator[int]:
    """The stub as a process of its own; yields its port."""
    command = [sys.executable, "-m", "benchmarks.stalling_stub"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["port"]
        finally:
            process.stdin.close()
            process.wait(timeout=10)


if __name__ == "__main__":
    print(json.dumps(asdict(check_load())))
