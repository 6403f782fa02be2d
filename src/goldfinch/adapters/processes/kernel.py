"""What Linux says of processes: whether one is still the one that was started, and what belongs to it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TOKEN = "GOLDFINCH_INSTANCE"  # noqa: S105  # nosec B105 - the name of a variable, which holds no secret
RELEASE = "GOLDFINCH_RELEASE_ID"
_GONE = frozenset("ZXx")


@dataclass(frozen=True, slots=True)
class Identity:
    """One process among all that ever were. `started` in ticks since the boot; `namespace` is that of process ids."""

    token: str
    release: str
    pid: int
    started: int
    boot: str
    namespace: str


@dataclass(frozen=True, slots=True)
class _Stat:
    state: str
    parent: int
    session: int
    started: int


def is_alive(process: Identity) -> bool:
    """Whether it runs still, and is what was started for its release. A zombie does not run."""
    found = _found(process)
    return found is not None and found.state not in _GONE


def bury(process: Identity) -> str:
    """How it ended, in words, where it was a child of this process and nobody asked before; empty: nobody can say."""
    found = _found(process)
    if found is None or found.state not in _GONE or found.parent != os.getpid():
        return ""
    with suppress(ChildProcessError):
        buried, status = os.waitpid(process.pid, os.WNOHANG)
        if buried:
            return in_words(os.waitstatus_to_exitcode(status))
    return ""


def in_words(code: int) -> str:
    """An exit code as Python gives it: below 0 a signal."""
    return f"killed by {signal.Signals(-code).name}" if -code in signal.valid_signals() else f"exit code {code}"


def signal_process(process: Identity, number: int) -> None:
    """To exactly this process; nothing where it is gone."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(process.pid)
        try:
            if _found(process) is not None:  # asked after the descriptor was taken: it cannot become another process any more
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)


def kill_all(process: Identity | None, token: str) -> int:
    """SIGKILL to everything that the instance started and that runs still. How many there were."""
    killed = 0
    for _ in range(5):  # what is being killed may start others
        found = [pid for pid in _pids() if _belongs(pid, process, token)]
        for pid in found:
            _kill(pid, process, token)
        killed += len(found)
        if not found:
            break
    return killed


def members(process: Identity | None, token: str) -> frozenset[int]:
    """Ids of everything that runs and belongs to the instance."""
    return frozenset(pid for pid in _pids() if _belongs(pid, process, token))


def _kill(pid: int, process: Identity | None, token: str) -> None:
    with suppress(ProcessLookupError, PermissionError):
        descriptor = os.pidfd_open(pid)
        try:
            if _belongs(pid, process, token):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        finally:
            os.close(descriptor)


def _belongs(pid: int, process: Identity | None, token: str) -> bool:
    stat = _stat(pid)
    if stat is None or stat.state in _GONE:
        return False
    if process is not None and stat.session == process.pid and _found(process) is not None:
        return True
    return _environment(pid).get(TOKEN) == token


def _found(process: Identity) -> _Stat | None:
    """What is known of it, also of a zombie; None: it is gone, or another has its id.

    A process may overwrite its environment, and a zombie has none: then id, start, boot and namespace say who it is.
    """
    if (process.boot, process.namespace) != _here():
        return None
    stat = _stat(process.pid)
    if stat is None or stat.started != process.started:
        return None
    said = _environment(process.pid)
    known = {RELEASE: process.release, TOKEN: process.token}
    return stat if all(known[name] == value for name, value in said.items()) else None


def _here() -> tuple[str, str]:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return boot, os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - a link that leads nowhere


def _stat(pid: int) -> _Stat | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return _Stat(fields[0], int(fields[1]), int(fields[3]), int(fields[19])) if len(fields) > 19 else None


def _environment(pid: int) -> dict[str, str]:
    """Empty where it may not be read."""
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return {}
    pairs = (entry.decode("utf-8", "replace").partition("=") for entry in raw.split(b"\0"))
    return {name: value for name, _, value in pairs if name in (TOKEN, RELEASE)}


def _pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdecimal())  # noqa: PTH208 - names are all that is needed
