"""One process that serves until it is told to stop, and then ends well.

SIGTERM or SIGINT: readiness says 503, running tasks and streams are finished, then exit code 0. A second one ends at once.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI

from src.api.service import Service

SWITCH_INTERVAL_S = 0.001
"""How long the agent's thread may compute while the server waits for its turn (Python's default is 5 ms)."""
CLOSE_WITHIN_S = 5
"""How long the last bytes of finished answers may take to be read by their clients."""


class DrainingServer(uvicorn.Server):
    """Uvicorn stops listening at the first signal; this one keeps answering, health checks above all, until the work is done."""

    def __init__(self, config: uvicorn.Config, service: Service, parent: int | None = None) -> None:
        super().__init__(config)
        self._service = service
        self._parent = parent

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))  # blocked while a worker started

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._service.is_draining:
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
        self._service.drain()

    async def on_tick(self, counter: int) -> bool:
        if self._parent is not None and os.getppid() != self._parent:
            self._service.drain()  # a worker does not outlive the process that looks after it
        return await super().on_tick(counter) or self._service.is_drained()


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def serve(app: FastAPI, listening: socket.socket, parent: int | None = None) -> None:
    """Serve until a signal ends it, or `parent`, the process whose worker this is, is gone."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    service: Service = app.state.service
    service.logs.take_standard_logging()
    host, port = listening.getsockname()[:2]
    service.logs.info("listening", url=f"http://{f'[{host}]' if ':' in host else host}:{port}")
    server_of(app, parent).run([listening])
    service.logs.info("stopped")


def server_of(app: FastAPI, parent: int | None = None) -> DrainingServer:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=CLOSE_WITHIN_S,
    )
    return DrainingServer(config, app.state.service, parent)
