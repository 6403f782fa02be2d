from __future__ import annotations

import socket
from pathlib import Path

import pytest

from src.api.readiness import FRESH_S, Readiness, model_address
from src.config import Config
from tests.scripted_agent import ScriptedAgent
from tests.unit.api.conftest import RELEASE, Serve


async def test_live_says_so(serve: Serve) -> None:
    async with serve() as running:
        assert (await running.client.ask("GET", "/health/live")).json() == {"status": "live"}


async def test_ready_where_all_parts_are_there(serve: Serve) -> None:
    async with serve() as running:
        answer = await running.client.ask("GET", "/health/ready")
    assert answer.status == 200
    assert answer.json() == {
        "status": "ready",
        "release_id": RELEASE,
        "checks": {"memory": "ok", "data": "ok", "model": "ok"},
        "reasons": [],
    }


async def test_unready_while_stopping(serve: Serve) -> None:
    async with serve() as running:
        running.service.drain()
        answer = await running.client.ask("GET", "/health/ready")
    assert (answer.status, answer.json()["reasons"], answer.headers["connection"]) == (503, ["service: stopping"], "close")


async def test_unready_without_memory(serve: Serve) -> None:
    async with serve() as running:
        running.agent.memory.failure = ConnectionError("redis://agent:hunter2hunter2@cache:6379 refused")
        answer = await running.client.ask("GET", "/health/ready")
    assert answer.status == 503
    assert answer.json()["reasons"] == ["memory: not reachable: ConnectionError: redis://[redacted]@cache:6379 refused"]


async def test_a_memory_with_a_ping_is_pinged(serve: Serve) -> None:
    async with serve() as running:

        async def ping() -> None:
            raise OSError("no pong")

        running.agent.memory.ping = ping  # type: ignore[attr-defined]
        answer = await running.client.ask("GET", "/health/ready")
    assert answer.json()["checks"]["memory"] == "not reachable: OSError: no pong"


async def test_unready_without_data(serve: Serve, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    async with serve(config=Config(data_dir=empty)) as running:
        missing = (await running.client.ask("GET", "/health/ready")).json()["checks"]["data"]
    empty.mkdir()
    async with serve(config=Config(data_dir=empty)) as running:
        bare = (await running.client.ask("GET", "/health/ready")).json()["checks"]["data"]
    assert missing == f"there is no folder {empty}"
    assert bare == f"no account in {empty}: a folder with an account.json is one"


async def test_unready_without_a_connection_to_the_model(serve: Serve, config: Config) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        settings = config.model_copy(update={"llm_provider": "openai", "base_url": f"http://127.0.0.1:{port}/v1"})
        async with serve(config=settings) as running:
            assert (await running.client.ask("GET", "/health/ready")).status == 200
    async with serve(config=settings) as running:
        answer = await running.client.ask("GET", "/health/ready")
    assert answer.json()["reasons"] == [f"model: no connection to 127.0.0.1:{port}"]


@pytest.mark.parametrize(
    ("provider", "base_url", "environment", "address"),
    [
        ("deterministic", None, {}, None),
        ("local", None, {}, None),
        ("local", "http://localhost:9000", {}, ("localhost", 9000)),
        ("openai", None, {}, ("api.openai.com", 443)),
        ("openai", None, {"OPENAI_BASE_URL": "http://gateway/v1"}, ("gateway", 80)),
        ("openai", "https://[::1]:8443/v1", {"OPENAI_BASE_URL": "http://gateway/v1"}, ("::1", 8443)),
    ],
)
def test_the_address_of_the_model(
    provider: str, base_url: str | None, environment: dict[str, str], address: tuple[str, int] | None
) -> None:
    config = Config(llm_provider=provider, base_url=base_url)  # type: ignore[arg-type]
    assert model_address(config, environment) == address


async def test_an_agent_that_cannot_start_is_told_without_secrets_and_tried_again(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("src.api.agent_thread.RETRY_AFTER_S", 0.0)
    async with serve(agent_name="tests.scripted_agent:broken_agent_of") as running:
        answer = await running.client.ask("GET", "/health/ready")
        task = await running.client.task("hi")
        live = await running.client.ask("GET", "/health/live")
        monkeypatch.setattr("tests.scripted_agent.broken_agent_of", ScriptedAgent)
        later = await running.client.task("hi")
        assert "hunter2" not in running.log
    assert answer.status == 503
    assert answer.json()["reasons"] == ["memory: the agent cannot start: ConnectionError: no route to postgresql://[redacted]@db/agent"]
    assert (task.status, task.json()["type"]) == (503, "urn:marketing-agent:problem:agent-unavailable")
    assert (live.status, later.status) == (200, 200)


async def test_a_failed_start_is_not_repeated_for_every_request(serve: Serve) -> None:
    async with serve(agent_name="tests.scripted_agent:broken_agent_of") as running:
        answers = [await running.client.task("hi") for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 503, 503]


async def test_checks_are_made_once_a_second_however_often_they_are_asked_for(serve: Serve, config: Config) -> None:
    now = 0.0
    async with serve() as running:
        readiness = Readiness(config, running.service.agents, running.service.redact, clock=lambda: now)
        assert (await readiness.checks())["memory"] == "ok"
        running.agent.memory.failure = OSError("gone")
        assert (await readiness.checks())["memory"] == "ok"
        now = FRESH_S
        assert (await readiness.checks())["memory"] == "not reachable: OSError: gone"
