"""A rollout on real parts (Envoy, release processes, `goldfinch serve`) whose processes are killed: it ends where the undisturbed one ends.

One service in a git repository of its own, generated sessions all the while. After each end: no traffic on a release that lost.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

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
GOOD, BAD = "200", "500 if self.path != '/health/ready' and random.random() < 0.4 else 200"
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
    - {{weight: 25, bake: 12s}}
    - {{weight: 50, bake: 8s}}
    - {{weight: 100}}
  warm_up: 1s
  post_promotion: 4s
  session_drain: 1s
  drain_within: 3s
"""
PATIENCE_S = 150.0


class World:
    """The service, its processes, and users who come all the while."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.serve_port = free_port(), free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.seen: Counter[str] = Counter()
        self.over = threading.Event()
        (folder / "app").mkdir()
        (folder / ".gitignore").write_text(".goldfinch/\n*.log\n")
        settings = SETTINGS.format(python=json.dumps(sys.executable), proxy=self.port, serve=self.serve_port)
        (folder / "goldfinch.yaml").write_text(settings)
        self.run("git", "init", "-q", "-b", "main")
        self.run("git", "config", "user.name", "anna")
        self.run("git", "config", "user.email", "anna@example.com")

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

    def start(self, name: str) -> None:
        words = {"proxy": ["proxy", "-e", "local"], "serve": ["serve"]}[name]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "goldfinch", *words], cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """SIGKILL; what nobody else brings back is started again, as a service manager would."""
        if name in self.running:
            self.running[name].kill()
            self.running[name].wait()
            self.start(name)
            return
        for pid in self.pids(name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def pids(self, name: str) -> list[int]:
        """Of this world alone: its folder stands in the command line."""
        words = {"envoy": "--base-id", "stable": "app/agent.py"}[name]
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                line = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if str(self.folder) in line and (words in line or (name == "envoy" and "envoy" in line.split(" ")[0])):
                    found.append(int(path.name))
        return found

    def users(self) -> None:
        while not self.over.is_set():
            threading.Thread(target=self.session, daemon=True).start()
            time.sleep(1 / 30)

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

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.goldfinch("rollout", "status", "-e", "local", "--output", "json"))
        return found

    def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        end_s = time.monotonic() + PATIENCE_S
        while True:
            found = self.status()
            if holds(found):
                return found
            assert time.monotonic() < end_s, (found["line"], (self.folder / "serve.log").read_text()[-3000:])
            time.sleep(0.2)

    def phase(self, *phases: str) -> dict[str, Any]:
        return self.until(lambda found: found["rollout"]["state"]["phase"] in phases)

    def close(self) -> None:
        self.over.set()
        for process in self.running.values():
            process.kill()
            process.wait()
        for name in ("envoy", "stable"):
            self.kill(name)


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
        found.phase("WaitingApproval")
        found.goldfinch("rollout", "approve", "-e", "local", "--by", "grace")
        found.phase("Succeeded")
        yield found
    finally:
        found.close()


BAKING = "Progressing(step 1 of 3: Baking)"


def serves_only(world: World, release: str) -> None:
    """New sessions get this release alone."""
    time.sleep(2.0)
    world.seen.clear()
    end_s = time.monotonic() + 20
    while sum(world.seen.values()) < 40:
        assert time.monotonic() < end_s, world.seen
        time.sleep(0.1)
    assert set(world.seen) == {release}, world.seen


@pytest.mark.long
@pytest.mark.parametrize("victim", ["serve", "proxy", "envoy", "stable"])
def test_a_good_release_is_promoted_whoever_is_killed_while_it_bakes(world: World, victim: str) -> None:
    world.release("v2", GOOD)
    world.goldfinch("rollout", "start", "v2", "-e", "local", "--by", "anna", "--detach")
    canary = world.until(lambda found: found["title"] == BAKING)["rollout"]["canary"]
    world.kill(victim)
    found = world.phase("Succeeded", "RolledBack", "Paused")
    assert found["rollout"]["state"]["phase"] == "Succeeded", found["line"]
    serves_only(world, canary)


@pytest.mark.long
@pytest.mark.parametrize("victim", ["serve", "proxy", "envoy"])
def test_a_bad_release_goes_back_whoever_is_killed_while_it_bakes(world: World, victim: str) -> None:
    world.release("v3", BAD)
    world.goldfinch("rollout", "start", "v3", "-e", "local", "--by", "anna", "--detach")
    stable = world.until(lambda found: found["title"] == BAKING)["rollout"]["stable"]
    world.kill(victim)
    found = world.phase("Succeeded", "RolledBack")
    assert found["rollout"]["state"]["phase"] == "RolledBack", found["line"]
    assert found["rollout"]["state"]["trigger"] == "error_rate"
    serves_only(world, stable)
