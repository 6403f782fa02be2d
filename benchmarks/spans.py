"""How many spans a request to a collector holds, without a library for protobuf."""

from __future__ import annotations


def spans_in(message: bytes, path: tuple[int, ...] = (1, 2, 2)) -> int:
    """How many spans an `ExportTraceServiceRequest` holds: resource_spans (1), scope_spans (2), spans (2). Only lengths are looked at."""
    found, at = 0, 0
    while at < len(message):
        key, at = varint(message, at)
        if key & 7 != 2:
            raise ValueError("not what a request or a list of spans holds")
        length, at = varint(message, at)
        if key >> 3 == path[0]:
            found += 1 if len(path) == 1 else spans_in(message[at : at + length], path[1:])
        at += length
    return found


def varint(message: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while message[at] > 0x7F:
        number |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return number | message[at] << shift, at + 1
