"""Latencies as an HdrHistogram, in the encoding that every tool of that family reads (V2, compressed, base64).

Written out here because the library costs two packages more to install and adds nothing: percentiles come from the samples themselves.
Source of the format: HdrHistogram 2.x, `AbstractHistogram.encodeIntoCompressedByteBuffer`; tested against the Python library.
"""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable

DIGITS = 3
HIGHEST_US = 3_600_000_000
"""Microseconds: an hour. What took longer is counted as an hour."""
_HALF_MAGNITUDE = 10  # 2048 sub-buckets, for three significant digits
_SUB_BUCKET_MASK = (1 << (_HALF_MAGNITUDE + 1)) - 1
_COOKIE, _COMPRESSED_COOKIE = 0x1C849313, 0x1C849314


def encoded_histogram(latencies_ms: Iterable[float]) -> str:
    """The histogram of the latencies in whole microseconds, three significant digits, mergeable with others by any HdrHistogram tool."""
    counts = Counter(_index(min(max(round(value * 1000), 0), HIGHEST_US)) for value in latencies_ms)
    payload = b"".join(_words(counts))
    header = struct.pack(">iiiiqqd", _COOKIE, len(payload), 0, DIGITS, 1, HIGHEST_US, 1.0)
    compressed = zlib.compress(header + payload)
    return b64encode(struct.pack(">ii", _COMPRESSED_COOKIE, len(compressed)) + compressed).decode("ascii")


def _index(value_us: int) -> int:
    bucket = (value_us | _SUB_BUCKET_MASK).bit_length() - (_HALF_MAGNITUDE + 1)
    return ((bucket + 1) << _HALF_MAGNITUDE) + (value_us >> bucket) - (1 << _HALF_MAGNITUDE)


def _words(counts: Counter[int]) -> Iterable[bytes]:
    """Each count; a run of zeros as its negative length."""
    following = 0
    for index in sorted(counts):
        if index > following:
            yield _zig_zag(following - index)
        yield _zig_zag(counts[index])
        following = index + 1


def _zig_zag(number: int) -> bytes:
    left = (number << 1) ^ (number >> 63)
    out = bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    out.append(left)
    return bytes(out)
