"""The service as a process: it answers, it ends well, it survives what it is sent."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.e2e.service_process import JSON_TYPE, ROOT, SCRIPTED, ServiceProcess, service
from tests.scripted_agent import ANSWER

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    folder.joinpath("aurora-outdoor").mkdir()
    folder.joinpath("aurora-outdoor", "account.json").write_text("{}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def running(data: Path) -> Iterator[ServiceProcess]:
    """One service for the tests that leave it as it is."""
    with service(data) as process:
        yield process


def test_a_task_is_answered(running: ServiceProcess) -> None:
    status, answer = running.task("What was the ROAS?", session_id="s-1")
    assert (status, answer["output"], answer["session_id"]) == (200, ANSWER, "s-1")
    assert running.ask("GET", "/v1/sessions/s-1")[1]["turns"] == [{"question": "What was the ROAS?", "answer": ANSWER}]


def test_a_stream_ends_with_the_whole_answer(running: ServiceProcess) -> None:
    stream = running.open_stream("hi")
    events = list(stream.events())
    stream.close()
    assert [name for name, _ in events] == ["plan", "step", "reflection", "delta", "delta", "done"]
    assert events[-1][1]["output"] == ANSWER


def test_health_answers_within_a_computation(running: ServiceProcess) -> None:
    results: list[tuple[int, object]] = []
    task = threading.Thread(target=lambda: results.append(running.task("compute 0.5")))
    task.start()
    answered = 0
    while task.is_alive():
        assert running.ask("GET", "/health/live")[0] == 200
        answered += 1
    assert answered > 5
    assert results[0][0] == 200


def test_prometheus_finds_what_was_asked(running: ServiceProcess) -> None:
    running.task("hi")
    page = running.ask("GET", "/metrics")[1]
    assert 'route="/v1/tasks",status="200"' in page


def test_an_idle_service_ends_with_0(data: Path) -> None:
    with service(data) as process:
        process.signal()
        assert process.end() == 0
        assert [json.loads(line)["event"] for line in process.lines[-2:]] == ["draining", "stopped"]


def test_sigterm_finishes_an_open_stream_while_readiness_says_503(data: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with service(data) as process:
        stream = process.open_stream(f"until {gate}")
        events = stream.events()
        assert next(events)[0] == "plan"
        process.signal()
        process.line("draining")
        status, ready = process.ask("GET", "/health/ready")
        assert (status, ready["reasons"]) == (503, ["service: stopping"])
        assert process.ask("GET", "/health/live")[0] == 200
        assert process.task("hi")[0] == 503
        gate.touch()
        names = [name for name, _ in events]
        stream.close()
        assert names[-1] == "done"
        assert process.end() == 0


def test_what_outlasts_the_grace_is_told_and_the_process_ends_with_0(data: Path, tmp_path: Path) -> None:
    with service(data, "--grace", "0.2") as process:
        stream = process.open_stream(f"until {tmp_path / 'never'}")
        events = stream.events()
        assert next(events)[0] == "plan"
        process.signal()
        name, problem = list(events)[-1]
        stream.close()
        assert (name, problem["status"]) == ("error", 503)
        assert process.end() == 0


def test_a_second_sigterm_ends_at_once(data: Path, tmp_path: Path) -> None:
    with service(data) as process:
        stream = process.open_stream(f"until {tmp_path / 'never'}")
        next(stream.events())
        process.signal()
        process.line("draining")
        process.signal()
        assert process.end() == -signal.SIGTERM
        stream.close()


def load(process: ServiceProcess, seen: Counter[str], enough: threading.Event) -> None:
    """Ask until the service is gone; count what came back."""
    while True:
        try:
            status, body = process.task("hi")
        except (OSError, http.client.HTTPException) as error:
            seen[type(error).__name__] += 1
            return
        assert status != 200 or body["output"] == ANSWER
        seen[str(status)] += 1
        if seen["200"] > 50:
            enough.set()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)])
def test_ending_under_load_gives_whole_answers_or_none_and_the_port_is_free_again(data: Path, number: signal.Signals, code: int) -> None:
    seen: Counter[str] = Counter()
    enough = threading.Event()
    with service(data) as process:
        visitors = [threading.Thread(target=load, args=(process, seen, enough)) for _ in range(8)]
        for visitor in visitors:
            visitor.start()
        assert enough.wait(60)
        process.signal(number)
        for visitor in visitors:
            visitor.join(60)
        assert process.end() == code
        port = process.port
    assert seen["500"] == 0
    if number == signal.SIGTERM:
        assert set(seen) <= {"200", "503", "ConnectionRefusedError", "ConnectionResetError", "RemoteDisconnected"}
    with service(data, "--port", str(port)) as again:
        assert again.task("hi")[0] == 200


def test_several_processes_share_one_port_replace_the_dead_and_sum_their_metrics(data: Path) -> None:
    with service(data, "--workers", "2", environment={"MARKETING_AGENT_REDIS_URL": "redis://127.0.0.1:1"}) as process:
        for _ in range(20):
            assert process.task("hi")[0] == 200
        page = process.ask("GET", "/metrics")[1]
        [total] = [line for line in page.splitlines() if line.startswith("marketing_agent_tasks_total")]
        assert float(total.split()[-1]) == 20
        [first, *_] = children_of(process)
        os.kill(first, signal.SIGKILL)
        until(lambda: first not in children_of(process) and len(children_of(process)) == 2)
        assert process.task("hi")[0] == 200
        process.signal()
        assert process.end() == 0


def test_workers_do_not_outlive_the_process_that_looks_after_them(data: Path) -> None:
    with service(data, "--workers", "2", environment={"MARKETING_AGENT_REDIS_URL": "redis://127.0.0.1:1"}) as process:
        process.signal(signal.SIGKILL)
        assert process.end() == -signal.SIGKILL, "the log's end is that of the last worker"
        assert sum('"stopped"' in line for line in process.lines) == 2


def until(is_true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline


def children_of(process: ServiceProcess) -> list[int]:
    pid = process._process.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def test_a_port_in_use_is_one_line_and_2(running: ServiceProcess) -> None:
    command = [sys.executable, "-m", "src.api", "--port", str(running.port), "--agent", SCRIPTED]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"python -m src.api: cannot listen on 127.0.0.1:{running.port}: ")
    assert len(ended.stderr.splitlines()) == 1


FUZZ = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
TASKS = st.fixed_dictionaries(
    {"description": st.text(min_size=1) | VALUES},
    optional={"complexity": VALUES, "context": st.dictionaries(st.text(max_size=10), VALUES, max_size=4) | VALUES, "session_id": VALUES},
)
HEADERS = st.fixed_dictionaries(
    {"content-type": st.sampled_from(["application/json", "application/json; charset=utf-16", "text/plain", "", ";;"])},
    optional={
        "x-session-id": st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=200),
        "traceparent": st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60),
        "accept": st.sampled_from(["text/event-stream", "*/*", "a" * 300]),
    },
)


@FUZZ
@given(st.one_of(st.binary(max_size=500), TASKS.map(lambda body: json.dumps(body).encode()), VALUES.map(lambda v: json.dumps(v).encode())))
def test_no_body_makes_the_service_fail(running: ServiceProcess, body: bytes) -> None:
    status, _ = running.ask("POST", "/v1/tasks", body, JSON_TYPE)
    assert status in (200, 400, 422)


@FUZZ
@given(HEADERS)
def test_no_header_makes_the_service_fail(running: ServiceProcess, headers: dict[str, str]) -> None:
    status, _ = running.ask("POST", "/v1/tasks", b'{"description": "hi"}', headers)
    assert status in (200, 400, 415, 422)


@FUZZ
@given(
    st.sampled_from(["GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60),
)
def test_no_path_makes_the_service_fail(running: ServiceProcess, method: str, path: str) -> None:
    for prefix in ("/", "/v1/sessions/", "/v1/tasks/"):
        status, _ = running.ask(method, prefix + path)
        assert 200 <= status < 500


@pytest.mark.parametrize(
    "raw", [b"\x00\xff garbage\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST /v1/tasks HTTP/1.1\r\ncontent-length: -1\r\n\r\n"]
)
def test_what_is_no_http_leaves_the_service_as_it_was(running: ServiceProcess, raw: bytes) -> None:
    connection = running.connect()
    connection.connect()
    connection.sock.sendall(raw)
    connection.sock.recv(1000)
    connection.close()
    assert running.ask("GET", "/health/live")[0] == 200
