"""Bodies of requests: JSON objects, small, in time."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

from fastapi import Request
from starlette.requests import ClientDisconnect

from goldfinch.core.serving import codes
from goldfinch.web.problems import Refused

MOST_BYTES: Final = 64 * 1024
WITHIN_S: Final = 10.0


async def json_object(request: Request, *, within_s: float = WITHIN_S) -> dict[str, Any]:
    """The body. Raises `Refused`: 408, 413, 415, 400. Called after the token was seen: nobody else's bytes are kept."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused("the body is not application/json", code=codes.BAD_REQUEST, status=415)
    try:
        async with asyncio.timeout(within_s):
            content = await _content(request)
    except TimeoutError:
        raise Refused(f"the body did not arrive within {within_s:g} s", code=codes.BAD_REQUEST, status=408) from None
    except ClientDisconnect:
        raise Refused("the client went away", code=codes.BAD_REQUEST) from None
    return _object(content)


async def _content(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            raise Refused(f"the body is larger than {MOST_BYTES} bytes", code=codes.BAD_REQUEST, status=413)
    return bytes(content)


def _object(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content.decode("utf-8"), parse_constant=_no_number)
        json.dumps(document, ensure_ascii=False).encode()  # half characters (`\ud800`), which no file or store takes
    except (ValueError, RecursionError):  # a damaged encoding is a ValueError too
        raise Refused("the body is no JSON", code=codes.BAD_REQUEST) from None
    if not isinstance(document, dict):
        raise Refused("the body is no JSON object", code=codes.BAD_REQUEST)
    return document


def _no_number(text: str) -> None:
    raise ValueError(text)


def only_keys(document: dict[str, Any], **kinds: type) -> None:
    """Raises `Refused` for a key that means nothing, and for a value of another kind."""
    for key, value in document.items():
        if key not in kinds:
            raise Refused(f"unknown key {key[:80]!r}", code=codes.BAD_REQUEST, hint=f"known: {', '.join(kinds)}")
        if type(value) is not kinds[key]:
            raise Refused(f"`{key}` is no {_NAMES.get(kinds[key], kinds[key].__name__)}", code=codes.BAD_REQUEST)


_NAMES: Final = {str: "text", bool: "boolean", int: "whole number"}
