"""The fake and the real probe target, the real one against a server on loopback."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from goldfinch.adapters.agents.probe_target import HttpProbeTarget
from goldfinch.adapters.pricing import PriceList
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable
from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.redaction import Redactor
from goldfinch.ports.probe_target import ProbeTarget
from goldfinch.settings import HttpAgent
from goldfinch.testing.probe_target import ScriptedProbeTarget
from goldfinch.testing.probe_target_contract import ProbeTargetContract

BODY = {"question": "{{ input }}", "context": "{{ context }}"}


class Service:
    """Says each question again, and keeps what it was sent."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []
        self.bodies: list[Any] = []
        self.ready = True
        self.port = 0

    async def ask(self, request: web.Request) -> web.Response:
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        body = await request.json()
        self.bodies.append(body)
        fails = body["question"] == "please fail"
        answer = {"answer": body["question"]}
        return web.json_response(answer, status=500 if fails else 200, headers={"x-goldfinch-release": "rel-1"})

    async def health(self, request: web.Request) -> web.Response:
        return web.Response(status=200 if self.ready else 503, text=f"key sk-abcdefgh12345678 at {request.path}")


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_post("/ask", service.ask)
    app.router.add_get("/health/ready", service.health)
    runner = web.AppRunner(app)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    service.port = listening.getsockname()[1]
    await web.SockSite(runner, listening).start()
    yield service
    await runner.cleanup()


def target_at(port: int, **headers: str) -> HttpProbeTarget:
    agent = HttpAgent(url=f"http://127.0.0.1:{port}/ask", body=BODY, text_path="answer", headers={"X-Session-Id": "of the settings"})
    return HttpProbeTarget(
        agent,
        release_headers=("x-goldfinch-release",),
        prices=PriceList(),
        environment={},
        redact=Redactor(),
        headers=headers,
    )


class TestScripted(ProbeTargetContract):
    def make_target(self) -> ProbeTarget:
        failed = Failure(FailureKind.SERVER_ERROR, "the service answered 500", 500)
        return ScriptedProbeTarget(lambda said: failed if said[-1] == "please fail" else str(said[-1]))


class TestHttp(ProbeTargetContract):
    @pytest.fixture(autouse=True)
    def _server(self, service: Service) -> None:
        self._service = service

    def make_target(self) -> ProbeTarget:
        return target_at(self._service.port)


async def test_every_turn_carries_its_session_and_the_tokens(service: Service) -> None:
    async with target_at(service.port, **{"x-goldfinch-probe": "token", "x-goldfinch-arm": "arm"}) as target:
        for words in ("one", "two"):
            await target.say(Case("golden-7", words, context={"account": "a"}), session="probe-1")
    assert [headers["x-session-id"] for headers in service.headers] == ["probe-1", "probe-1"]
    assert {(headers["x-goldfinch-probe"], headers["x-goldfinch-arm"]) for headers in service.headers} == {("token", "arm")}
    assert service.bodies[1] == {"question": "two", "context": {"account": "a"}}


async def test_an_unready_service_says_why_without_its_secrets(service: Service) -> None:
    service.ready = False
    async with target_at(service.port) as target:
        failure = await target.healthy("/health/ready")
    assert failure is not None
    assert failure.status == 503
    assert failure.message == "/health/ready answered 503: key [redacted] at /health/ready"


async def test_a_service_that_does_not_listen_is_no_failure_of_the_agent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with target_at(port) as target:
        said = await target.say(Case("case", "hello"), session="probe-1")
        unhealthy = await target.healthy("/health/ready")
    assert said.output.failure is not None
    assert said.output.failure.kind is FailureKind.NETWORK
    assert said.release is None
    assert unhealthy is not None
    assert unhealthy.kind is FailureKind.NETWORK


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:169.254.169.254]", "2852039166", "0xa9fea9fe"])
def test_metadata_addresses_are_refused_however_they_are_spelt(host: str) -> None:
    agent = HttpAgent(url=f"http://{host}/ask", allow_private=True)
    with pytest.raises(AgentUnusable, match="refused"):
        HttpProbeTarget(agent, release_headers=(), prices=PriceList(), environment={}, redact=Redactor())
