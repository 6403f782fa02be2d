"""One at a time, between processes: a lock that ends with its last holder, however that ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(path: Path, wait_s: float) -> Iterator[int | None]:
    """The descriptor that holds the lock; None where another held it all the time. A child that inherits it holds it too."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor if _taken(descriptor, wait_s) else None
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether somebody holds it now."""
    if not path.exists():
        return False
    with held(path, 0.0) as mine:
        return mine is None


def _taken(descriptor: int, wait_s: float) -> bool:
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.02)
