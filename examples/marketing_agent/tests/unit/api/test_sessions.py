from __future__ import annotations

from tests.unit.api.conftest import Serve


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
