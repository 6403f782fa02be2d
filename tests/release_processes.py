"""Real processes of releases for tests of the local deployer: started in a folder of their own, counted by /proc, all gone at the end."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from goldfinch.adapters.processes import kernel
from goldfinch.adapters.processes.deployer import LocalDeployer
from goldfinch.core.releases.release import Component, ComponentKind, Release
from goldfinch.core.rollout.evidence import TargetView
from goldfinch.settings.deploy import DeploySettings
from goldfinch.testing.clock import FakeClock

AGENT = Path(__file__).parent / "echo_agent.py"
ROOT = Path(__file__).parents[1]
PYTHON = (sys.executable, "-S")


def new_release(*, git_sha: str = "", schema: str = "", files: Mapping[str, str] | None = None, tag: str = "") -> Release:
    """One that no other test, in this process or beside it, has."""
    components = [Component(ComponentKind.CODE, "sha256:" + "1" * 64, {"files": dict(files or {})})]
    if schema:
        components.append(Component(ComponentKind.MEMORY_SCHEMA, "sha256:" + "2" * 64, {"version": schema}))
    made = datetime(2026, 3, 1, tzinfo=UTC)
    return Release(f"rel_{token_hex(8)}", "sha256:" + "0" * 64, tuple(components), made, "t", git_sha, (tag,) if tag else ())


@dataclass
class Machine:
    """A folder of processes, and the clock of those who look after them."""

    folder: Path
    releases: dict[str, Release] = field(default_factory=dict)
    clock: FakeClock = field(default_factory=FakeClock)

    def add(self, release: Release | None = None, **about: Any) -> str:
        release = release or new_release(**about)
        self.releases[release.id] = release
        return release.id

    def deployer(self, *modes: str, **other: Any) -> LocalDeployer:
        """Another controller's. What is no parameter of the deployer is a setting."""
        names = {"in_flight": "in_flight", "way_to": "way_back", "approved": "approved", "forced": "forced", "own_smoke": "smoke"}
        wired = {parameter: other.pop(name) for name, parameter in names.items() if name in other}
        environment = other.pop("environment", os.environ)
        source = other.pop("source", self.folder)
        redact = other.pop("redact", str)
        command = [*PYTHON, str(AGENT), "{port}", *modes]
        settings = DeploySettings(**{"command": command, "checkout": False, "stop_within": "20s", **other})
        return LocalDeployer(
            self.folder / "processes",
            settings,
            source=source,
            find=self.releases.__getitem__,
            clock=self.clock,
            environment=environment,
            redact=redact,
            **wired,
        )

    def book(self, release: str) -> Path:
        return self.folder / "processes/releases" / release

    def pids(self, release: str) -> list[int]:
        """Of the instances, as their records have them, in the order of their places."""
        places = {path.stem[2:]: json.loads(path.read_bytes())["index"] for path in self.book(release).glob("i-*.json")}
        found = [json.loads(path.read_bytes()) for path in self.book(release).glob("p-*.json")]
        return [process["pid"] for process in sorted(found, key=lambda process: places.get(process["token"], 0))]

    def clean(self) -> None:
        """Twice nobody: one that becomes another program at this moment is not seen."""
        for release in self.releases:
            unseen = 0
            while unseen < 2:
                found = running(release)
                unseen = 0 if found else unseen + 1
                for pid in found:
                    with suppress(ProcessLookupError):
                        os.kill(pid, 9)
                time.sleep(0.005)


def running(release: str) -> list[int]:
    """Every process of this machine that was started for the release and is no zombie, whoever knows of it."""
    return [pid for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))) if _is_of(pid, release)]


def _is_of(pid: int, release: str) -> bool:
    try:
        of_release = f"{kernel.RELEASE}={release}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return of_release and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


async def until(deployer: LocalDeployer, release: str, wanted: Callable[[TargetView], bool]) -> TargetView:
    """The view, once it is as wanted; whoever waits in vain is told what it was."""
    for _ in range(500):
        view = await deployer.view(release)
        if wanted(view):
            return view
        await asyncio.sleep(0.02)
    raise AssertionError(f"still {view}")


async def until_ready(deployer: LocalDeployer, release: str) -> TargetView:
    return await until(deployer, release, lambda view: view.ready)


async def until_gone(pid: int) -> None:
    for _ in range(500):
        if not alive(pid):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{pid} runs still")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def controller(
    machine: Machine, release: str, lines: Sequence[str], settings: Mapping[str, Any] | None = None
) -> subprocess.CompletedProcess[str]:
    """A controller in a process of its own, in which `lines` are run with `deployer`, `release` and `machine`."""
    told = {"folder": str(machine.folder), "release": release, "settings": dict(settings or {})}
    code = "\n".join(
        [
            "import asyncio, json, os, signal, sys, time",
            "from pathlib import Path",
            "from tests.release_processes import *",
            "from goldfinch.adapters.processes import ports, spawning, stages",
            "told = json.loads(sys.argv[1])",
            "machine = Machine(Path(told['folder']))",
            "release = told['release']",
            "from dataclasses import replace",
            "machine.add(replace(new_release(), id=release))",
            "deployer = machine.deployer(**told['settings'])",
            "def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)",
            "async def main():",
            *(f"    {line}" for line in lines),
            "asyncio.run(main())",
        ]
    )
    return subprocess.run(
        [sys.executable, "-c", code, json.dumps(told)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def machine_at(folder: Path) -> Iterator[Machine]:
    """For a fixture: nothing of it runs afterwards."""
    machine = Machine(folder)
    yield machine
    machine.clean()
