"""`exchanges.jsonl`: one exchange a line. Its schema is `docs/schemas/exchange.schema.json`."""

from __future__ import annotations

import json
import os
import stat
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from goldfinch.core.errors import ConfigurationError
from goldfinch.core.wire.bodies import MAX_DEPTH, NOT_JSON, json_bytes, json_of
from goldfinch.core.wire.exchanges import KEPT_OF_REPLIES, GivenReply, SentRequest

FILE = "exchanges.jsonl"
SCHEMA_VERSION = 1
MAX_LINE_BYTES = 64 * 1024 * 1024


class Body(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """Bytes, in the most readable way that keeps them: JSON (requests), text, else base64. At most one of the three."""

    json: Any = None
    text: str | None = None
    base64: str | None = None


class RequestLine(msgspec.Struct, omit_defaults=True):
    """`url` begins with `${NAME}` where that environment variable says where the service is."""

    method: str
    url: str
    headers: dict[str, str] = {}
    body: Body | None = None


class ReplyLine(msgspec.Struct, omit_defaults=True):
    """`body` is a list of pieces, in which a stream came. `ended` is false where the connection broke before the end."""

    status: int
    headers: dict[str, str] = {}
    body: list[Body] = []
    ended: bool = True


class ExchangeLine(msgspec.Struct):
    """A request and its reply. Of equal requests those of the newest `recording` count, in the order of `sequence`."""

    schema_version: int
    recording: str
    """The run that recorded it."""
    sequence: int
    recorded_at: str
    """UTC, ISO 8601."""
    request: RequestLine
    reply: ReplyLine


@dataclass(frozen=True, slots=True)
class Exchange:
    """A line that was read and found sound."""

    recording: str
    sequence: int
    request: SentRequest
    reply: GivenReply


class LineInvalid(ValueError):
    """A line is no exchange; the message says why."""


def exchange_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a line."""
    schema = msgspec.json.schema(ExchangeLine)
    top = schema["$defs"].pop("ExchangeLine")
    top["properties"]["schema_version"]["const"] = SCHEMA_VERSION
    words = f"A line of {FILE}: a request to a model and its reply, as `--record` writes and `--replay` reads them."
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **top, "description": words, "$defs": schema["$defs"]}


def line_of(recording: str, sequence: int, recorded_at: str, request: SentRequest, reply: GivenReply) -> bytes:
    """An exchange as a line, newline included."""
    line = ExchangeLine(
        schema_version=SCHEMA_VERSION,
        recording=recording,
        sequence=sequence,
        recorded_at=recorded_at,
        request=RequestLine(request.method, request.url, dict(request.headers), _written(request.body) if request.body else None),
        reply=ReplyLine(reply.status, dict(reply.headers), [_written(chunk, as_json=False) for chunk in reply.chunks], reply.ended),
    )
    return json_bytes(msgspec.to_builtins(line)) + b"\n"


def exchange_of(line: bytes) -> Exchange:
    """Read a line; nothing in it is trusted. Raises `LineInvalid`."""
    value = json_of(line, max_depth=MAX_DEPTH + 10)  # as `request_key` reads bodies, so that both agree on what a number or a text is
    if value is NOT_JSON:
        raise LineInvalid("no JSON object, or one that is nested too deeply")
    try:
        read = msgspec.convert(value, ExchangeLine)
    except msgspec.ValidationError as error:
        raise LineInvalid(f"no exchange: {error}") from None
    if read.schema_version != SCHEMA_VERSION:
        newer = "; upgrade goldfinch-ci" if read.schema_version > SCHEMA_VERSION else ""
        raise LineInvalid(f"schema_version {read.schema_version} is not {SCHEMA_VERSION}{newer}")
    if not 200 <= read.reply.status <= 599:
        raise LineInvalid(f"status {read.reply.status} is none that ends a request")
    request = SentRequest(read.request.method.upper(), read.request.url, _headers(read.request.headers), _bytes(read.request.body))
    chunks = tuple(chunk for body in read.reply.body if (chunk := _bytes(body)))
    replied = {name: value for name, value in read.reply.headers.items() if name.lower() in KEPT_OF_REPLIES}
    return Exchange(read.recording, read.sequence, request, GivenReply(read.reply.status, _headers(replied), chunks, read.reply.ended))


def open_for_reading(path: Path) -> BinaryIO:
    """No link is followed, no device waited for (REQUIREMENTS T12). Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a file")
    return os.fdopen(descriptor, "rb")


def lines_of(file: BinaryIO, shown: str) -> Iterator[tuple[int, int, bytes]]:
    """Number, offset and bytes of every line; a last line that a kill tore is left out. Raises `ConfigurationError` (E2003)."""
    number = offset = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise damaged(shown, number, f"longer than {MAX_LINE_BYTES >> 20} MiB")
        if not line.endswith(b"\n"):
            return
        if not line.isspace():
            yield number, offset, line
        offset += len(line)


def damaged(shown: str, number: int, why: str) -> ConfigurationError:
    """The error of a recording that cannot be read."""
    return ConfigurationError(why, where=f"{shown}:{number}", hint="restore the file, or record it again", code="E2003")


def _written(content: bytes, *, as_json: bool = True) -> Body:
    value = json_of(content) if as_json else NOT_JSON
    if value is not NOT_JSON and json_bytes(value, canonical=True) == content:
        return Body(json=value)
    try:
        return Body(text=content.decode())
    except UnicodeDecodeError:
        return Body(base64=b64encode(content).decode())


def _bytes(body: Body | None) -> bytes:
    if body is None:
        return b""
    try:
        if body.json is not None:
            return json_bytes(body.json, canonical=True)
        if body.base64 is not None:
            return b64decode(body.base64, validate=True)
        return (body.text or "").encode()
    except (ValueError, RecursionError) as error:
        raise LineInvalid(f"a body that cannot be read: {error}") from None


def _headers(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    for name, value in headers.items():
        if not (name.isascii() and name.replace("-", "").isalnum()) or not value.isprintable():
            raise LineInvalid(f"a header that no service sends: {json.dumps(name[:40])}")
    return tuple(sorted((name.lower(), value) for name, value in headers.items()))
