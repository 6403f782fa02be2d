"""`goldfinch serve`: the page and its API over everything that `bootstrap/serving.py` runs, until a signal ends it."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI

from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.access_tokens import access_tokens, page_address
from goldfinch.bootstrap.local_desk import LocalDesk, local_desk
from goldfinch.bootstrap.serving import Engine
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.core.rollout.asked import read_asked
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.serving.access import AccessTokens
from goldfinch.core.serving.doors import answered_hosts, is_loopback
from goldfinch.core.serving.failures import AddressInUse
from goldfinch.operations.ask_rollout import Asked, ask_rollout
from goldfinch.web.app import make_app
from goldfinch.web.receiving import receiver_of, router_of
from goldfinch.web.server import server_of
from goldfinch.web.tools import WebTools


def serve(config: Path | None, say: Callable[[str], None]) -> None:
    """Until SIGTERM or SIGINT; leases are given up then, and the traffic stays. `say` gets what a person reads at the start.

    Raises `AddressInUse` (E3631), `TokensUnusable` (E3660), and what the store and the settings raise.
    """
    loaded = load_settings(config)
    host, port = address_of(loaded.settings.serve.listen)
    tokens = access_tokens(loaded.folder)
    with listening(host, port) as listener, Engine(loaded, sys.stderr).serving() as engine:
        app = app_of(loaded, engine, tokens, host)
        bound = listener.getsockname()[1]
        say(f"page: {page_address(host, bound, tokens.releaser)}")
        say(f"API and OTLP: http://{host}:{bound}/v1/; tokens of the three roles: {loaded.folder / '.goldfinch' / 'serve-tokens.json'}")
        server_of(app, host=host, port=bound).run(sockets=[listener])


def app_of(loaded: LoadedSettings, engine: Engine, tokens: AccessTokens, host: str) -> FastAPI:
    """The routes over an engine that runs."""
    desk = local_desk(loaded, engine.store, engine.show, requires_name=True)
    return make_app(
        WebTools(
            store=engine.store.rollouts,
            clock=SystemClock(),
            overview=desk.overview,
            ask=lambda asked: _ask(asked, desk),
            start=lambda document: desk.start(read_asked(document)),
            tokens=tokens,
            hosts=answered_hosts(host, loaded.settings.serve.hosts),
            again=lambda rollout, by, reason, force: desk.start_again(rollout, by=by, reason=reason, force=force),
            otlp=(router_of(receiver_of(engine), None if is_loopback(host) else tokens),),
            log=lambda line: engine.log.write("serve.request", {"line": line}),
        )
    )


def _ask(asked: Asked, desk: LocalDesk) -> Rollout:
    return ask_rollout(asked, desk.store.rollouts, desk.store.releases, desk.clock)


def address_of(listen: str) -> tuple[str, int]:
    """Host and port of `serve.listen`. Raises `AddressInUse`."""
    host, _, port = listen.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise AddressInUse(f"{listen[:80]!r} is no HOST:PORT", where="serve.listen", hint="such as 127.0.0.1:4318")
    return host.strip("[]") or "127.0.0.1", int(port)


def listening(host: str, port: int) -> socket.socket:
    """Taken before anything else begins: two servers on one address would both drive rollouts. Raises `AddressInUse`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        what = f"cannot listen on {host}:{port}: {error.strerror or error}"
        raise AddressInUse(what, where="serve.listen", hint="stop the other one, or choose another address") from error
    return listener
