"""The shipped stub of an OpenAI-compatible server on a thread of its own, for tests that block."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Self

from goldfinch.testing.openai_stub import Answered, OpenAIStub, last_user_text


class StubServer:
    """`with StubServer() as server:` listens at `server.base_url`; `script` may be changed meanwhile."""

    def __init__(self, script: Callable[[dict[str, Any], int], Answered | str] | None = None) -> None:
        self.script = script or (lambda request, _: last_user_text(request))
        self._stub = OpenAIStub(self._answer)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @property
    def base_url(self) -> str:
        return self._stub.base_url

    @property
    def requests(self) -> int:
        return self._stub.requests

    def _answer(self, request: dict[str, Any], number: int) -> Answered | str:
        return self.script(request, number)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with self._stub.serve():
            self._ready.set()
            await self._stop.wait()
        await asyncio.sleep(0)  # connections that were closed just now end in the next turn of the loop
