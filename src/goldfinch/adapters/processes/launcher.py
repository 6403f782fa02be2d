"""What a started process is before it is the release, or the runner of a stage. Run by its path, `python -I -S`, standard library only.

It makes a session of its own, writes down who it is, and becomes the command. It inherits the lock of whoever starts it (`LOCK`), and
gives it back only when what it wrote is there: who gets the lock afterwards, also after `kill -9` of the starter, reads the truth.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
from pathlib import Path

LOCK = 3
"""Descriptor of the lock."""
NOT_FOUND, NOT_RUN = 127, 126
_DEFAULT_SIGNALS = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)


def started_at(pid: int | str) -> int:
    """Ticks since the machine started at which this process did. Raises `OSError`, `ValueError`, `IndexError`."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19])


def identity() -> dict[str, object]:
    """This process among all that ever were: a process id alone is used again."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - nothing else of pathlib is needed here
    return {"pid": os.getpid(), "started": started_at("self"), "boot": boot, "namespace": namespace}


def replace(path: str, content: bytes) -> None:
    """Put the file there as a whole: a reader, a kill or a power loss finds it, or the one before. Raises `OSError`."""
    temporary = f"{path}.{os.urandom(4).hex()}.tmp"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(temporary, path)  # noqa: PTH105 - paths are texts here
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)  # noqa: PTH108
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_CLOEXEC)  # noqa: PTH120
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write(path: str, facts: dict[str, object]) -> None:
    """As JSON."""
    replace(path, json.dumps(facts).encode())


def own_session(memory_mb: int) -> None:
    """Nothing of the starter's terminal, signals and limits; no core file, which would hold every secret of the environment."""
    os.setsid()
    for number in _DEFAULT_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_mb:
        resource.setrlimit(resource.RLIMIT_DATA, (memory_mb << 20, memory_mb << 20))


def become(command: list[str]) -> None:
    """The command takes this process's place; its standard output is its log."""
    try:
        os.execvp(command[0], command)  # noqa: S606  # nosec B606 - the command of the settings, no shell
    except OSError as error:
        sys.stderr.write(f"goldfinch: cannot run {command[0]}: {error.strerror}\n")
        sys.stderr.flush()
        os._exit(NOT_FOUND)


def run_and_tell(command: list[str], result: str, token: str) -> None:
    """A stage: its end is written down, whoever reads it. The command holds the lock too: a killed runner frees nothing."""
    child = os.fork()
    if child == 0:
        become(command)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    write(result, {"token": token, "code": code})


def main(arguments: list[str]) -> None:
    """`serve|stage RECORD RESULT TOKEN FOLDER MEMORY_MB -- COMMAND…`."""
    kind, record, result, token, folder, memory_mb = arguments[:6]
    command = arguments[7:]
    os.closerange(LOCK + 1, 4096)
    own_session(int(memory_mb))
    try:
        os.chdir(folder)
    except OSError as error:
        sys.stderr.write(f"goldfinch: cannot enter {folder}: {error.strerror}\n")
        sys.stderr.flush()
        os._exit(NOT_RUN)
    write(record, {"token": token, "release": os.environ.get("GOLDFINCH_RELEASE_ID", ""), **identity()})
    if kind == "stage":
        run_and_tell(command, result, token)
        return
    with contextlib.suppress(OSError):
        os.set_inheritable(LOCK, False)
    become(command)


if __name__ == "__main__":
    main(sys.argv[1:])
