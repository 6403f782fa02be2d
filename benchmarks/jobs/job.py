"""What every job shares: its arguments, its workload, its measurement. Standard library only, so that it weighs nothing.

A job prints one JSON line: `eval_s` and `eval_cpu_s` are the wall and CPU seconds of the evaluation alone (imports and, where a harness
keeps them apart, the reading of the dataset excluded), `passed` the cases whose answer was right.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

CHAT_PATH = "/chat/completions"


@dataclass(frozen=True, slots=True)
class Arguments:
    dataset: Path
    work: Path
    """An empty folder of this run."""
    concurrency: int
    base_url: str
    loop: str

    def questions(self) -> Iterator[tuple[str, str]]:
        """Every case as (question, expected answer); streams."""
        with self.dataset.open(encoding="utf-8") as lines:
            for line in lines:
                case = json.loads(line)
                yield case["input"], case["expected"]["answer"]


class Stopwatch:
    """Wall and CPU seconds between the ends of a `with` block."""

    wall_s = 0.0
    cpu_s = 0.0


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    watch = Stopwatch()
    wall, cpu = time.perf_counter(), time.process_time()
    yield watch
    watch.wall_s, watch.cpu_s = time.perf_counter() - wall, time.process_time() - cpu


def arguments() -> Arguments:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--concurrency", type=int, required=True)
    parser.add_argument("--base-url", default="")
    parser.add_argument("--loop", choices=("stock", "uvloop"), default="stock")
    return Arguments(**vars(parser.parse_args()))


def run(main: Coroutine[Any, Any, Any], loop: str) -> Any:
    """Run on the event loop asked for."""
    if loop == "stock":
        return asyncio.run(main)
    import uvloop

    return uvloop.run(main)


async def workers(arguments_: Arguments, ask: Callable[[str], Coroutine[Any, Any, str | None]]) -> int:
    """Ask every question with as many workers as the concurrency says, and count the right answers: the least a harness does."""
    cases = arguments_.questions()
    passed = 0

    async def worker() -> None:
        nonlocal passed
        for question, expected in cases:
            answer = await ask(question)
            passed += answer == expected

    await asyncio.gather(*(worker() for _ in range(arguments_.concurrency)))
    return passed


def chat_body(question: str) -> dict[str, Any]:
    return {"model": "stub", "messages": [{"role": "user", "content": question}]}


def peak_rss_mb() -> float | None:
    """The peak of this program alone; `ru_maxrss` would include the process that started it. None where there is no /proc."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(kilobytes) / 1024


def finish(watch: Stopwatch, passed: int, *distributions: str, **more: Any) -> None:
    """Print the job's result line; `distributions` are the packages whose versions matter."""
    result = {
        "eval_s": watch.wall_s,
        "eval_cpu_s": watch.cpu_s,
        "passed": passed,
        "peak_rss_mb": peak_rss_mb(),
        "versions": {name: version(name) for name in distributions},
        **more,
    }
    print(json.dumps(result))
