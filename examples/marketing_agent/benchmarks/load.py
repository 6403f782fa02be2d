"""How many sessions a second the service holds, and how long a turn takes: `python -m benchmarks.load`.

A closed loop: `--concurrency` sessions at a time, each of three turns on one account, each turn sent when the last one is answered. The
service is a process of its own. `--reference` measures an agent that answers at once, which is the service's own cost. Prints JSON; exit
code 1 where a bar is missed: 30 sessions a second, p95 of a turn below 500 ms, no error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parent.parent
BAR_SESSIONS_PER_S, BAR_P95_MS = 30.0, 500.0
REFERENCE = "benchmarks.scripted_agent:agent_of"
SESSIONS = (
    ("What was the ROAS last week?", "And the week before?", "Is the difference significant?"),
    ("Which campaign had the highest CPA in the last 28 days?", "Why?", "How should the budget be spent instead?"),
    ("What was the CTR by channel last month?", "And the conversion rate?", "Are there unusual days?"),
    ("How did the account do last week?", "How does that compare with the week before?", "What should we do next?"),
)


@dataclass
class Measured:
    turns_ms: list[float] = field(default_factory=list)
    sessions: int = 0
    errors: Counter[str] = field(default_factory=Counter)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    accounts = sorted(path.parent.name for path in options.data.glob("*/account.json"))
    if not accounts:
        print(f"benchmarks.load: there is no account in {options.data}", file=sys.stderr)
        return 2
    with serving(options) as (url, pid):
        figures = asyncio.run(measure(url, pid, accounts, options))
    print(json.dumps(figures, indent=2))
    return 0 if all(figures["met"].values()) else 1


@contextmanager
def serving(options: argparse.Namespace) -> Iterator[tuple[str, int]]:
    """The service's address and process, which ends with SIGTERM."""
    command = [sys.executable, "-m", "src.api", "--port", "0", "--max-in-flight", str(4 * options.concurrency)]
    command += ["--workers", str(options.workers)] if options.workers > 1 else []
    command += ["--agent", REFERENCE] if options.reference else []
    command += ["--release", str(options.release)] if options.release else []
    environment = {**os.environ, "MARKETING_AGENT_DATA_DIR": str(options.data)}
    with tempfile.TemporaryFile("w+") as log, subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log) as process:
        try:
            yield _address(process, log.fileno()), process.pid
        finally:
            process.terminate()


async def measure(url: str, pid: int, accounts: Sequence[str], options: argparse.Namespace) -> dict[str, Any]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(url, connector=connector, timeout=aiohttp.ClientTimeout(total=60)) as client:
        await _load(client, accounts, options.concurrency, options.warm_up_s)
        cpu, started = _cpu_s(pid), time.perf_counter()
        measured = await _load(client, accounts, options.concurrency, options.seconds)
        seconds = time.perf_counter() - started
        cpu = _cpu_s(pid) - cpu
        async with client.get("/health/ready") as reply:
            release = (await reply.json())["release_id"]
    return _figures(measured, seconds, cpu, options) | {"release_id": release, "accounts": list(accounts)}


async def _load(client: aiohttp.ClientSession, accounts: Sequence[str], concurrency: int, seconds: float) -> Measured:
    measured, numbers, until = Measured(), count(), time.perf_counter() + seconds

    async def visitor() -> None:
        while time.perf_counter() < until:
            number = next(numbers)
            await _session(client, accounts[number % len(accounts)], SESSIONS[number // len(accounts) % len(SESSIONS)], measured)

    await asyncio.gather(*(visitor() for _ in range(concurrency)))
    return measured


async def _session(client: aiohttp.ClientSession, account: str, turns: Sequence[str], measured: Measured) -> None:
    session_id: str | None = None
    for description in turns:
        body = {"description": description, "context": {"account": account}, "session_id": session_id}
        started = time.perf_counter()
        try:
            async with client.post("/v1/tasks", json=body) as reply:
                answer = await reply.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError) as error:
            measured.errors[type(error).__name__] += 1
            return
        measured.turns_ms.append((time.perf_counter() - started) * 1000)
        if reply.status != 200 or not answer.get("output"):
            measured.errors[str(reply.status)] += 1
            return
        session_id = answer["session_id"]
    measured.sessions += 1


def _figures(measured: Measured, seconds: float, cpu_s: float, options: argparse.Namespace) -> dict[str, Any]:
    turns = sorted(measured.turns_ms)
    quantiles = {f"p{share}_ms": round(turns[min(len(turns) - 1, len(turns) * share // 100)], 1) for share in (50, 95, 99)} if turns else {}
    rate, errors = measured.sessions / seconds, sum(measured.errors.values())
    met = {"sessions_per_s": rate >= BAR_SESSIONS_PER_S, "p95_ms": quantiles.get("p95_ms", BAR_P95_MS) < BAR_P95_MS, "errors": errors == 0}
    return {
        "agent": REFERENCE if options.reference else "src.agents.assembly:agent_of",
        "concurrency": options.concurrency,
        "workers": options.workers,
        "seconds": round(seconds, 1),
        "sessions": measured.sessions,
        "sessions_per_s": round(rate, 1),
        "turns": len(turns),
        **quantiles,
        "errors": dict(measured.errors),
        "server_cpu_s": round(cpu_s, 2),
        "server_cpu_ms_per_turn": round(cpu_s * 1000 / max(len(turns), 1), 2),
        "cores": os.cpu_count(),
        "met": met,
    }


def _address(process: subprocess.Popen[bytes], log: int) -> str:
    """Read the log until it tells where the service listens."""
    while process.poll() is None:
        for line in os.pread(log, 1 << 16, 0).splitlines():
            if b'"listening"' in line:
                return str(json.loads(line)["url"])
        time.sleep(0.05)
    raise SystemExit(f"benchmarks.load: the service did not start, exit code {process.returncode}")


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process and of its children (Linux)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    ticks = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK") + sum(_cpu_s(int(child)) for child in children)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description="Load the service with sessions of three turns.")
    parser.add_argument("--data", type=Path, default=ROOT / "data", help="folder of accounts (default: %(default)s)")
    parser.add_argument("--release", type=Path, help="release file (default: the agent's defaults)")
    parser.add_argument("--reference", action="store_true", help="an agent that answers at once, instead of the real one")
    parser.add_argument("--concurrency", type=int, default=16, help="sessions at a time (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="processes of the service (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=20, help="how long to measure (default: %(default)s)")
    parser.add_argument("--warm-up-s", type=float, default=3, help="load before measuring (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
