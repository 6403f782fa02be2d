"""Watch what goes to models: say what each call took, and refuse to send what may not be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from goldfinch.core.output import Usage
from goldfinch.core.wire.exchanges import GivenReply, Scrubber
from goldfinch.core.wire.usage import usage_of
from goldfinch.ports.exchanges import Asked, Exchanges, NotSent

from .environment import REPLAY_KEY

_FREE_METHODS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
"""Listing models and looking up or deleting what is there costs nothing, and states no usage."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that got a reply. `is_free` where nothing is billed: it failed, or it only looked something up."""

    route: str
    model: str | None
    usage: Usage | None
    is_replayed: bool
    is_free: bool


@dataclass(frozen=True, slots=True)
class _Noted(Asked):
    inner: Exchanges | None
    has_stand_in_key: bool


class Watching:
    """`inner` records or replays, and may be another from one test to the next; None: every request is sent, if it may be.

    `refusal(has_stand_in_key)` says why a request may not be sent, empty where it may. `told` hears of every call, `refused` of every
    request that got no reply. All three are called on the proxy's thread.
    """

    def __init__(
        self, scrubber: Scrubber, *, refusal: Callable[[bool], str], told: Callable[[Call], None], refused: Callable[[str], None]
    ) -> None:
        self.inner: Exchanges | None = None
        self._scrubber = scrubber
        self._refusal = refusal
        self._told = told
        self._refused = refused

    def asked(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Asked:
        inner = self.inner
        noted = Asked(self._scrubber.request(method, url, headers, body), 0) if inner is None else inner.asked(method, url, headers, body)
        has_stand_in_key = any(REPLAY_KEY in value for value in headers.values())
        return _Noted(noted.request, noted.sequence, inner, has_stand_in_key)

    def recall(self, asked: Asked) -> GivenReply | None:
        inner, has_stand_in_key = _noted(asked)
        try:
            reply = None if inner is None else inner.recall(asked)
            if reply is None and (why := self._refusal(has_stand_in_key)):
                raise NotSent(why)
        except NotSent as error:
            self._refused(str(error))
            raise
        if reply is not None:
            self._told(_call(asked, reply, is_replayed=True))
        return reply

    def keep(self, asked: Asked, status: int, headers: Iterable[tuple[str, str]], chunks: Sequence[bytes], *, ended: bool) -> None:
        inner, _ = _noted(asked)
        headers = tuple((name.lower(), value) for name, value in headers)
        self._told(_call(asked, GivenReply(status, headers, tuple(chunks), ended), is_replayed=False))
        if inner is not None:
            inner.keep(asked, status, headers, chunks, ended=ended)


def _noted(asked: Asked) -> tuple[Exchanges | None, bool]:
    return (asked.inner, asked.has_stand_in_key) if isinstance(asked, _Noted) else (None, False)


def _call(asked: Asked, reply: GivenReply, *, is_replayed: bool) -> Call:
    route = asked.request.url.partition("}")[0].removeprefix("${")
    is_free = reply.status >= 400 or asked.request.method in _FREE_METHODS
    return Call(route, *usage_of(reply), is_replayed, is_free)
