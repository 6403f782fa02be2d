"""`/v1/rollouts/{id}/events`: the overview at every change and every two seconds, as server-sent events."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from goldfinch.core.serving.access import Role
from goldfinch.web.broadcast import Broadcast, Listener, News
from goldfinch.web.rollouts import checked_id
from goldfinch.web.signing_in import SignIn
from goldfinch.web.tools import WebTools

HEARTBEAT_S: Final = 5.0
RETRY_MS: Final = 1000


def event_routes(tools: WebTools, sign_in: SignIn) -> APIRouter:
    """A stream goes on after the rollout's end: what is shown of it may still change (sessions that drain, an audit, a drill)."""
    router = APIRouter(prefix="/v1/rollouts")
    broadcast = Broadcast(
        tools.overview, tools.clock, every_s=tools.events_every_s, at_least_s=tools.events_at_least_s, most_listeners=tools.most_listeners
    )

    @router.get("/{rollout_id}/events", dependencies=[Depends(sign_in.needs(Role.VIEWER))])
    async def events(rollout_id: str, request: Request) -> Response:
        """`Last-Event-ID`: the version that is known already; it is not sent again before something changes, or two seconds are over."""
        rollout = await run_in_threadpool(tools.store.get, checked_id(rollout_id))
        known = request.headers.get("last-event-id", "")
        return EventStream(broadcast.listen(rollout.id), known, request.query_params.get("text") == "shown", tools.send_within_s)

    return router


class EventStream(Response):
    """Sends until the client goes away, or does not take a message for too long."""

    media_type = "text/event-stream"

    def __init__(self, listener: Listener, known: str, shown: bool, send_within_s: float) -> None:
        super().__init__(None, headers={"x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._listener, self._known, self._shown, self._send_within_s = listener, known, shown, send_within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        talk = asyncio.create_task(self._talk(send))
        gone = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait((talk, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._listener.leave()
            for task in (talk, gone):
                task.cancel()
            await asyncio.gather(talk, gone, return_exceptions=True)

    async def _talk(self, send: Send) -> None:
        """Returns where the client is too slow; the server closes its connection then."""
        try:
            await self._send(send, {"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._send(send, _piece(f"retry: {RETRY_MS}\n\n"))
            while True:
                await self._send(send, _piece(await self._next()))
        except TimeoutError:
            return

    async def _next(self) -> str:
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    news = await self._listener.next()
            except TimeoutError:
                return ": still here\n\n"
            if news.version == self._known and news.event == "overview":
                self._known = ""
                return ": nothing new\n\n"
            return message(news, self._shown)

    async def _send(self, send: Send, piece: dict[str, object]) -> None:
        async with asyncio.timeout(self._send_within_s):
            await send(piece)


def message(news: News, shown: bool) -> str:
    """JSON is in one line, so one `data:` holds it."""
    return f"id: {news.version}\nevent: {news.event}\ndata: {news.shown if shown else news.data}\n\n"


def _piece(text: str) -> dict[str, object]:
    return {"type": "http.response.body", "body": text.encode(), "more_body": True}


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
