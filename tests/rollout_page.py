"""The server with sample rollouts behind it: in this process without a socket, or on a port of loopback."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from goldfinch.adapters.system import SystemClock
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.serving.access import AccessTokens
from goldfinch.core.serving.doors import answered_hosts
from goldfinch.operations.ask_rollout import Asked
from goldfinch.web.app import make_app
from goldfinch.web.server import server_of
from goldfinch.web.tools import WebTools
from tools.sample_rollouts import Samples, samples

TOKENS = AccessTokens(viewer="viewer-token-of-the-tests", releaser="releaser-token-of-the-tests", sender="sender-token-of-the-tests")
BAKING = "ro_20261124T140200Z_5be1c0aa"


@dataclass
class Desk:
    """What was asked for; each request once."""

    samples: Samples = field(default_factory=samples)
    asked: list[Asked] = field(default_factory=list)
    started: list[Any] = field(default_factory=list)
    refuse: Callable[[Asked], None] = lambda asked: None
    overview: Callable[[str], RolloutOverview] | None = None
    """In place of the store's."""
    lines: list[str] = field(default_factory=list)

    def ask(self, asked: Asked) -> Rollout:
        rollout = self.samples.store.get(asked.rollout_id)
        self.refuse(asked)
        self.asked.append(asked)
        return rollout

    def overview_of(self, rollout_id: str) -> RolloutOverview:
        return self.samples.overview(rollout_id)

    def start(self, document: Any) -> Rollout:
        self.started.append(document)
        return self.samples.store.get(BAKING)

    def tools(self, **more: Any) -> WebTools:
        given: dict[str, Any] = {
            "store": self.samples.store, "clock": SystemClock(), "overview": self.overview or self.overview_of,
            "ask": self.ask, "start": self.start,
            "tokens": TOKENS, "hosts": answered_hosts("127.0.0.1"), "log": self.lines.append, "events_every_s": 0.05,
        }  # fmt: skip
        return WebTools(**(given | more))


@contextlib.contextmanager
def served(tools: WebTools, reuse: int = 0, **settings: Any) -> Iterator[int]:
    """The port of a real server in a thread; `reuse` one that was free a moment ago."""
    server = server_of(make_app(tools), host="127.0.0.1", port=reuse, **settings)
    ready = threading.Event()

    async def serve() -> None:
        task = asyncio.create_task(server.serve())
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        ready.set()
        await task

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
