"""What every request passes, whatever it asks for: known host, no foreign page, sizes, and security headers on the way out (T16)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.escaping import for_terminal_line
from goldfinch.core.serving import codes
from goldfinch.core.serving.doors import from_elsewhere, is_answered
from goldfinch.web.problems import Refused, defect, problem

MOST_HEADER_BYTES: Final = 16 * 1024
MOST_PATH_BYTES: Final = 4 * 1024
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Nothing is loaded from elsewhere, nothing inline runs, and no text can become HTML: the page has no other way than text nodes."""
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}


class Doors:
    """The outermost layer. What it refuses, no route has seen; what a route raises unexpectedly, no client sees."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], log: Callable[[str], None]) -> None:
        self._app, self._hosts, self._log = app, hosts, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        try:
            _require_allowed(scope, self._hosts)
            await self._app(scope, receive, answer)
        except GoldfinchError as error:
            if answer.begun:
                raise
            await problem(error)(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - the last one to catch it: nobody is shown a trace
            self._log(f"{codes.SERVER_DEFECT}: {scope['method']} {_shown(scope['path'])}: {type(error).__name__}: {_shown(str(error))}")
            if not answer.begun:
                await defect()(scope, receive, answer)


class _Answer:
    """Adds the headers of every answer, and knows whether one has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


def _require_allowed(scope: Scope, hosts: Collection[str]) -> None:
    """Raises `Refused`."""
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADER_BYTES:
        raise Refused(f"the headers are larger than {MOST_HEADER_BYTES} bytes", code=codes.BAD_REQUEST, status=431)
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MOST_PATH_BYTES:
        raise Refused(f"the path is longer than {MOST_PATH_BYTES} bytes", code=codes.BAD_REQUEST, status=414)
    headers = Headers(scope=scope)
    named = headers.getlist("host")
    if len(named) != 1 or not is_answered(named[0], hosts):
        what = f"this server is not known as {_shown(named[0])!r}" if named else "the request names no host"
        raise Refused(what, code=codes.FOREIGN_HOST, hint="use the address that it printed, or add the name to serve.hosts")
    why = from_elsewhere(scope["method"], host=named[0], origin=headers.get("origin"), fetch_site=headers.get("sec-fetch-site"))
    if why:
        raise Refused(f"the request is refused: {why}", code=codes.FOREIGN_PAGE)


def _shown(text: str) -> str:
    return for_terminal_line(text)[:200]
