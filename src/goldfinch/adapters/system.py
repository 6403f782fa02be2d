"""The machine: its clock, and the facts that timings depend on."""

from __future__ import annotations

import asyncio
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from goldfinch.core.results.manifest import Host


class SystemClock:
    """The real clock."""

    monotonic_s = staticmethod(time.perf_counter)

    def __init__(self) -> None:
        self._second = 0
        self._written = ""

    def utc_iso(self) -> str:
        second, rest = divmod(time.time_ns(), 1_000_000_000)
        if second != self._second:
            self._second, self._written = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._written}.{rest // 1_000_000:03}Z"

    def utc(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def new_run_id() -> str:
    """A name that sorts by time and is unique: `20261123T091500Z-1f3a9c2b`."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid4().hex[:8]}"


def this_host() -> Host:
    """Facts about this machine; None where they cannot be read."""
    return Host(
        os=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        cpu=_cpu_model(),
        cores=os.cpu_count() or 1,
        memory_mb=_memory_mb(),
        runner=os.environ.get("RUNNER_NAME") or os.environ.get("CI_RUNNER_DESCRIPTION"),
    )


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory_mb() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    except (ValueError, OSError, AttributeError):
        return None
