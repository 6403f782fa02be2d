"""The receiver of spans as routes of the server, and by itself beside a rollout that is driven in the foreground."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import APIRouter, Request
from starlette.applications import Starlette
from starlette.routing import Route

from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.access_tokens import access_tokens
from goldfinch.bootstrap.ingest import DECODERS
from goldfinch.bootstrap.serving import Engine
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.serving.access import AccessTokens, Role
from goldfinch.core.serving.doors import answered_hosts, is_loopback
from goldfinch.web.doors import Doors
from goldfinch.web.otlp import OtlpReceiver, Receive, Scope, Send, otlp_routes
from goldfinch.web.server import server_of
from goldfinch.web.signing_in import SignIn


class SendersOnly:
    """The receiver behind the sender's token. Raises `Refused` for the doors to answer."""

    def __init__(self, receiver: OtlpReceiver, tokens: AccessTokens) -> None:
        self._receiver = receiver
        self._allowed = SignIn(tokens, SystemClock().monotonic_s).needs(Role.SENDER)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._allowed(Request(scope))
        await self._receiver(scope, receive, send)


def receiver_of(engine: Engine) -> OtlpReceiver:
    """Of all rollouts that the process drives."""
    return OtlpReceiver(engine.live.intake(), DECODERS, tell=engine.live.tell)


def router_of(receiver: OtlpReceiver, tokens: AccessTokens | None) -> APIRouter:
    """`tokens`: who sends needs the sender's, because others than this machine reach the server."""
    router = APIRouter()
    app = receiver if tokens is None else SendersOnly(receiver, tokens)
    router.routes.extend(Route(route.path, app, include_in_schema=False) for route in otlp_routes(receiver))
    return router


@contextmanager
def receiving(loaded: LoadedSettings, engine: Engine) -> Iterator[None]:
    """On `serve.listen`, in a thread of its own, behind the same doors and tokens as the server's.

    Where that cannot be, as when the address is taken, it is said and the rollout goes on: what is not scored holds it.
    """
    from goldfinch.web.serving import address_of, listening

    host, port = address_of(loaded.settings.serve.listen)
    try:
        tokens = None if is_loopback(host) else access_tokens(loaded.folder)
        listener = listening(host, port)
    except GoldfinchError as error:
        engine.log.write("otlp.not_received", {"why": str(error)})
        yield
        return
    app = Starlette(routes=router_of(receiver_of(engine), tokens).routes)
    hosts = answered_hosts(host, loaded.settings.serve.hosts)
    app.add_middleware(Doors, hosts=hosts, log=lambda line: engine.log.write("otlp.request", {"line": line}))
    server = server_of(app, host=host, port=listener.getsockname()[1])
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="goldfinch-otlp-server", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
