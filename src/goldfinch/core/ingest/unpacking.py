"""Compressed bodies, unpacked up to a limit: a few kilobytes of gzip can stand for gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

_STEP = 256 * 1024
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_FORMATS = {"gzip": _GZIP_OR_ZLIB, "x-gzip": _GZIP_OR_ZLIB, "deflate": _GZIP_OR_ZLIB}


class UnknownEncoding(ValueError):
    """A Content-Encoding that is not understood."""


class TooLarge(ValueError):
    """Unpacked it is larger than the limit."""


class Damaged(ValueError):
    """It ends early, or is not what it says."""


def unpacked(body: bytes, encoding: str, most_bytes: int) -> bytes:
    """`body` without its Content-Encoding; never more than `most_bytes` and a step are in memory.

    Raises `UnknownEncoding`, `TooLarge` and `Damaged`.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        if len(body) > most_bytes:
            raise TooLarge(f"{len(body)} bytes")
        return body
    if encoding not in _FORMATS:
        raise UnknownEncoding(encoding)
    return b"".join(_members(body, _FORMATS[encoding], most_bytes))


def _members(body: bytes, window: int, most_bytes: int) -> Iterable[bytes]:
    """The pieces of every gzip member, one after the other: a file may have several."""
    total = 0
    while True:
        reader = zlib.decompressobj(window)
        while not reader.eof:
            try:
                piece = reader.decompress(body, _STEP)
            except zlib.error as error:
                raise Damaged("it is no gzip, or damaged") from error
            body = reader.unconsumed_tail
            total += len(piece)
            if total > most_bytes:
                raise TooLarge(f"more than {most_bytes} bytes")
            if not piece and not body and not reader.eof:
                raise Damaged("it ends in the middle")
            yield piece
        body = reader.unused_data.lstrip(b"\0")
        if not body:
            return
