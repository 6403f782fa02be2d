"""A request and its reply as values: what makes two requests the same, and how both look without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from goldfinch.core.redaction import MASK, Redactor
from goldfinch.core.wire.bodies import NOT_JSON, json_bytes, json_of
from goldfinch.core.wire.stream_scrubbing import scrubbed_stream

KEPT_OF_REQUESTS = frozenset(
    {"content-type", "accept", "anthropic-version", "anthropic-beta", "openai-beta"},
)
KEPT_OF_REPLIES = frozenset({"content-type", "retry-after", "retry-after-ms", "x-should-retry"})
"""Nothing else is stored: an allow-list cannot forget a header that holds a secret (REQUIREMENTS T15)."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SECRET_PARAMETER = re.compile(r"^(?:api[-_]?)?key$|token|secret|password|sig(?:nature)?$|credential", re.IGNORECASE)
_BOUNDARY = re.compile(r"boundary=\"?([^\";,\s]{1,200})", re.IGNORECASE)
_BOUNDARY_STAND_IN = "goldfinch-boundary"


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request without its secrets. `url` is an address, or `${OPENAI_BASE_URL}/…` where the way there is a matter of the environment."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    """Lower-case names, in alphabetical order; only those of the allow-list."""
    body: bytes = b""
    """JSON in its canonical form; anything else as it was."""


@dataclass(frozen=True, slots=True)
class GivenReply:
    """A reply without its secrets, in the pieces in which it came; `ended` is False where the connection broke before its end."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    chunks: tuple[bytes, ...] = ()
    ended: bool = True

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)


@dataclass(frozen=True, slots=True)
class Matching:
    """What counts when a request is looked up. Headers do not, unless named; members of a JSON body do, unless ignored.

    `ignore_body` holds paths such as `metadata.run_id`; `*` stands for every element of a list.
    """

    ignore_body: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


class Scrubber:
    """Takes secrets out of exchanges before anything else sees them."""

    def __init__(self, redact: Redactor, matching: Matching | None = None) -> None:
        self._redact = redact
        self._kept = KEPT_OF_REQUESTS | {name.lower() for name in (matching or Matching()).headers}

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> SentRequest:
        content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
        boundary = _BOUNDARY.search(content_type) if content_type.lower().startswith("multipart/") else None
        kept = self._headers(headers.items(), self._kept)
        if boundary is not None:  # drawn anew for every request
            body = body.replace(boundary[1].encode("utf-8", "surrogateescape"), _BOUNDARY_STAND_IN.encode())
            kept = tuple((name, value.replace(boundary[1], _BOUNDARY_STAND_IN)) for name, value in kept)
        return SentRequest(method.upper(), self._redact(normal_url(url)), kept, self._canonical(body))

    def reply(self, status: int, headers: Iterable[tuple[str, str]], chunks: Sequence[bytes], *, ended: bool = True) -> GivenReply:
        kept = self._headers(headers, KEPT_OF_REPLIES)
        is_stream = any(name == "content-type" and value.lower().startswith("text/event-stream") for name, value in kept)
        if is_stream:
            return GivenReply(status, kept, scrubbed_stream(chunks, self._redact), ended)
        body = self._scrubbed(b"".join(chunks))
        return GivenReply(status, kept, (body,) if body else (), ended)

    def _headers(self, headers: Iterable[tuple[str, str]], kept: Iterable[str]) -> tuple[tuple[str, str], ...]:
        kept_headers = ((name.lower(), _printable(self._redact(value))) for name, value in headers if name.lower() in kept)
        return tuple(sorted(kept_headers))

    def _canonical(self, body: bytes) -> bytes:
        value = json_of(body)
        return self._text(body) if value is NOT_JSON else json_bytes(self._redact.value(value), canonical=True)

    def _scrubbed(self, body: bytes) -> bytes:
        """`body` byte for byte, unless it holds a secret."""
        value = json_of(body)
        if value is NOT_JSON:
            return self._text(body)
        clean = self._redact.value(value)
        return self._text(body if clean == value else json_bytes(clean))

    def _text(self, body: bytes) -> bytes:
        text = body.decode("utf-8", "surrogateescape")
        clean = self._redact(text)
        return body if clean == text else clean.encode("utf-8", "surrogateescape")


def _printable(value: str) -> str:
    """A header without what no file of JSON holds, and no reader of recordings takes: bytes that are no text, control characters."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in value)


def normal_url(url: str) -> str:
    """An address with one spelling: scheme and host in lower case, no default port, no user, no fragment, parameters in order.

    Values of parameters whose names say that they are secret (`key`, `access_token`, `sig` …) are masked.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    origin = f"{parts.scheme}://{host}{port}" if parts.scheme else parts.netloc
    pairs = sorted((name, MASK if _SECRET_PARAMETER.search(name) else value) for name, value in parse_qsl(parts.query, True))
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='[]')}" for name, value in pairs)
    return f"{origin}{parts.path or '/'}{'?' + query if query else ''}"


def request_key(request: SentRequest, matching: Matching) -> str:
    """Equal for two requests exactly where the one may get the other's reply."""
    wanted = {name.lower() for name in matching.headers}
    headers = [pair for pair in request.headers if pair[0] in wanted]
    digest = sha256(json_bytes([request.method, request.url, headers], canonical=True))
    digest.update(b"\0" + matched_body(request.body, matching))
    return digest.hexdigest()


def matched_body(body: bytes, matching: Matching) -> bytes:
    """The part of a canonical body that counts."""
    if not matching.ignore_body or (value := json_of(body)) is NOT_JSON:
        return body
    for path in matching.ignore_body:
        _drop(value, path.split("."))
    return json_bytes(value, canonical=True)


def _drop(value: Any, path: list[str]) -> None:
    name, *rest = path
    if isinstance(value, list):
        members: Iterable[Any] = value if name == "*" else value[int(name) : int(name) + 1] if name.isdigit() else ()
        for member in members:
            if rest:
                _drop(member, rest)
    elif isinstance(value, dict) and name in value:
        if rest:
            _drop(value[name], rest)
        else:
            del value[name]
