"""Traced runs against a real collector, good and bad, and against agents that trace themselves."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import goldfinch
from goldfinch.adapters.otlp.http import OtlpPoster
from goldfinch.adapters.otlp.tracer import OtlpTracer
from goldfinch.core.redaction import Redactor
from goldfinch.core.telemetry.mapping import TracedAgent
from goldfinch.core.telemetry.targets import Target
from goldfinch.settings import HttpAgent
from goldfinch.testing.run_journal import sample_manifest
from goldfinch.testing.tracer_contract import SeenSpan
from tests.otlp_collector import Answer, Collector, attributes, collector

SECRETS = tuple(f"planted-secret-{number:02}-xyzzy" for number in range(4))
CASES = [goldfinch.Case(f"c{n}", f"q{n}", expected=goldfinch.Expected(answer=f"q{n}")) for n in range(200)]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("OTEL_", "LANGSMITH_", "LANGCHAIN_")):
            monkeypatch.delenv(name)


@pytest.fixture
def good() -> Iterator[Collector]:
    with collector() as running:
        yield running


async def echo(text: str) -> dict[str, Any]:
    """An agent of two turns and a tool call."""
    messages = [
        {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "look_up", "arguments": '{"q": "x"}'}}]},
        {"role": "tool", "content": "found"},
        {"role": "assistant", "content": text},
    ]
    return {"text": text, "messages": messages, "usage": {"input_tokens": 7, "output_tokens": 3}}


def by_parent(spans: list[SeenSpan]) -> dict[bytes | None, list[SeenSpan]]:
    found: dict[bytes | None, list[SeenSpan]] = {}
    for span in spans:
        found.setdefault(span.parent_id, []).append(span)
    return found


async def test_two_hundred_cases_arrive_as_one_tree(good: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", good.url)
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=ci")
    run = await goldfinch.evaluate_async(CASES, echo, ["exact"], trials=2, output_dir="run", enable_tracing=True)
    assert run.complete
    tree = by_parent(good.spans())
    [root] = tree.pop(None)
    answers = tree.pop(root.span_id)
    assert len(answers) == 400
    assert {(span.attributes["goldfinch.case.id"], span.attributes["goldfinch.trial"]) for span in answers} == {
        (case.id, trial) for case in CASES for trial in range(2)
    }
    assert [[child.name for child in tree.pop(span.span_id)] for span in answers] == [["chat", "execute_tool look_up", "chat"]] * 400
    assert not tree
    assert (root.attributes["goldfinch.passed"], root.attributes["goldfinch.planned"]) == (400, 400)
    assert root.attributes["goldfinch.dataset.fingerprint"] == run.manifest.dataset.fingerprint
    assert {span.attributes["gen_ai.usage.input_tokens"] for span in answers} == {7}
    assert {event[1]["gen_ai.evaluation.score.label"] for span in answers for event in span.events} == {"pass"}
    assert set(good.paths) == {"/v1/traces"}
    resource = attributes(good.requests[0].resource_spans[0].resource.attributes)
    assert (resource["service.name"], resource["deployment.environment.name"]) == ("goldfinch", "ci")


async def test_langsmith_gets_its_headers(good: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"API_KEY": SECRETS[0], "ENDPOINT": good.url, "PROJECT": "ci-evaluation-1", "TRACING_V2": "true"}.items():
        monkeypatch.setenv(f"LANGCHAIN_{name}", value)
    await goldfinch.evaluate_async(CASES[:2], echo, ["exact"], enable_tracing=True)
    assert good.paths == ["/otel/v1/traces"]
    assert (good.headers[0]["x-api-key"], good.headers[0]["langsmith-project"]) == (SECRETS[0], "ci-evaluation-1")
    assert good.headers[0]["content-type"] == "application/x-protobuf"


async def test_requests_can_be_compressed(good: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", good.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    await goldfinch.evaluate_async(CASES[:20], echo, ["exact"], enable_tracing=True)
    assert good.headers[0]["content-encoding"] == "gzip"
    assert len(good.spans()) == 20 * 4 + 1


async def test_the_service_under_test_is_told_its_span(good: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", good.url)
    heard: list[str | None] = []

    async def ask(request: web.Request) -> web.Response:
        heard.append(request.headers.get("traceparent"))
        return web.json_response({"text": "a"})

    app = web.Application()
    app.router.add_post("/ask", ask)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/ask"
        await goldfinch.evaluate_async(CASES[:5], HttpAgent(url=url, text_path="text"), ["exact"], enable_tracing=True, output_dir="one")
        await goldfinch.evaluate_async(CASES[:1], HttpAgent(url=url, text_path="text"), ["exact"], output_dir="two")
        own = HttpAgent(url=url, text_path="text", headers={"TraceParent": "mine"})
        await goldfinch.evaluate_async(CASES[:1], own, ["exact"], enable_tracing=True, output_dir="three")
    finally:
        await runner.cleanup()
    spans = [span for span in good.spans() if span.name.startswith("invoke_agent ")][:5]
    assert sorted(map(str, heard[:5])) == sorted(f"00-{span.trace_id.hex()}-{span.span_id.hex()}-01" for span in spans)
    assert heard[5:] == [None, "mine"]


@pytest.mark.parametrize("is_async", [True, False])
async def test_spans_of_an_agent_in_this_process_join_the_trace(good: Collector, monkeypatch: pytest.MonkeyPatch, is_async: bool) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", good.url)
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = trace.get_tracer("agent", tracer_provider=provider)

    def sync_agent(text: str) -> str:
        with tracer.start_as_current_span(text):
            return text

    async def async_agent(text: str) -> str:
        await asyncio.sleep(0)
        return sync_agent(text)

    await goldfinch.evaluate_async(CASES[:30], async_agent if is_async else sync_agent, ["exact"], enable_tracing=True, concurrency=8)
    ours = {span.attributes["goldfinch.case.id"]: span for span in good.spans() if span.name.startswith("invoke_agent ")}
    theirs = kept.get_finished_spans()
    assert len(theirs) == 30
    for span in theirs:
        parent = ours[f"c{span.name[1:]}"]
        assert span.parent is not None
        assert span.context is not None
        assert span.parent.span_id.to_bytes(8, "big") == parent.span_id
        assert span.context.trace_id.to_bytes(16, "big") == parent.trace_id


def closed_port() -> str:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


async def lost(url: str, spans: int = 3, *, close_within_s: float = 0.3) -> str:
    """What is said of a run of `spans` spans that is traced to `url`."""
    tracer = OtlpTracer(
        [Target(f"{url}/v1/traces", "c", timeout_s=30)], agent=TracedAgent(), resource={}, redact=Redactor(), close_within_s=close_within_s
    )
    tracer.begin_run(sample_manifest())
    for number in range(spans - 1):
        tracer.begin_answer(goldfinch.Case(str(number), ""), 0, None)
    return "; ".join(map(str, await tracer.end_run(sample_manifest(), None)))


def saying(*answers: Answer) -> Callable[[int], Answer]:
    return lambda number: answers[min(number, len(answers) - 1)]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(401), "3 of 3 spans did not reach c: it answered 401"),
        (Answer(500), "3 of 3 spans did not reach c: it answered 500"),
        (Answer(429, {"Retry-After": "3600"}), "3 of 3 spans did not reach c: it answered 429"),
        (Answer(503, {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}), "3 of 3 spans did not reach c: it answered 503"),
        (Answer(302, {"Location": "http://169.254.169.254/"}), "3 of 3 spans did not reach c: it answered 302"),
        (Answer(hang=True), "3 of 3 spans did not reach c: it did not answer in time"),
        (Answer(200, {}, b"\x0a\x02\x08\x02"), "2 of 3 spans did not reach c: it rejected them"),
    ],
)
async def test_a_collector_that_does_not_take_spans_is_named_with_its_reason(answer: Answer, said: str) -> None:
    with collector(lambda number: answer) as running:
        assert await lost(running.url) == f"{said}; the run itself is not affected"


@pytest.mark.parametrize(
    "answer",
    [Answer(200, {}, b"\xff" * 200), Answer(200, {}, b"x" * 1_000_000), Answer(200, {"Retry-After": "nan"}), Answer(202), Answer(204)],
)
async def test_a_collector_that_took_the_spans_may_say_what_it_likes(answer: Answer) -> None:
    with collector(lambda number: answer) as running:
        assert await lost(running.url) == ""


async def test_a_busy_collector_is_asked_again() -> None:
    with collector(saying(Answer(503, {"Retry-After": "0"}), Answer(429, {"Retry-After": "0"}), Answer())) as running:
        assert await lost(running.url) == ""
        assert len(running.requests) == 3


async def test_nobody_there() -> None:
    assert await lost(closed_port()) == "3 of 3 spans did not reach c: connection refused; the run itself is not affected"


async def test_something_else_there() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        await writer.drain()
        await reader.read(1 << 20)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        said = await lost(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert "it does not speak HTTP" in said


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:169.254.169.254]", "2852039166", "0xa9fea9fe"])
async def test_metadata_addresses_are_not_called(host: str) -> None:
    assert "refused: 169.254.169.254 is" in (await lost(f"http://{host}")).replace("::ffff:", "")


def test_a_connection_that_the_collector_closed_is_opened_again(good: Collector) -> None:
    poster = OtlpPoster(Target(f"{good.url}/v1/traces", "c"))
    assert poster.post(b"", None).status == 200
    assert poster._connection is not None
    poster._connection.sock.shutdown(socket.SHUT_RDWR)
    assert poster.post(b"", None).status == 200
    poster.close()


def goldfinch_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "PYTHONPATH")}
    command = [sys.executable, "-m", "goldfinch", *arguments]
    return subprocess.run(command, env=kept | environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("is_there", [True, False])
def test_the_command_ends_alike_with_and_without_a_collector_and_shows_no_key(good: Collector, tmp_path: Path, is_there: bool) -> None:
    Path("golden.jsonl").write_text(
        "".join(json.dumps({"id": f"c{n}", "input": "x", "expected": {"answer": "x"}}) + "\n" for n in range(5))
    )
    Path("agent.py").write_text("def answer(text):\n    return text\n")
    url = good.url if is_there else closed_port()
    done = goldfinch_command(
        "evaluate",
        *("--dataset", "golden.jsonl", "--agent", "agent:answer", "--output-dir", "run", "--enable-tracing", "--trace-content"),
        OTEL_EXPORTER_OTLP_ENDPOINT=url,
        OTEL_EXPORTER_OTLP_HEADERS=f"authorization=Bearer%20{SECRETS[0]},x-custom={SECRETS[1]}",
        LANGSMITH_API_KEY=SECRETS[2],
        LANGSMITH_ENDPOINT=f"{url}/",
        LANGSMITH_PROJECT="p",
    )
    assert done.returncode == 0
    assert f"tracing to {url}/v1/traces and LangSmith, project p (trace " in done.stderr
    assert done.stderr.count("E2045: 6 of 6 spans did not reach") == (0 if is_there else 2)
    assert len(good.spans()) == (12 if is_there else 0)
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    sent = b"".join(request.SerializeToString() for request in good.requests)
    shown = done.stdout + done.stderr
    assert [secret for secret in SECRETS if secret in shown or secret.encode() in written + sent] == []


def test_the_end_of_the_process_is_not_held_up_by_a_hanging_collector(tmp_path: Path) -> None:
    Path("golden.jsonl").write_text('{"id": "c", "input": "x", "expected": {"answer": "x"}}\n')
    Path("agent.py").write_text("def answer(text):\n    return text\n")
    with collector(lambda number: Answer(hang=True)) as running:
        done = goldfinch_command(
            *("evaluate", "--dataset", "golden.jsonl", "--agent", "agent:answer", "--output-dir", "run", "--enable-tracing"),
            OTEL_EXPORTER_OTLP_ENDPOINT=running.url,
        )
    assert done.returncode == 0
    assert "2 of 2 spans did not reach" in done.stderr
    assert "it did not answer in time" in done.stderr
