"""A rollout on real parts (Envoy, release processes, `goldfinch serve`) that are killed or lost: it ends where the undisturbed one ends.

One service in a git repository of its own, generated sessions all the while. After each end: no traffic on a release that lost.
One rollout with two kills in the normal tier, every fault in `make test-long`.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from goldfinch.bootstrap.settings import load_settings
from goldfinch.bootstrap.store import open_store
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import TERMINAL, Phase, RolloutState, StepPhase

AGENT = """
import http.server, json, os, random
class Agent(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.headers.get("content-length"): self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"answer": "WORD"}).encode()
        self.send_response(STATUS)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_GET
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Agent).serve_forever()
"""
GOOD, BAD = "200", "500 if self.command == 'POST' and random.random() < 0.4 else 200"
"""Users post; health probe and smoke test do not, so the bad release gets to its users."""
SETTINGS = """
service: echo
release:
  code: {{paths: [app]}}
deploy:
  command: [{python}, "{{folder}}/app/agent.py"]
  smoke: [{python}, -c, "import urllib.request, sys; urllib.request.urlopen(sys.argv[1])", "{{url}}"]
proxy: {{listen: "127.0.0.1:{proxy}", concurrency: 1}}
serve: {{listen: "127.0.0.1:{serve}"}}
rollout:
  health:
    check_every: 2s
    metrics:
      error_rate: {{kind: count, guard: 1.05, design_factor: 20}}
  steps:
    - {{weight: 25, bake: 9s}}
    - {{weight: 100}}
  warm_up: 1s
  post_promotion: 2s
  session_drain: 1s
  drain_within: 3s
"""
PATIENCE_S = 420.0
"""A hold because both arms fail lasts as long as the window in which they did: five minutes."""


class World:
    """The service, its processes, and users who come all the while."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.serve_port = free_port(), free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.seen: Counter[str] = Counter()
        self.newest = ""
        self.over = threading.Event()
        (folder / "app").mkdir()
        (folder / ".gitignore").write_text(".goldfinch/\n*.log\n")
        settings = SETTINGS.format(python=json.dumps(sys.executable), proxy=self.port, serve=self.serve_port)
        (folder / "goldfinch.yaml").write_text(settings)
        self.run("git", "init", "-q", "-b", "main")
        self.run("git", "config", "user.name", "anna")
        self.run("git", "config", "user.email", "anna@example.com")
        self.store = open_store(load_settings(folder=folder))

    def run(self, *command: str) -> str:
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode in (0, 3, 5), done.stderr
        return done.stdout

    def goldfinch(self, *words: str) -> str:
        return self.run(sys.executable, "-m", "goldfinch", *words)

    def release(self, tag: str, status: str) -> None:
        (self.folder / "app" / "agent.py").write_text(AGENT.replace("STATUS", status).replace("WORD", tag))
        self.run("git", "add", "--all")
        self.run("git", "commit", "-qm", tag)
        self.goldfinch("release", "create", "--tag", tag, "--by", "maker")
        self.newest = tag

    def start(self, name: str) -> None:
        foreground = ["rollout", "start", self.newest, "-e", "local", "--by", "anna"]
        words = {"proxy": ["proxy", "-e", "local"], "serve": ["serve"], "controller": foreground}[name]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "goldfinch", *words], cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """SIGKILL; what nobody else brings back is started again, as a service manager would."""
        if name in self.running:
            self.end(name)
            self.start("serve" if name == "controller" else name)
            return
        for pid in self.pids(name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def end(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def pids(self, name: str) -> list[int]:
        """Of this world alone: its folder stands in the command line. `name`: envoy, agents, or the id of a release."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                line = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                ours = str(self.folder) in line and ("envoy" in line.split(" ")[0] if name == "envoy" else "app/agent.py" in line)
                if ours and (name in ("envoy", "agents") or f"GOLDFINCH_RELEASE_ID={name}\0".encode() in (path / "environ").read_bytes()):
                    found.append(int(path.name))
        return found

    @contextmanager
    def without(self, *names: str) -> Iterator[None]:
        """These files and folders of the service's state are somewhere else meanwhile."""
        there = [path for name in names for path in (self.folder / ".goldfinch").glob(name)]
        for path in there:
            path.rename(path.with_name(f"{path.name}.away"))
        yield
        for path in there:
            path.with_name(f"{path.name}.away").rename(path)

    @contextmanager
    def locked_store(self) -> Iterator[None]:
        """Somebody else writes, and does not end."""
        with closing(sqlite3.connect(self.folder / ".goldfinch" / "goldfinch.db", isolation_level=None, timeout=10)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    def users(self) -> None:
        while not self.over.is_set():
            threading.Thread(target=self.session, daemon=True).start()
            time.sleep(1 / 40)

    def session(self) -> None:
        headers: dict[str, str] = {}
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            for _ in range(random.randint(1, 3)):
                connection.request("POST", "/chat", b"{}", headers)
                answer = connection.getresponse()
                answer.read()
                headers = {"x-session-id": answer.getheader("x-session-id") or ""}
                self.seen[answer.getheader("x-goldfinch-release") or "none"] += 1
            connection.close()
        except OSError:
            self.seen["unanswered"] += 1

    def until(self, holds: Callable[[RolloutState], bool]) -> Rollout:
        """The newest rollout. Read in this process: in the time of two commands a bad release has gone back."""
        end_s = time.monotonic() + PATIENCE_S
        while True:
            found = self.store.rollouts.latest("echo", "local")
            if found is not None and holds(found.state):
                return found
            ended = {name: process.poll() for name, process in self.running.items() if name != "controller"}
            assert not any(code is not None for code in ended.values()), f"ended by themselves: {ended}"
            assert time.monotonic() < end_s, (found, (self.folder / "serve.log").read_text()[-3000:])
            time.sleep(0.05)

    def phase(self, *phases: Phase) -> Rollout:
        return self.until(lambda state: state.phase in phases)

    def close(self) -> None:
        self.over.set()
        for name in tuple(self.running):
            self.end(name)
        for name in ("envoy", "agents"):
            self.kill(name)
        self.store.close()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path)
    try:
        found.release("v1", GOOD)
        found.start("proxy")
        found.start("serve")
        threading.Thread(target=found.users, daemon=True).start()
        found.goldfinch("rollout", "start", "v1", "--first-release", "-e", "local", "--by", "anna", "--detach")
        found.phase(Phase.WAITING_APPROVAL)
        found.goldfinch("rollout", "approve", "-e", "local", "--by", "grace")
        found.phase(Phase.SUCCEEDED)
        yield found
    finally:
        found.close()


AWAY_S = 7.0
"""Longer than SQLite waits for a lock, and than a reading waits for the log."""


def serves_only(world: World, release: str) -> None:
    """New sessions get this release alone."""
    time.sleep(1.0)
    world.seen.clear()
    end_s = time.monotonic() + 20
    while sum(world.seen.values()) < 40:
        assert time.monotonic() < end_s, world.seen
        time.sleep(0.1)
    assert set(world.seen) == {release}, world.seen


def befall(world: World, rollout: Rollout, fault: str) -> None:
    match fault:
        case "store gone":
            with world.without("goldfinch.db*"):
                time.sleep(AWAY_S)
        case "store locked":
            with world.locked_store():
                time.sleep(AWAY_S)
        case "metrics gone":
            with world.without("echo/local/access"):
                time.sleep(AWAY_S)
        case "stable":
            world.kill(rollout.stable or "")
        case "canary":
            world.kill(rollout.canary)
        case _:
            world.kill(fault)


def disturbed(world: World, *faults: str) -> Rollout:
    """A rollout of the newest release, disturbed while it bakes at its first step, at its end."""
    if "controller" in faults:
        world.end("serve")
        world.start("controller")
    else:
        world.goldfinch("rollout", "start", world.newest, "-e", "local", "--by", "anna", "--detach")
    rollout = world.until(lambda state: state.phase is Phase.PROGRESSING and state.part is StepPhase.BAKING)
    for fault in faults:
        befall(world, rollout, fault)
    return world.phase(*TERMINAL, Phase.ROLLBACK_FAILED)


def assert_promoted(world: World, ended: Rollout) -> None:
    assert ended.state.phase is Phase.SUCCEEDED, ended.state
    serves_only(world, ended.canary)


def assert_rolled_back(world: World, ended: Rollout, *triggers: str) -> None:
    assert ended.state.phase is Phase.ROLLED_BACK, ended.state
    assert ended.state.trigger in triggers
    serves_only(world, ended.stable or "")


FAULTS = ["serve", "controller", "proxy", "envoy", "stable", "store gone", "store locked", "metrics gone"]
BREACHED = ("error_rate", "fast_path")
"""Two ways to see the same errors: over the whole bake, or at once in a single check where they are gross."""


def test_a_bad_release_goes_back_though_its_proxy_and_then_envoy_are_killed(world: World) -> None:
    world.release("v3", BAD)
    assert_rolled_back(world, disturbed(world, "proxy", "envoy"), *BREACHED)


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS)
def test_a_good_release_is_promoted_whatever_is_lost_while_it_bakes(world: World, fault: str) -> None:
    world.release("v2", GOOD)
    assert_promoted(world, disturbed(world, fault))


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_release_goes_back_whatever_is_lost_while_it_bakes(world: World, fault: str) -> None:
    world.release("v3", BAD)
    assert_rolled_back(world, disturbed(world, fault), *BREACHED)


@pytest.mark.long
def test_a_canary_whose_only_process_dies_goes_back(world: World) -> None:
    """Who killed it cannot be known: its users got no answer, and a release that dies by itself looks the same."""
    world.release("v2", GOOD)
    assert_rolled_back(world, disturbed(world, "canary"), "unhealthy", *BREACHED)
