"""Memory that the machine, or the container around this process, has left."""

from __future__ import annotations

from pathlib import Path


def available_mb() -> int | None:
    """None: nobody can say."""
    return min((mb for mb in (_of_machine(), _of_container()) if mb is not None), default=None)


def _of_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) >> 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return None


def _of_container() -> int | None:
    group = Path("/sys/fs/cgroup")
    try:
        most, used = ((group / name).read_text(encoding="ascii").strip() for name in ("memory.max", "memory.current"))
        return None if most == "max" else max(0, int(most) - int(used)) >> 20
    except (OSError, ValueError):
        return None
