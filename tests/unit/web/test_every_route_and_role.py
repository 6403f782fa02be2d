"""Every route with every role: who may not, is told so before anything is read or done (T16)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route

from goldfinch.bootstrap.ingest import DECODERS
from goldfinch.web.app import make_app
from goldfinch.web.otlp import OtlpReceiver
from goldfinch.web.receiving import router_of
from tests.asgi_client import ask
from tests.received_spans import World
from tests.rollout_page import BAKING, TOKENS, Desk

PUBLIC = {
    ("GET", "/"), ("GET", "/assets/rollout.css"), ("GET", "/assets/rollout.js"), ("GET", "/assets/screen.js"), ("GET", "/assets/words.js"),
    ("GET", "/assets/drawing.js"), ("GET", "/assets/goldfinch.svg"), ("GET", "/healthz"), ("GET", "/readyz"),
}  # fmt: skip
ALWAYS_ANSWERED = {("GET", "/v1/verdict")}
"""With `inconclusive` for whoever may not read."""
VIEWER = {
    ("GET", "/v1/rollouts"), ("GET", "/v1/rollouts/{rollout_id}"), ("GET", "/v1/rollouts/{rollout_id}/history"),
    ("GET", "/v1/rollouts/{rollout_id}/events"), ("GET", "/metrics"), ("GET", "/v1/me"),
}  # fmt: skip
RELEASER = {("POST", "/v1/rollouts"), ("POST", "/v1/rollouts/{rollout_id}/again"), ("POST", "/v1/rollouts/{rollout_id}/{verb}")}
SENDER = {("POST", "/v1/traces"), ("POST", "/v1/logs"), ("POST", "/v1/metrics")}
ALL = sorted(PUBLIC | ALWAYS_ANSWERED | VIEWER | RELEASER | SENDER)
TOKEN = {"viewer": TOKENS.viewer, "releaser": TOKENS.releaser, "sender": TOKENS.sender}
SENT = {"nobody": {}, "wrong": {"authorization": "Bearer wrong"}} | {
    role: {"authorization": f"Bearer {token}"} for role, token in TOKEN.items()
}


def the_app(desk: Desk, *, otlp_needs_token: bool = True) -> FastAPI:
    world = World()
    receiver = OtlpReceiver(world.intake, DECODERS, tell=world.tell)
    otlp = router_of(receiver, TOKENS if otlp_needs_token else None)
    return make_app(desk.tools(otlp=[otlp], again=lambda *given: desk.start(given)))


@pytest.fixture(scope="module")
def one() -> tuple[Desk, FastAPI]:
    desk = Desk()
    return desk, the_app(desk)


def routes(of: Any) -> Iterator[tuple[str, str]]:
    """Also those of routers inside of routers."""
    for route in of.routes:
        if isinstance(route, APIRoute):
            yield from ((method, route.path) for method in route.methods or ())
        elif isinstance(route, Route):  # an application of its own, as the receiver is
            yield "POST", route.path
        elif (inner := getattr(route, "original_router", None) or getattr(route, "router", None)) is not None:
            yield from routes(inner)


def test_no_route_is_missing_here() -> None:
    """A new route is in none of the sets, so nobody forgets to say who may use it."""
    assert sorted(routes(the_app(Desk()))) == ALL


def allowed(method: str, path: str, role: str) -> bool:
    place = (method, path)
    if place in PUBLIC or place in ALWAYS_ANSWERED:
        return True
    return place in ({"viewer": VIEWER, "releaser": VIEWER | RELEASER, "sender": SENDER}.get(role) or set())


@pytest.mark.parametrize("role", ["nobody", "wrong", "viewer", "releaser", "sender"])
@pytest.mark.parametrize(("method", "path"), [place for place in ALL if not place[1].endswith("/events")])
async def test_who_may_what(method: str, path: str, role: str, one: tuple[Desk, FastAPI]) -> None:
    desk, app = one
    desk.asked.clear()
    desk.started.clear()
    where = path.replace("{rollout_id}", BAKING).replace("{verb}", "pause")
    document = {"by": "ada", "reason": "why"} if method == "POST" else None
    answer = await ask(app, method, where, headers=SENT[role], document=document, client=f"10.0.0.{len(path)}")
    if allowed(method, path, role):
        assert answer.status < 300, answer.text
    else:
        assert answer.status == (403 if role in TOKEN else 401)
        assert answer.headers["content-type"] == "application/problem+json"
        assert not desk.asked
        assert not desk.started
        assert BAKING not in answer.text


@pytest.mark.parametrize("role", ["nobody", "wrong", "sender"])
async def test_the_stream_too(role: str) -> None:
    answer = await ask(the_app(Desk()), "GET", f"/v1/rollouts/{BAKING}/events", headers=SENT[role])
    assert answer.status == (403 if role in TOKEN else 401)


@pytest.mark.parametrize("role", ["nobody", "wrong", "sender"])
async def test_a_verdict_says_nothing_to_who_may_not_read(role: str) -> None:
    answer = await ask(the_app(Desk()), "GET", f"/v1/verdict?rollout={BAKING}", headers=SENT[role])
    assert answer.status == 200
    assert answer.json["verdict"] == "inconclusive"
    assert BAKING not in answer.text


async def test_on_this_machine_telemetry_needs_no_token() -> None:
    assert (await ask(the_app(Desk(), otlp_needs_token=False), "POST", "/v1/traces", document={})).status == 200


async def test_a_token_in_the_address_or_a_cookie_is_none() -> None:
    for path, headers in ((f"/v1/rollouts?token={TOKENS.viewer}", {}), ("/v1/rollouts", {"cookie": f"token={TOKENS.viewer}"})):
        assert (await ask(the_app(Desk()), "GET", path, headers=headers)).status == 401
