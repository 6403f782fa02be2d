"""Who listens at a port: an answer of somebody else's program must not pass for a release that is ready."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_LISTENS = "0A"


def is_somebody_elses(port: int, own: Iterable[int]) -> bool:
    """Whether somebody listens there who is none of the processes `own`. What cannot be read is no accusation."""
    listening = set(_listening(port))
    if not listening:
        return False
    try:
        return not any(inode in listening for pid in own for inode in _sockets(pid))
    except PermissionError:
        return False


def _listening(port: int) -> Iterator[str]:
    """Inodes of the sockets that listen at the port, of any address."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _sockets(pid: int) -> Iterator[str]:
    with suppress(FileNotFoundError, ProcessLookupError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                target = os.readlink(descriptor)  # noqa: PTH115 - no path, but `socket:[INODE]`
                if target.startswith("socket:["):
                    yield target[8:-1]
