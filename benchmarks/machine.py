"""Facts of the machine and of the moment that a figure cannot be read without."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any


def facts() -> dict[str, Any]:
    return {"cpu": _cpu_model(), "cores": len(os.sched_getaffinity(0)), "memory_gb": _memory_gb(), "os": platform.platform()}


def load_average() -> float:
    """Runnable processes, mean of the last minute; the jobs themselves count."""
    return os.getloadavg()[0]


def _cpu_model() -> str:
    return _proc_field("/proc/cpuinfo", "model name") or platform.processor() or platform.machine()


def _memory_gb() -> int | None:
    total = _proc_field("/proc/meminfo", "MemTotal")
    return round(int(total.split()[0]) / 2**20) if total else None


def _proc_field(path: str, name: str) -> str | None:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return None
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), None)
