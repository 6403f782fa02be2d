from __future__ import annotations

import json
from itertools import pairwise

from src.telemetry.metrics import latency_buckets
from src.telemetry.redaction import Redactor
from tests.unit.api.conftest import RELEASE, Serve

SECRET_QUESTION = "Ask jane.doe@example.com with sk-abcdefgh12345678"


def test_latency_buckets_reach_from_a_millisecond_to_ten_seconds_in_steps_of_at_most_30_percent() -> None:
    bounds = latency_buckets()
    assert (bounds[0], bounds[-1]) == (0.001, 10.0)
    assert all(1.0 < high / low <= 1.3 for low, high in pairwise(bounds))


async def test_a_task_is_counted_with_its_tokens_cost_and_tools(serve: Serve) -> None:
    async with serve() as running:
        await running.client.task("hi")
        await running.client.task("tool error")
        await running.client.task("fail")
        sample = running.sample
        assert sample("marketing_agent_requests_total", route="/v1/tasks", status="200") == 2
        assert sample("marketing_agent_requests_total", route="/v1/tasks", status="500") == 1
        assert sample("marketing_agent_request_duration_seconds_count", route="/v1/tasks") == 3
        assert sample("marketing_agent_tokens_total", direction="input") == 240
        assert sample("marketing_agent_tokens_total", direction="output") == 60
        assert sample("marketing_agent_cost_usd_total") == 0.0024
        assert sample("marketing_agent_tool_calls_total", tool="compute_kpis", outcome="ok") == 1
        assert sample("marketing_agent_tool_errors_total", tool="compute_kpis") == 1
        assert sample("marketing_agent_tasks_total", outcome="error") == 1
        assert sample("marketing_agent_in_flight") == 0


async def test_the_page_carries_the_release_in_every_series(serve: Serve) -> None:
    async with serve() as running:
        await running.client.task("hi")
        page = await running.client.ask("GET", "/metrics")
    lines = [line for line in page.body.decode().splitlines() if not line.startswith("#")]
    assert page.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert len(lines) > 40
    assert all(f'release="{RELEASE}"' in line for line in lines)


async def test_made_up_paths_make_no_series(serve: Serve) -> None:
    async with serve() as running:
        for number in range(5):
            await running.client.ask("GET", f"/v1/x{number}")
            await running.client.ask("GET", f"/v1/sessions/x{number}")
        page = (await running.client.ask("GET", "/metrics")).body.decode()
    routes = {line.split('route="')[1].split('"')[0] for line in page.splitlines() if "requests_total{" in line}
    assert routes == {"other", "/v1/sessions/{session_id}"}


async def test_a_request_is_one_line_without_content_and_with_the_release(serve: Serve) -> None:
    async with serve() as running:
        await running.client.task(SECRET_QUESTION, session_id="s-1")
        await running.client.task("hi", {"authorization": "Bearer abcdefgh12345678"})
        await running.client.ask("GET", "/health/live")
        [first, second] = map(json.loads, running.log.splitlines())
    assert "jane" not in running.log
    assert "Bearer" not in running.log
    assert "s-1" not in running.log, "who knows a session's id can read the session"
    assert {line["release_id"] for line in (first, second)} == {RELEASE}
    assert (first["route"], first["status"], first["tool_calls"], first["input_tokens"]) == ("/v1/tasks", 200, 1, 120)


async def test_a_stream_is_logged_and_counted_when_it_ends(serve: Serve) -> None:
    async with serve() as running:
        await running.client.task("hi", stream=True)
        [line] = running.lines("request")
        assert running.sample("marketing_agent_request_duration_seconds_count", route="/v1/tasks") == 1
    assert (line["status"], line["cost_usd"]) == (200, 0.0012)


async def test_secrets_of_the_environment_are_known_by_their_values(serve: Serve) -> None:
    async with serve(redact=Redactor.of_environment({"OPENAI_API_KEY": "plain-looking-value", "HOME": "/srv/home"})) as running:
        running.service.logs.warning("told", text="plain-looking-value in /srv/home")
        assert running.lines("told")[0]["text"] == "[redacted] in /srv/home"


async def test_the_callers_trace_id_is_in_the_log(serve: Serve) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    async with serve() as running:
        await running.client.task("hi", {"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"})
        assert running.lines("request")[0]["trace_id"] == trace_id
