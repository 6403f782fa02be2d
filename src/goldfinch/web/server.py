"""uvicorn with limits: what it does by itself for requests that are complete, this does for those that never will be."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from goldfinch.web.doors import MOST_HEADER_BYTES

HEAD_WITHIN_S: Final = 10.0
MOST_CONNECTIONS: Final = 512
_STOP_WITHIN_S: Final = 2


class ImpatientProtocol(H11Protocol):
    """Closes a connection whose next request has no complete head in time, the first one and every later one: uvicorn waits for it for
    ever, and a slow client costs nothing but patience (Slowloris)."""

    head_within_s = HEAD_WITHIN_S
    _patience: asyncio.TimerHandle | None = None
    _last: object = None
    """The request before the one whose head is waited for; None: there was none."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Bytes between two requests begin the next one, or are the rest of a body that nobody reads."""
        if self._last is not self.cycle and self.cycle.response_complete:
            self._wait_for_head()
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._patience is not None:
            self._patience.cancel()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._last = self.cycle
        self._patience = self.loop.call_later(self.head_within_s, self._lose_patience)

    def _lose_patience(self) -> None:
        """Another request than the last one means that a head was completed."""
        if self.cycle is self._last and not self.transport.is_closing():
            self.transport.abort()


def server_of(app: Starlette, *, host: str, port: int, **more: Any) -> uvicorn.Server:
    """Not started. HTTP/1.1 alone, no log of its own, no proxy's headers believed; open streams end two seconds after a stop."""
    settings: dict[str, Any] = {
        "http": ImpatientProtocol,
        "ws": "none",
        "lifespan": "off",
        "log_config": None,
        "log_level": "critical",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "h11_max_incomplete_event_size": MOST_HEADER_BYTES,
        "limit_concurrency": MOST_CONNECTIONS,
        "timeout_keep_alive": 15,
        "timeout_graceful_shutdown": _STOP_WITHIN_S,
        **more,
    }
    return uvicorn.Server(uvicorn.Config(app, host=host, port=port, **settings))
