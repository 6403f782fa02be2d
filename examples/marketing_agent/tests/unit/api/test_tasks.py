from __future__ import annotations

import asyncio
import re

import pytest

from src.api.settings import ServiceSettings
from tests.asgi_client import JSON_TYPE
from tests.scripted_agent import ANSWER, ScriptedAgent
from tests.unit.api.conftest import RELEASE, Running, Serve


async def until_started(running: Running, count: int = 1) -> None:
    while len(running.agent.started) < count:
        await asyncio.sleep(0)


async def until_cancelled(running: Running) -> None:
    """Both here and on the agent's thread; a task that went on would hang the test."""
    async with asyncio.timeout(10):
        while not running.agent.cancelled or running.service.in_flight:
            await asyncio.sleep(0)


def release(agent: ScriptedAgent, running: Running) -> None:
    running.service.agents._loop.call_soon_threadsafe(agent.held.set)


async def test_an_answer_has_every_member_of_the_contract(serve: Serve) -> None:
    async with serve() as running:
        answer = await running.client.task("roas", session_id="s-1")
    body = answer.json()
    assert answer.status == 200
    assert body["output"] == ANSWER
    assert body["claims"] == [{"label": "ROAS", "value": 3.42, "unit": "x", "source": "s1.groups.0.roas.value"}]
    assert body["caveats"] == ["one day is missing"]
    assert body["usage"] == {"input_tokens": 120, "output_tokens": 30, "total_tokens": 150}
    assert (body["cost"], body["quality_score"], body["model"], body["success"]) == (0.0012, 0.9, "scripted-1", True)
    assert (body["release_id"], body["session_id"]) == (RELEASE, "s-1")
    assert [step["kind"] for step in body["reasoning_steps"]] == ["plan", "execution", "reflection", "answer"]
    assert "result" not in body["reasoning_steps"][1]


async def test_goldfinch_reads_the_messages_as_a_trajectory(serve: Serve) -> None:
    from goldfinch.core.trajectory import final_text, read_messages

    async with serve() as running:
        steps = read_messages((await running.client.task("roas")).json()["messages"])
        failed = read_messages((await running.client.task("tool error")).json()["messages"])
    assert [step.role for step in steps] == ["user", "reasoning", "assistant", "tool", "reasoning", "assistant"]
    call = steps[2].tool_calls[0]
    assert (call.name, call.arguments, call.error) == ("compute_kpis", {"group_by": "total"}, None)
    assert call.result == '{"groups":[{"key":"total","roas":{"value":3.42,"low":null,"high":null}}]}'
    assert failed[2].tool_calls[0].error == "the tool failed"
    assert final_text(steps) == ANSWER


async def test_every_answer_names_the_release(serve: Serve) -> None:
    async with serve() as running:
        for method, path, body in [("POST", "/v1/tasks", {"description": "hi"}), ("GET", "/health/live", None), ("GET", "/none", None)]:
            assert (await running.client.ask(method, path, body)).headers["x-release-id"] == RELEASE


async def test_a_session_is_minted_and_returned_where_none_is_named(serve: Serve) -> None:
    async with serve() as running:
        answers = [await running.client.task("hi") for _ in range(2)]
    ids = [answer.headers["x-session-id"] for answer in answers]
    assert ids[0] != ids[1]
    assert [answer.json()["session_id"] for answer in answers] == ids


async def test_a_session_comes_from_the_header_or_the_body(serve: Serve) -> None:
    async with serve() as running:
        by_header = await running.client.task("hi", {"x-session-id": "abc"})
        by_body = await running.client.task("hi", session_id="abc")
        differing = await running.client.task("hi", {"x-session-id": "abc"}, session_id="other")
        malformed = await running.client.task("hi", {"x-session-id": "a b"})
    assert by_header.headers["x-session-id"] == by_body.headers["x-session-id"] == "abc"
    assert (differing.status, malformed.status) == (422, 422)
    assert differing.json()["errors"] == [{"path": "session_id", "message": "differs from the header x-session-id"}]


@pytest.mark.parametrize("asked", [{"stream": True}, {"headers": {"accept": "text/event-stream"}}])
async def test_a_stream_tells_plan_steps_reflection_text_and_the_whole_answer(serve: Serve, asked: dict[str, object]) -> None:
    async with serve() as running:
        stream = await running.client.task("roas", session_id="s-1", **asked)  # type: ignore[arg-type]
        whole = await running.client.task("roas", session_id="s-1")
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert (stream.headers["x-session-id"], stream.headers["x-release-id"]) == ("s-1", RELEASE)
    events = stream.events()
    assert [name for name, _ in events] == ["plan", "step", "reflection", "delta", "delta", "done"]
    assert events[1][1]["tool"] == "compute_kpis"
    assert "".join(data["delta"] for name, data in events if name == "delta") == ANSWER
    assert events[-1][1] == whole.json()


async def test_steps_are_streamed_while_the_task_is_at_work(serve: Serve) -> None:
    async with serve() as running:
        exchange = running.client.start("POST", "/v1/tasks", {"description": "hold", "stream": True})
        await exchange.until("plan")
        assert [name for name, _ in exchange.answer.events()] == ["plan"]
        release(running.agent, running)
        await exchange.done
    assert exchange.answer.events()[-1][0] == "done"


async def test_a_silent_stream_is_kept_open(serve: Serve) -> None:
    async with serve(ServiceSettings(heartbeat_s=0.001)) as running:
        exchange = running.client.start("POST", "/v1/tasks", {"description": "hold", "stream": True})
        async with exchange.arrived:
            await exchange.arrived.wait_for(lambda: b": still at work\n\n" in exchange.answer.body)
        release(running.agent, running)
        await exchange.done
    assert exchange.answer.events()[-1][0] == "done"


async def test_a_failure_before_the_first_step_of_a_stream_has_its_own_status(serve: Serve) -> None:
    async with serve() as running:
        answer = await running.client.task("unknown account", stream=True)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_a_failure_within_a_stream_ends_it_with_an_error_event(serve: Serve) -> None:
    async with serve() as running:
        answer = await running.client.task("fail later", stream=True)
    name, problem = answer.events()[-1]
    assert (answer.status, name, problem["status"]) == (200, "error", 500)
    assert "after the first step" not in answer.body.decode()


async def test_an_unknown_account_names_the_known_ones(serve: Serve) -> None:
    async with serve() as running:
        answer = await running.client.task("unknown account")
    assert answer.status == 404
    assert answer.json()["type"] == "urn:marketing-agent:problem:unknown-account"
    assert "aurora-outdoor, brightside-coffee" in answer.json()["detail"]


async def test_a_failing_model_is_502_without_its_secrets(serve: Serve) -> None:
    async with serve() as running:
        answer = await running.client.task("no plan")
    assert (answer.status, answer.json()["detail"]) == (502, "the model gave no plan; Bearer [redacted] was refused")


async def test_an_unexpected_error_tells_nothing_but_its_id(serve: Serve) -> None:
    async with serve() as running:
        answer = await running.client.task("fail")
        [line] = running.lines("unexpected_error")
        assert "secret detail" not in running.log
    problem = answer.json()
    assert (answer.status, problem["title"]) == (500, "Unexpected error")
    assert re.fullmatch("[0-9a-f]{32}", problem["error_id"])
    assert problem["detail"] == f"an unexpected error; it is in the log as {problem['error_id']}"
    assert (line["error_id"], line["error_type"]) == (problem["error_id"], "RuntimeError")
    assert line["frames"][-1].endswith(" _fail_as_told")


async def test_a_task_that_takes_too_long_is_stopped_with_504(serve: Serve) -> None:
    async with serve(ServiceSettings(task_timeout_s=0.01)) as running:
        answer = await running.client.task("hold")
        assert answer.status == 504
        await until_cancelled(running)


async def test_a_timeout_within_the_agent_is_not_the_tasks_timeout(serve: Serve) -> None:
    async with serve() as running:
        assert (await running.client.task("timeout within")).status == 500


async def test_more_tasks_than_allowed_are_refused_with_retry_after(serve: Serve) -> None:
    async with serve(ServiceSettings(max_in_flight=1)) as running:
        held = running.client.start("POST", "/v1/tasks", {"description": "hold"})
        await until_started(running)
        assert running.sample("marketing_agent_in_flight") == 1
        refused = [await running.client.task("hi"), await running.client.task("hi", stream=True)]
        release(running.agent, running)
        await held.done
        after = await running.client.task("hi")
    assert [(answer.status, answer.headers.get("retry-after")) for answer in refused] == [(429, "1"), (429, "1")]
    assert (held.answer.status, after.status) == (200, 200)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_goes_away_stops_its_task(serve: Serve, stream: bool) -> None:
    async with serve() as running:
        exchange = running.client.start("POST", "/v1/tasks", {"description": "hold", "stream": stream})
        await until_started(running)
        if stream:
            await exchange.until("plan")
        exchange.gone.set()
        await exchange.done
        await until_cancelled(running)
        assert running.sample("marketing_agent_tasks_total", outcome="cancelled") == 1


async def test_health_answers_while_the_agent_computes(serve: Serve) -> None:
    async with serve() as running:
        task = running.client.start("POST", "/v1/tasks", {"description": "compute 0.5"})
        await until_started(running)
        answered = 0
        while not task.done.done():
            assert (await running.client.ask("GET", "/health/live")).status == 200
            answered += 1
    assert task.answer.status == 200
    assert answered > 10


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "description"),
        ({"description": ""}, "description"),
        ({"description": " \n "}, "description"),
        ({"description": "x" * 20_001}, "description"),
        ({"description": 1}, "description"),
        ({"description": "x", "complexity": "extreme"}, "complexity"),
        ({"description": "x", "context": []}, "context"),
        ({"description": "x", "stream": "yes"}, "stream"),
        ({"description": "x", "session_id": "../../etc"}, "session_id"),
        ({"description": "x", "sesion_id": "a"}, "sesion_id"),
        ({"description": "x", "context": {"deep": [[[[[[{}]]]]]]}}, "context.deep.0.0.0.0"),
        ({"description": "x", "context": {"n": 10**30}}, "context.n"),
        ([], "body"),
        ("text", "body"),
        (None, "body"),
    ],
)
async def test_a_wrong_body_is_told_by_its_key_path(serve: Serve, body: object, path: str) -> None:
    async with serve(ServiceSettings(max_depth=6)) as running:
        answer = await running.client.ask("POST", "/v1/tasks", b"null" if body is None else body)
    problem = answer.json()
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert problem["errors"][0]["path"].startswith(path)
    assert problem["detail"].startswith(path)
    assert "\n" not in problem["detail"]


async def test_a_body_that_is_no_json_is_400_with_the_place(serve: Serve) -> None:
    async with serve() as running:
        answer = await running.client.ask("POST", "/v1/tasks", b'{"description": "x",}')
    assert (answer.status, answer.json()["detail"]) == (400, "the body is not JSON: trailing comma at line 1 column 21")


@pytest.mark.parametrize(
    "headers", [{"content-type": "text/plain"}, {"content-type": ""}, {"content-encoding": "gzip"}, {"content-type": "multipart/form-data"}]
)
async def test_other_media_types_are_415(serve: Serve, headers: dict[str, str]) -> None:
    async with serve() as running:
        assert (await running.client.task("x", headers)).status == 415


async def test_a_large_body_is_413_whether_it_says_its_size_or_not(serve: Serve) -> None:
    async with serve(ServiceSettings(max_body_bytes=1000)) as running:
        told = await running.client.ask("POST", "/v1/tasks", b"{}", {"content-length": "1001"})
        untold = running.client.start("POST", "/v1/tasks", parts=[b" " * 600, b" " * 600])
        await untold.done
    assert (told.status, untold.answer.status) == (413, 413)


async def test_a_body_that_does_not_end_is_408(serve: Serve) -> None:
    async with serve(ServiceSettings(body_timeout_s=0.01)) as running:
        exchange = running.client.start("POST", "/v1/tasks", parts=[b"{"])
        exchange._parts = []
        receive = exchange._receive

        async def never() -> dict[str, object]:
            return {"type": "http.request", "body": b"{", "more_body": True} if exchange.answer.status else await receive()

        exchange._receive = never  # type: ignore[method-assign]
        await exchange.done
    assert exchange.answer.status == 408


async def test_a_large_account_in_line_is_taken(serve: Serve) -> None:
    rows = [{"date": "2026-10-01", "cost": 1.5}] * 5000
    async with serve() as running:
        assert (await running.client.task("x", context={"account": {"name": "a", "tables": {"daily": rows}}})).status == 200


async def test_unknown_paths_and_methods_are_problems(serve: Serve) -> None:
    async with serve() as running:
        missing = await running.client.ask("GET", "/v1/nothing")
        method = await running.client.ask("GET", "/v1/tasks")
        assert running.sample("marketing_agent_requests_total", route="other", status="404") == 1
    assert (missing.status, missing.json()["detail"]) == (404, "there is no GET /v1/nothing")
    assert (method.status, method.headers["content-type"], method.headers["allow"]) == (405, "application/problem+json", "POST")


async def test_the_service_describes_itself(serve: Serve) -> None:
    async with serve() as running:
        described = (await running.client.ask("GET", "/openapi.json", headers=JSON_TYPE)).json()
    body = described["paths"]["/v1/tasks"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {"description", "complexity", "context", "session_id", "stream"}
    assert set(described["paths"]) == {"/v1/tasks", "/v1/sessions/{session_id}", "/health/live", "/health/ready", "/metrics"}
