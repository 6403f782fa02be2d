"""The receiver of spans as routes of the server, and by itself beside a rollout that is driven in the foreground."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastapi import APIRouter
from starlette.applications import Starlette
from starlette.routing import Route

from goldfinch.bootstrap.access_tokens import access_tokens
from goldfinch.bootstrap.ingest import DECODERS
from goldfinch.bootstrap.serving import Engine
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.serving import codes
from goldfinch.core.serving.access import AccessTokens, Role, bearer_token
from goldfinch.core.serving.doors import answered_hosts, is_loopback
from goldfinch.web.doors import Doors
from goldfinch.web.otlp import OtlpReceiver, Receive, Scope, Send, otlp_routes
from goldfinch.web.problems import Refused, problem
from goldfinch.web.server import server_of


class SendersOnly:
    """The receiver behind the sender's token."""

    def __init__(self, receiver: OtlpReceiver, tokens: AccessTokens) -> None:
        self._receiver, self._tokens = receiver, tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        written = next((value for name, value in scope["headers"] if name.lower() == b"authorization"), b"")
        if self._tokens.role_of(bearer_token(written.decode("latin-1"))) is Role.SENDER:
            await self._receiver(scope, receive, send)
            return
        hint = "send `Authorization: Bearer TOKEN` with the sender's token"
        await problem(Refused("telemetry needs the sender's token", code=codes.NO_ACCESS, hint=hint))(scope, receive, send)


def receiver_of(engine: Engine) -> OtlpReceiver:
    """Of all rollouts that the process drives."""
    return OtlpReceiver(engine.live.intake(), DECODERS, tell=engine.live.tell)


def router_of(receiver: OtlpReceiver, tokens: AccessTokens | None) -> APIRouter:
    """`tokens`: who sends needs the sender's, because others than this machine reach the server."""
    router = APIRouter()
    app = receiver if tokens is None else SendersOnly(receiver, tokens)
    router.routes.extend(Route(route.path, app, include_in_schema=False) for route in otlp_routes(receiver))
    return router


def guarded(receiver: OtlpReceiver, loaded: LoadedSettings, host: str, log: Callable[[str], None]) -> Starlette:
    """The receiver by itself behind the same doors as in `goldfinch serve`: known names only, and a token where others than this machine
    reach it, because spans are evidence."""
    app = Starlette(routes=router_of(receiver, None if is_loopback(host) else access_tokens(loaded.folder)).routes)
    app.add_middleware(Doors, hosts=answered_hosts(host, loaded.settings.serve.hosts), log=log)
    return app


@contextmanager
def receiving(loaded: LoadedSettings, engine: Engine) -> Iterator[None]:
    """On `serve.listen`, in a thread of its own; where that is taken, it is said and the rollout goes on: what is not scored holds it."""
    from goldfinch.web.serving import address_of, listening

    host, port = address_of(loaded.settings.serve.listen)
    try:
        listener = listening(host, port)
    except GoldfinchError as error:
        engine.log.write("otlp.not_received", {"why": str(error)})
        yield
        return
    app = guarded(receiver_of(engine), loaded, host, lambda line: engine.log.write("serve.request", {"line": line}))
    server = server_of(app, host=host, port=listener.getsockname()[1])
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="goldfinch-otlp-server", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
