"""The HTTP agent against a real server on loopback."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from goldfinch.adapters.agents.http import HttpEndpointAgent
from goldfinch.adapters.agents.http_client import HttpClient, PinnedResolver
from goldfinch.adapters.pricing import PriceList
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable, ConfigurationError
from goldfinch.core.output import FailureKind, Output, Usage
from goldfinch.core.redaction import Redactor
from goldfinch.ports.agent import AnswerFailed
from goldfinch.settings import HttpAgent

Handler = Callable[[web.Request], Any]
ENVIRONMENT = {"TOKEN": "tok-canary-99"}


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def agent_at(url: str, **settings: Any) -> HttpEndpointAgent:
    return HttpEndpointAgent(HttpAgent(url=url, **settings), prices=PriceList(), environment=ENVIRONMENT)


async def ask(handler: Handler, value: Any = "why?", path: str = "/ask", **settings: Any) -> Output:
    async with serving(handler) as base, agent_at(base + path, **settings) as agent:
        return await agent.answer(Case("case-1", value, context={"k": 1}), trial=2, seed=7)


async def failure(handler: Handler, **settings: Any) -> AnswerFailed:
    with pytest.raises(AnswerFailed) as caught:
        await ask(handler, **settings)
    return caught.value


def replying(value: Any = None, **response: Any) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(**response) if response else web.json_response(value)

    return handler


async def test_fills_url_headers_and_body_with_typed_values() -> None:
    seen: dict[str, Any] = {}

    async def handler(request: web.Request) -> web.Response:
        seen.update(
            path=request.raw_path, header=request.headers["X-Case"], key=request.headers["Authorization"], body=await request.json()
        )
        return web.Response(text="plain answer")

    output = await ask(
        handler,
        {"q": "a/b&c", "n": 3},
        path="/ask/{{ case_id }}?q={{ input.q }}",
        headers={"X-Case": "{{ case_id }}/{{ trial }}", "Authorization": "Bearer ${TOKEN}"},
        body={"typed": "{{ input }}", "text": "n is {{ input.n }}", "context": "{{ context }}", "seed": "{{ seed }}"},
    )
    assert output.text == "plain answer"
    assert seen["path"] == "/ask/case-1?q=a%2Fb%26c"
    assert (seen["header"], seen["key"]) == ("case-1/2", "Bearer tok-canary-99")
    assert seen["body"] == {"typed": {"q": "a/b&c", "n": 3}, "text": "n is 3", "context": {"k": 1}, "seed": 7}


async def test_takes_answer_data_trajectory_usage_cost_and_model_by_path() -> None:
    reply = {
        "out": {"text": "hi", "data": [1]},
        "log": [{"role": "assistant", "tool_calls": [{"name": "f", "arguments": {}}]}, {"role": "tool", "content": "r"}],
        "use": {"in": 5, "out": 6},
        "usd": 0.25,
        "model": "m",
    }
    output = await ask(
        replying(reply),
        text_path="out.text",
        data_path="out.data",
        messages_path="log",
        input_tokens_path="use.in",
        output_tokens_path="use.out",
        cost_path="usd",
        model_path="model",
    )
    assert (output.text, output.data, output.usage, output.cost_usd, output.model) == ("hi", [1], Usage(5, 6), 0.25, "m")
    assert [(call.name, call.result) for call in output.tool_calls()] == [("f", "r")]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, FailureKind.SERVER_ERROR),
        (503, FailureKind.SERVER_ERROR),
        (429, FailureKind.RATE_LIMITED),
        (400, FailureKind.EXCEPTION),
        (422, FailureKind.EXCEPTION),
    ],
)
async def test_statuses_have_their_kinds(status: int, kind: FailureKind) -> None:
    error = await failure(replying(status=status, text="no\nwhy", headers={"Retry-After": "3"}))
    assert (error.failure.kind, error.failure.status, error.retry_after_s) == (kind, status, 3.0)
    assert error.failure.message == f"the service answered {status}: no why"


@pytest.mark.parametrize("status", [401, 403, 404, 405])
async def test_refused_credentials_and_wrong_addresses_stop_the_run(status: int) -> None:
    with pytest.raises(AgentUnusable, match=f"answered {status}"):
        await ask(replying(status=status, text="x"))


async def test_a_404_of_an_address_that_depends_on_the_case_is_that_cases_failure() -> None:
    error = await failure(replying(status=404, text="x"), path="/{{ case_id }}")
    assert error.failure.kind is FailureKind.EXCEPTION


@pytest.mark.parametrize(
    "body", ['{"text": "tru', "<html>", '{"text": NaN}', "[" * 100_000, "", '{"text": null}', '{"other": 1}', '{"text": 4}']
)
async def test_what_cannot_be_read_is_invalid_output(body: str) -> None:
    error = await failure(replying(text=body), text_path="text")
    assert error.failure.kind is FailureKind.INVALID_OUTPUT


async def test_a_reply_that_breaks_off_is_invalid_output() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"text": "half')
        assert request.transport is not None
        request.transport.close()
        return response

    assert (await failure(handler, text_path="text")).failure.kind is FailureKind.INVALID_OUTPUT


async def test_a_closed_port_is_a_network_failure() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        async with agent_at(f"http://127.0.0.1:{held.getsockname()[1]}/") as agent:
            with pytest.raises(AnswerFailed) as caught:
                await agent.answer(Case("c", "q"), trial=0, seed=None)
    assert caught.value.failure.kind is FailureKind.NETWORK


async def test_half_an_emoji_is_replaced() -> None:
    assert (await ask(replying(text='{"text": "cut \\ud83d"}'), text_path="text")).text == "cut \ufffd"


async def test_streams_and_knows_the_first_token() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in ({"d": {"t": ""}}, {"d": {"t": "hel"}}, {"d": {"t": "lo"}}, {"usage": {"in": 3, "out": 4}}):
            await response.write(f"data: {json.dumps(piece)}\r\n\r\n".encode())
        await response.write(b"data: [DONE]\n\n")
        return response

    output = await ask(handler, stream=True, text_path="d.t", input_tokens_path="usage.in", output_tokens_path="usage.out")
    assert (output.text, output.usage) == ("hello", Usage(3, 4))
    assert output.first_token_ms is not None


async def test_a_stream_without_events_is_invalid_output() -> None:
    assert (await failure(replying(text=""), stream=True)).failure.kind is FailureKind.INVALID_OUTPUT


async def test_follows_redirects_within_the_origin_only() -> None:
    async def handler(request: web.Request) -> web.Response:
        if request.path == "/ask":
            raise web.HTTPTemporaryRedirect("/ask/")
        return web.Response(text=(await request.json())["input"])

    assert (await ask(handler)).text == "why?"


@pytest.mark.parametrize("target", ["http://169.254.169.254/latest", "http://localhost:1/", "//evil.example/", "https://127.0.0.1/"])
async def test_a_redirect_elsewhere_stops_the_run(target: str) -> None:
    with pytest.raises(AgentUnusable, match="redirects"):
        await ask(replying(status=307, headers={"Location": target}))


async def test_endless_redirects_stop_the_run() -> None:
    with pytest.raises(AgentUnusable, match="more than 3 redirects"):
        await ask(replying(status=307, headers={"Location": "/ask"}))


async def test_a_reply_longer_than_the_cap_is_invalid_output_compressed_or_not() -> None:
    bomb = gzip.compress(b"x" * 10_000_000)
    for response in ({"body": bomb, "headers": {"Content-Encoding": "gzip"}}, {"body": b"y" * 200_000}):
        async with serving(replying(**response)) as base:
            client = HttpClient(name="n", allow_private=True, redact=Redactor(), max_reply_bytes=100_000)
            settings = HttpAgent(url=base)
            agent = HttpEndpointAgent(settings, prices=PriceList(), environment={}, client=client)
            async with agent:
                with pytest.raises(AnswerFailed, match="longer than 100000 bytes"):
                    await agent.answer(Case("c", "q"), trial=0, seed=None)


async def test_cookies_are_not_kept_between_cases() -> None:
    seen = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Cookie"))
        return web.Response(text="x", headers={"Set-Cookie": "session=1"})

    async with serving(handler) as base, agent_at(base) as agent:
        for _ in range(2):
            await agent.answer(Case("c", "q"), trial=0, seed=None)
    assert seen == [None, None]


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert (await ask(replying(text="direct"))).text == "direct"


class Rebinding(AbstractResolver):
    """Says another address each time it is asked."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.asked = 0

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        address = self.addresses[min(self.asked, len(self.addresses) - 1)]
        self.asked += 1
        return [ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None: ...


async def ask_by_name(resolver: AbstractResolver, base: str, *, allow_private: bool) -> str | None:
    client = HttpClient(name="n", allow_private=allow_private, redact=Redactor(), resolver=resolver)
    settings = HttpAgent(url=base.replace("127.0.0.1", "agent.test"), headers={"Connection": "close"}, allow_private=allow_private)
    async with HttpEndpointAgent(settings, prices=PriceList(), environment={}, client=client) as agent:
        for _ in range(3):
            output = await agent.answer(Case("c", "q"), trial=0, seed=None)
    return output.text


async def test_a_name_that_moves_to_another_address_keeps_the_first() -> None:
    resolver = Rebinding("127.0.0.1", "169.254.169.254")
    async with serving(replying(text="same")) as base:
        assert await ask_by_name(resolver, base, allow_private=True) == "same"
    assert resolver.asked == 1


@pytest.mark.parametrize(("address", "allow_private"), [("169.254.169.254", True), ("127.0.0.1", False)])
async def test_a_name_with_a_refused_address_stops_the_run_before_a_connection(address: str, allow_private: bool) -> None:
    async with serving(replying(text="x")) as base:
        with pytest.raises(AgentUnusable, match=r"agent\.test resolves to an address that is refused"):
            await ask_by_name(Rebinding(address), base, allow_private=allow_private)


async def test_many_calls_at_once_resolve_a_name_once() -> None:
    resolver = Rebinding("127.0.0.1")
    pinned = PinnedResolver(allow_private=True, resolver=resolver)
    found = await asyncio.gather(*(pinned.resolve("agent.test", 80 + n) for n in range(5)))
    await pinned.close()
    assert resolver.asked == 1
    assert [entry[0]["port"] for entry in found] == [80, 81, 82, 83, 84]


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",
        "http://0251.0376.0251.0376/",
        "http://0xa9fea9fe/",
        "http://169.254.169.254./",
        "http://[fd00:ec2::254]/",
        "http://①⑥⑨.254.169.254/",
    ],
)
def test_metadata_addresses_are_refused_in_every_spelling(url: str) -> None:
    with pytest.raises(AgentUnusable, match=r"metadata|link-local"):
        agent_at(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://[::1]/", "http://10.0.0.1/", "http://2130706433/"])
def test_private_addresses_are_refused_unless_allowed(url: str) -> None:
    with pytest.raises(AgentUnusable, match="private or loopback"):
        agent_at(url, allow_private=False)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "ftp://x/"}, "http:// or https://"),
        ({"url": "not a url"}, "http:// or https://"),
        ({"url": "http://h:99999/"}, "malformed"),
        ({"url": "http://user:pw@h/"}, "user or password"),
        ({"url": "http://{{ input }}/"}, "the host may not come from the case"),
        ({"url": "http://h/", "body": {"a": "{{ inptu }}"}}, "agent.body"),
        ({"url": "http://h/", "headers": {"X": "${NOT_SET_HERE}"}}, "NOT_SET_HERE is not set"),
        ({"url": "http://2130706433/"}, "write 127.0.0.1"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_anything_is_called(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        agent_at(**settings)
    assert said in str(caught.value)


def test_the_version_does_not_depend_on_the_key_but_on_the_request() -> None:
    settings = HttpAgent(url="http://h/", headers={"A": "${TOKEN}"})
    one, two = (HttpEndpointAgent(settings, prices=PriceList(), environment={"TOKEN": key}).version for key in ("first-key", "second-key"))
    assert one == two != agent_at("http://h/", body={"x": "{{ input }}"}).version
