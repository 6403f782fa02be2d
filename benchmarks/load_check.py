"""The load generator of `goldfinch bench` held against the truth and against h2load; `jobs/load_generator.py` does it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass

from benchmarks import environment


@dataclass(frozen=True, slots=True)
class LoadCheck:
    """What one round found. Percentiles in milliseconds; those of h2load are None where it is not installed."""

    null_server_rps: float
    """Of the load generator with uvloop, one process, 16 connections."""
    ours_p95_ms: float
    ours_p99_ms: float
    served_p99_ms: float
    """p99 by the log of the stub: what our p99 should be, and a little more."""
    h2load_p95_ms: float | None
    sent: int

    @property
    def p95_apart(self) -> float | None:
        """How far our p95 is from h2load's, in parts of what is allowed: the larger of 5 % and 1 ms."""
        if self.h2load_p95_ms is None:
            return None
        return abs(self.ours_p95_ms - self.h2load_p95_ms) / max(0.05 * self.h2load_p95_ms, 1.0)

    @property
    def stall_seen(self) -> float:
        """Our p99 in parts of what the stub's log says it is."""
        return self.ours_p99_ms / self.served_p99_ms


def check_in_process() -> LoadCheck:
    """`benchmarks.jobs.load_generator` in a process of its own, in the environment of the benchmarks: it has uvloop."""
    command = [str(environment.python_of(environment.PEERS)), "-m", "benchmarks.jobs.load_generator"]
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environment.job_environment(), cwd=environment.ROOT, check=True, timeout=300)
    return LoadCheck(**json.loads(done.stdout))
