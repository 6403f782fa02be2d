"""Generated traffic against a small server on loopback that keeps sessions as the proxy does."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from goldfinch.core.errors import UsageError
from goldfinch.core.probes.traffic import TrafficPlan
from goldfinch.testing.session_traffic import main, scripts_of, session_traffic

PLAN = TrafficPlan(400.0, 0.1, burst=40)
"""40 sessions at once."""
CASES = [
    {"input": [{"role": "user", "content": word} for word in ("one", "two", "three")], "context": {"account": "a"}},
    {"input": "alone"},
]


class Proxy:
    """Gives each new session an id and an arm, and knows them again by header or by cookie."""

    def __init__(self) -> None:
        self.seen: dict[str, list[Any]] = {}
        self.port = 0
        self.fails_at = 0
        self.cuts_at = 0
        self.requests = 0

    async def ask(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        given = request.headers.get("x-session-id") or request.cookies.get("goldfinch-session")
        session = given or f"s{len(self.seen)}"
        self.seen.setdefault(session, []).append(await request.json())
        release = f"rel-{int(session[1:]) % 2}"
        if self.requests == self.fails_at:
            return web.Response(status=500, headers={"x-goldfinch-release": release})
        response = web.StreamResponse(headers={"x-session-id": session, "x-goldfinch-release": release, "Content-Length": "5"})
        response.set_cookie("goldfinch-session", session)
        await response.prepare(request)
        if self.requests == self.cuts_at:
            await response.write(b"he")
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(b"hello")
        return response


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    proxy = Proxy()
    app = web.Application()
    app.router.add_post("/ask", proxy.ask)
    runner = web.AppRunner(app)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    proxy.port = listening.getsockname()[1]
    await web.SockSite(runner, listening).start()
    yield proxy
    await runner.cleanup()


def url(proxy: Proxy) -> str:
    return f"http://127.0.0.1:{proxy.port}/ask"


async def test_a_session_stays_one_by_header_and_by_cookie(proxy: Proxy) -> None:
    report = await session_traffic(url(proxy), PLAN, scripts_of(CASES, {"say": "{{ input }}", "of": "{{ context }}"}))
    assert report.sessions == len(proxy.seen) == 40
    assert len(report.turns) == proxy.requests
    assert {len(turns) for turns in proxy.seen.values()} == {1, 2, 3}
    whole = next(turns for turns in proxy.seen.values() if len(turns) == 3)
    assert whole == [{"say": word, "of": {"account": "a"}} for word in ("one", "two", "three")]
    assert (report.failed, report.truncated, report.moved()) == (0, 0, ())
    assert set(report.by_release()) == {"rel-0", "rel-1"}


async def test_clients_that_send_nothing_back_are_new_each_time(proxy: Proxy) -> None:
    report = await session_traffic(url(proxy), TrafficPlan(400.0, 0.1, burst=40, unpinned_share=1.0), scripts_of(CASES))
    assert len(proxy.seen) == len(report.turns)
    assert report.moved() == ()


async def test_a_failed_and_a_cut_answer_are_counted_apart(proxy: Proxy) -> None:
    proxy.fails_at, proxy.cuts_at = 3, 5
    report = await session_traffic(url(proxy), PLAN, scripts_of(CASES))
    assert (report.failed, report.truncated) == (2, 1)


async def test_nobody_there_is_a_failure_of_every_turn() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    report = await session_traffic(f"http://127.0.0.1:{port}/ask", PLAN, [[{}]])
    assert report.failed == len(report.turns) == 40
    assert report.truncated == 0


async def test_it_ends_when_it_is_told_to(proxy: Proxy) -> None:
    until = asyncio.Event()
    report = await session_traffic(url(proxy), TrafficPlan(10.0, 1000.0), scripts_of(CASES), until=until, seen=lambda turn: until.set())
    assert report.sessions <= 2


@pytest.mark.parametrize(
    "address",
    ["http://192.0.2.1/ask", "https://127.0.0.1/ask", "http://example.com/", "http://127.0.0.1.example.com/", "file:///etc", "http://[::1"],
)
async def test_other_machines_are_refused(address: str) -> None:
    with pytest.raises(UsageError, match="no http:// address of this machine"):
        await session_traffic(address, PLAN, [[{}]])


async def test_traffic_without_words_or_bounds_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing to say"):
        await session_traffic("http://127.0.0.1:1/", PLAN, [])
    with pytest.raises(UsageError, match="sessions are more than"):
        await session_traffic("http://127.0.0.1:1/", TrafficPlan(400.0, 1000.0), [[{}]])


def test_wrong_arguments_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases, good = tmp_path / "cases.jsonl", tmp_path / "good.jsonl"
    cases.write_text(json.dumps(CASES[0]) + "\n{}\n")
    good.write_text(json.dumps(CASES[0]) + "\n")
    for arguments, words in (
        (["--url", "http://127.0.0.1:1/", "--cases", str(cases)], f"error E3507: {cases}:2: no case with an input"),
        (["--url", "http://127.0.0.1:1/", "--cases", str(tmp_path / "none.jsonl")], "cannot be read"),
        (["--url", "http://127.0.0.1:1/", "--cases", str(good), "--body", "{"], "--body: no JSON template"),
    ):
        assert main(arguments) == 2
        told = capsys.readouterr().err
        assert words in told
        assert told.count("\n") == 1
