"""Run jobs as processes of their own, in turns, and check that each did the whole of its work.

Jobs are interleaved, every other round backwards (A B C, C B A, …): a machine that slows down in the middle slows all of them, and none
always comes after the same other. Wall and CPU seconds (user and
system, descendants included) are what the kernel says of the process when it ends; the job's own figures come as its last output line.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks import environment, machine

TIME_LIMIT_S = 900.0


class JobFailed(Exception):
    """A job ended badly or did not do the whole of its work: its figures are worth nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """One contender of a scenario."""

    name: str
    module: str
    loop: str = "stock"
    slow: bool = False
    """Whether it lives in the environment of the slow peers."""
    durable: bool = False
    """Whether it must leave one answer and one score per case on disk."""
    traced: bool = False
    """Whether it sends spans: it is given a collector, which must get one span for the run and one for each case."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What every job of a comparison is given."""

    name: str
    title: str
    cases: int
    concurrency: int
    jobs: tuple[Job, ...]
    latency_ms: float | None = None
    """Latency of the HTTP stub; None where the agent lives in the job's process."""
    least_rounds: int = 1
    """Rounds that the comparison needs, however few were asked for: where a few percent are to be told from a machine's noise of ten."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of one job. Seconds; RSS in MB (MiB)."""

    job: str
    round: int
    wall_s: float
    cpu_s: float
    eval_s: float
    eval_cpu_s: float | None
    peak_rss_mb: float
    load: float
    max_in_flight: int | None = None
    connections: int | None = None
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that ended: its last line of output and what the kernel counted."""

    result: dict[str, Any]
    wall_s: float
    cpu_s: float
    max_rss_mb: float


def run_scenario(scenario: Scenario, rounds: int, say: Callable[[str], None]) -> list[Sample]:
    """Run every job `rounds` times, in turns."""
    rounds = max(rounds, scenario.least_rounds)
    dataset = make_dataset(scenario.cases)
    samples = []
    for round_ in range(rounds):
        for job in scenario.jobs if round_ % 2 == 0 else reversed(scenario.jobs):
            sample = run_job(job, scenario, dataset, round_)
            say(
                f"{scenario.name} {round_ + 1}/{rounds} {job.name}: {scenario.cases / sample.eval_s:,.0f} cases/s, {sample.cpu_s:.2f} s CPU"
            )
            samples.append(sample)
    return samples


def run_job(job: Job, scenario: Scenario, dataset: Path, round_: int) -> Sample:
    work = environment.WORK / "job"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    venv = environment.SLOW_PEERS if job.slow else environment.PEERS
    command = [str(environment.python_of(venv)), "-m", f"benchmarks.jobs.{job.module}"]
    command += ["--dataset", str(dataset), "--work", str(work), "--concurrency", str(scenario.concurrency), "--loop", job.loop]
    stats: dict[str, int] = {}
    if scenario.latency_ms is None:
        finished = finish(command, environment.job_environment(), work)
    else:
        finished, stats = _against_stub(command, scenario.latency_ms, work, traced=job.traced)
    check(job, scenario, finished.result, stats, work)
    shutil.rmtree(work)
    return _sample(job, round_, finished, stats)


def finish(command: list[str], environment_: dict[str, str], cwd: Path) -> Finished:
    """Run a process to its end; its last line of standard output must be a JSON object."""
    output, errors = cwd / "stdout", cwd / "stderr"
    with output.open("wb") as out, errors.open("wb") as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment_, cwd=cwd)
        with _killed_after(process, TIME_LIMIT_S):
            _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    lines = output.read_text(errors="replace").splitlines()
    if process.returncode != 0 or not lines:
        raise JobFailed(f"{' '.join(command)} ended with {process.returncode}:\n{errors.read_text(errors='replace')[-4000:]}")
    return Finished(json.loads(lines[-1]), wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def make_dataset(cases: int) -> Path:
    """The golden dataset of a job, made once: a question, the one right answer."""
    path = environment.WORK / f"cases-{cases}.jsonl"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        with partial.open("w", encoding="utf-8") as lines:
            for number in range(cases):
                question = f"question {number}"
                case = {"id": f"case-{number:07d}", "input": question, "expected": {"answer": f"answer to: {question}"}}
                lines.write(json.dumps(case) + "\n")
        partial.rename(path)
    return path


def _against_stub(command: list[str], latency_ms: float, work: Path, *, traced: bool) -> tuple[Finished, dict[str, int]]:
    with stub_server(latency_ms) as origin, stub_server(0.0) if traced else nullcontext() as collector:
        base_url = f"{origin}/v1"
        environment_ = environment.job_environment() | {"BENCHMARK_BASE_URL": base_url}
        if collector is not None:
            environment_["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector
        finished = finish([*command, "--base-url", base_url], environment_, work)
        stats = _stats(origin)
        return finished, stats if collector is None else stats | {"spans": _stats(collector)["spans"]}


def _stats(origin: str) -> dict[str, int]:
    with urlopen(f"{origin}/stats", timeout=10) as response:
        stats: dict[str, int] = json.load(response)
    return stats


@contextmanager
def stub_server(latency_ms: float) -> Iterator[str]:
    """A stub of its own for every job, so that nothing is left over from the job before; yields its origin."""
    command = [str(environment.python_of(environment.PEERS)), "-m", "benchmarks.stub_server", "--latency-ms", str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment.job_environment()) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
        finally:
            process.terminate()


@contextmanager
def _killed_after(process: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    """`os.wait4` knows no time limit: let a timer end a job that hangs."""
    timer = threading.Timer(seconds, process.send_signal, (signal.SIGKILL,))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def check(job: Job, scenario: Scenario, result: dict[str, Any], stats: dict[str, int], work: Path) -> None:
    """Raise `JobFailed` unless the job did the whole of its work."""
    if result["passed"] != scenario.cases:
        raise JobFailed(f"{job.name}: {result['passed']} of {scenario.cases} cases passed")
    if stats and stats["requests"] != scenario.cases:
        raise JobFailed(f"{job.name}: the stub saw {stats['requests']} requests for {scenario.cases} cases")
    if job.traced and stats["spans"] != scenario.cases + 1:
        raise JobFailed(f"{job.name}: the collector saw {stats['spans']} spans for {scenario.cases} cases")
    if job.durable:
        _check_run_directory(job, scenario, work / "run")


def _check_run_directory(job: Job, scenario: Scenario, run: Path) -> None:
    for name in ("outputs.jsonl", "results.jsonl"):
        written = _lines(run / name)
        if written != scenario.cases:
            raise JobFailed(f"{job.name}: {written} lines in {name} for {scenario.cases} cases")
    status = json.loads((run / "manifest.json").read_text())["status"]
    if status != "complete":
        raise JobFailed(f"{job.name}: the manifest says {status!r}")


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _sample(job: Job, round_: int, finished: Finished, stats: dict[str, int]) -> Sample:
    result = finished.result
    return Sample(
        job=job.name,
        round=round_,
        wall_s=finished.wall_s,
        cpu_s=finished.cpu_s,
        eval_s=result["eval_s"],
        eval_cpu_s=result["eval_cpu_s"],
        peak_rss_mb=result["peak_rss_mb"] or finished.max_rss_mb,
        load=machine.load_average(),
        max_in_flight=stats.get("max_in_flight"),
        connections=stats.get("connections"),
        versions=result["versions"],
    )
