"""A rehearsal: real releases of this agent behind the real proxy, with generated traffic, under the plan of rehearsal.yaml.

It happens in a folder of its own, a copy of this one with a git repository of its own, because every release is a commit: `release.yaml`
of the good one, then of another. Ports are free ones of this machine; nothing outlives it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from goldfinch.core.probes.traffic import TrafficPlan, TrafficReport
from goldfinch.testing.session_traffic import scripts_of, session_traffic

from src.config import ROOT

ENVIRONMENT = "rehearsal"
COPIED = ("src", "data", "releases", "evaluation", "rehearsal.yaml", "release.yaml", ".gitignore")
CASES = ("session", "kpi", "gaps")
BODY = {"description": "{{ input }}", "context": "{{ context }}"}
AGAIN = "good-again"
"""A commit that changes the release and not its answers: what a good change looks like."""
LONGEST_S = 300.0


@dataclass(frozen=True, slots=True)
class Ended:
    """What one rollout came to."""

    release: str
    phase: str
    exit_code: int
    trigger: str
    cause: str
    """The sentence with figures that began a rollback; the reason otherwise."""
    seconds: float
    """From the command to its end."""
    seconds_to_decision: float | None
    """From the first sessions on the canary to the decision to roll back; None: there was none."""
    turns: int
    failed: int
    """Requests that did, of both releases, seen by the users."""
    overview: dict[str, Any] = field(repr=False, default_factory=dict)


class RehearsalFailed(Exception):
    """A part could not be started or did not end; the message has its last words."""


class Rehearsal:
    """`with Rehearsal(folder) as it:` starts the proxy and makes the good release the stable one; `it.roll_out(name)` tries another."""

    def __init__(self, folder: Path, *, sessions_per_s: float = 20.0, burst: int = 20, seed: int = 0) -> None:
        self.folder = folder
        self.proxy_port, self.receiver_port = free_ports(2)
        self._rate, self._burst, self._seed = sessions_per_s, burst, seed
        self._proxy: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._copy()
        self._git("init", "-q", "-b", "main")
        self._commit("good")
        try:
            self._start_proxy()
            self._first_release()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.proxy_port}/v1/tasks"

    def roll_out(self, name: str) -> Ended:
        """Commit `name` as the release, and roll it out under traffic, to whatever end."""
        self._commit(name)
        self.goldfinch("release", "create", "--tag", name, "--by", "author")
        with self.traffic() as report:
            began = time.monotonic()
            done = self._goldfinch("rollout", "start", name, "--environment", ENVIRONMENT, "--by", "author", "--output", "json")
            seconds = time.monotonic() - began
        try:
            overview = json.loads(done.stdout)
        except ValueError:
            raise RehearsalFailed(f"rollout start {name} ended with {done.returncode}: {done.stderr.strip()[-600:]}") from None
        return ended(name, overview, done.returncode, seconds, report)

    @contextmanager
    def traffic(self) -> Iterator[TrafficReport]:
        """Users of the agent while the block runs; those under way go on to the end of their sessions."""
        report, until = TrafficReport(), threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._traffic(report, until)), name="traffic")
        thread.start()
        try:
            yield report
        finally:
            until.set()
            thread.join()

    def goldfinch(self, *arguments: str) -> str:
        """Run the command and give what it prints. Raises `RehearsalFailed` where it does not end well."""
        done = self._goldfinch(*arguments)
        if done.returncode:
            raise RehearsalFailed(
                f"goldfinch {' '.join(arguments)} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-600:]}"
            )
        return done.stdout

    def close(self) -> None:
        """End the proxy and every release that runs."""
        if self._proxy is not None:
            end(self._proxy)
        for pid in self._release_processes():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGTERM)

    async def _traffic(self, report: TrafficReport, until: threading.Event) -> None:
        plan = TrafficPlan(self._rate, LONGEST_S, burst=self._burst, seed=self._seed)
        stop = asyncio.Event()

        async def watch() -> None:
            while not until.is_set():
                await asyncio.sleep(0.1)
            stop.set()

        watching = asyncio.create_task(watch())
        cases = [json.loads(line) for name in CASES for line in self._lines(name)]
        await session_traffic(self.url, plan, scripts_of(cases, BODY), report=report, until=stop)
        until.set()
        await watching

    def _lines(self, name: str) -> list[str]:
        return (self.folder / "evaluation/datasets/golden" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()

    def _copy(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, self.folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
            else:
                shutil.copy(source, self.folder / name)
        settings = self.folder / "rehearsal.yaml"
        text = settings.read_text(encoding="utf-8").replace("127.0.0.1:8080", f"127.0.0.1:{self.proxy_port}")
        settings.write_text(text.replace("127.0.0.1:4318", f"127.0.0.1:{self.receiver_port}"), encoding="utf-8")

    def _commit(self, name: str) -> None:
        text = (ROOT / "releases" / f"{'good' if name == AGAIN else name}.yaml").read_text(encoding="utf-8")
        (self.folder / "release.yaml").write_text(f"# {name}\n{text}", encoding="utf-8")
        self._git("add", "-A")
        self._git("-c", "user.name=author", "-c", "user.email=author@example.com", "commit", "-q", "-m", f"release {name}")

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True)

    def _start_proxy(self) -> None:
        log = (self.folder / "proxy.log").open("wb")
        with log:
            command = [*goldfinch_command(), "proxy", "--config", "rehearsal.yaml", "--environment", ENVIRONMENT]
            self._proxy = subprocess.Popen(command, cwd=self.folder, env=self._environment(), stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not is_listening(self.proxy_port):
            if self._proxy.poll() is not None or time.monotonic() > deadline:
                raise RehearsalFailed(f"the proxy did not start: {(self.folder / 'proxy.log').read_text(errors='replace')[-600:]}")
            time.sleep(0.05)

    def _first_release(self) -> None:
        """The release that serves before anything else does: nothing to compare it with, so a person approves it."""
        self.goldfinch("release", "create", "--tag", "good", "--by", "author")
        command = [*goldfinch_command(), "rollout", "start", "good", "--environment", ENVIRONMENT, "--by", "author", "--first-release"]
        started = subprocess.Popen(
            [*command, "--config", "rehearsal.yaml"],
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        words: list[bytes] = []
        reading = threading.Thread(target=lambda: words.extend(started.stdout or ()))
        reading.start()
        try:
            self._approve()
            with self._first_users(started):
                code = started.wait(LONGEST_S)
        finally:
            end(started)
            reading.join()
        if code:
            raise RehearsalFailed(f"the first release ended with {code}: {b''.join(words).decode(errors='replace')[-800:]}")

    def _approve(self) -> None:
        deadline = time.monotonic() + 90
        while (
            done := self._goldfinch("rollout", "approve", "--environment", ENVIRONMENT, "--by", "approver", "--reason", "rehearsal")
        ).returncode:
            if time.monotonic() > deadline:
                raise RehearsalFailed(f"the first release was not approved: {done.stderr.strip()[-600:]}")
            time.sleep(0.5)

    @contextmanager
    def _first_users(self, started: subprocess.Popen[bytes]) -> Iterator[None]:
        """People come once it answers."""
        deadline = time.monotonic() + 60
        while started.poll() is None and time.monotonic() < deadline and not self._answers():
            time.sleep(0.2)
        with self.traffic():
            yield

    def _answers(self) -> bool:
        from urllib.error import URLError
        from urllib.request import urlopen

        try:
            with urlopen(f"http://127.0.0.1:{self.proxy_port}/health/ready", timeout=2) as reply:
                return bool(reply.status == 200)
        except (URLError, OSError):
            return False

    def _goldfinch(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*goldfinch_command(), *arguments, "--config", "rehearsal.yaml"]
        return subprocess.run(
            command, cwd=self.folder, env=self._environment(), capture_output=True, text=True, timeout=LONGEST_S, check=False
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GOLDFINCH_", "OTEL_", "MARKETING_AGENT_"))}
        return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}

    def _release_processes(self) -> set[int]:
        """Those whose working folder is below this rehearsal's."""
        found = set()
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if Path(os.readlink(entry / "cwd")).is_relative_to(self.folder.resolve()):
                    found.add(int(entry.name))
        return found


def ended(name: str, overview: dict[str, Any], code: int, seconds: float, report: TrafficReport) -> Ended:
    """What the overview of a rollout and its users' requests say together."""
    state, decisions = overview["rollout"]["state"], overview["decisions"]
    first = next((moment(each["at"]) for each in decisions if re.search("WarmingUp|Baking", each["to_phase"])), None)
    back = next((moment(each["at"]) for each in decisions if each["to_phase"].startswith("RollingBack")), None)
    decided = (back - first).total_seconds() if first is not None and back is not None else None
    cause = state["cause"] or state["reason"]
    return Ended(name, state["phase"], code, state["trigger"], cause, seconds, decided, len(report.turns), report.failed, overview)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def goldfinch_command() -> list[str]:
    return [sys.executable, "-m", "goldfinch"]


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def is_listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def end(process: subprocess.Popen[bytes], within_s: float = 15.0) -> None:
    """Politely, then not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(within_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
