from __future__ import annotations

from src.memory import MemoryUnavailable
from tests.unit.api.conftest import RELEASE, Serve


async def test_a_session_shows_its_turns_and_facts(serve: Serve) -> None:
    async with serve() as running:
        await running.client.task("hi", session_id="s-1")
        answer = await running.client.ask("GET", "/v1/sessions/s-1")
    assert (answer.status, answer.headers["x-session-id"]) == (200, "s-1")
    assert answer.json()["session_id"] == "s-1"
    assert [turn["question"] for turn in answer.json()["turns"]] == ["hi"]
    assert answer.json()["facts"] == [{"key": "asked", "value": "hi"}]


async def test_a_forgotten_session_is_gone(serve: Serve) -> None:
    async with serve() as running:
        await running.client.task("hi", session_id="s-1")
        answers = [await running.client.ask(method, "/v1/sessions/s-1") for method in ("DELETE", "GET", "DELETE")]
    assert [answer.status for answer in answers] == [204, 404, 404]
    assert answers[1].json()["detail"] == "there is no session s-1"


async def test_a_malformed_id_is_refused(serve: Serve) -> None:
    async with serve() as running:
        assert (await running.client.ask("GET", "/v1/sessions/a b")).status == 422
        assert (await running.client.ask("DELETE", "/v1/sessions/" + "a" * 129)).status == 422


async def test_an_agent_without_memory_has_no_sessions(serve: Serve) -> None:
    class Forgetful:
        async def reason(self, task: object, observe: object = None) -> object:
            raise NotImplementedError

    async with serve(agent=Forgetful()) as running:
        assert (await running.client.ask("GET", "/v1/sessions/s-1")).status == 404
        assert (await running.client.ask("DELETE", "/v1/sessions/s-1")).status == 404
        assert (await running.client.ask("GET", "/health/ready")).status == 200


async def test_a_memory_that_fails_is_a_problem_and_never_its_message(serve: Serve) -> None:
    async with serve() as running:
        running.agent.memory.failure = MemoryUnavailable("redis", "no reply within 1 s")
        unavailable = await running.client.ask("GET", "/v1/sessions/s-1")
        running.agent.memory.failure = RuntimeError("what a user wrote")
        failed = await running.client.ask("GET", "/v1/sessions/s-1")
        assert "what a user wrote" not in running.log
        assert running.sample("marketing_agent_requests_total", route="/v1/sessions/{session_id}", status="500") == 1
    assert (unavailable.status, unavailable.headers["retry-after"], unavailable.json()["detail"]) == (
        503,
        "2",
        "memory: redis: no reply within 1 s",
    )
    assert (failed.status, failed.json()["type"], failed.headers["x-release-id"]) == (
        500,
        "urn:marketing-agent:problem:unexpected",
        RELEASE,
    )
