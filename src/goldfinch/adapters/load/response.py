"""HTTP/1.1 responses, read as they come: only what a benchmark needs of them, within limits.

Written for the load generator's hot path: a client library costs two to a hundred times as much a request, and its own time would be
measured with the target's.
"""

from __future__ import annotations

from collections.abc import Callable

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 64 * 2**20
MAX_CHUNK_LINE = 4096


class ResponseInvalid(ValueError):
    """What came is no HTTP/1.1 response, or is beyond the limits."""


class ResponseReader:
    """Feed it bytes; `feed` says True when the response is whole. `body` holds the body where `keep_body` asks for it.

    `on_data` is called when bytes of the body came, with the bytes: streams are timed by it.
    """

    __slots__ = ("_body_bytes", "_buffer", "_chunk_left", "_in_trailer", "_keep", "_left", "_on_data", "body", "closes", "head", "status")

    def __init__(self, *, keep_body: bool = False, on_data: Callable[[bytes], None] | None = None) -> None:
        self._keep = keep_body
        self._on_data = on_data
        self._buffer = b""
        self.status = 0
        self.head = b""
        """Lower case, from the status line to the last header."""
        self.body = bytearray()
        self.closes = False
        """Whether the connection cannot be used again."""
        self._left: int | None = None  # bytes of the body left; None: until the connection closes; -1: chunked
        self._chunk_left = -1  # -1: a chunk's size is next
        self._in_trailer = False
        self._body_bytes = 0

    def feed(self, data: bytes) -> bool:
        """Raises `ResponseInvalid`."""
        if self.status:
            return self._more(data)
        buffer = self._buffer + data if self._buffer else data
        end = buffer.find(b"\r\n\r\n")
        if end < 0 or end > MAX_HEAD_BYTES:
            if len(buffer) > MAX_HEAD_BYTES:
                raise ResponseInvalid(f"the headers are longer than {MAX_HEAD_BYTES} bytes")
            self._buffer = buffer
            return False
        self._buffer = b""
        self._read_head(buffer[:end].lower())
        rest = buffer[end + 4 :]
        return self._more(rest)

    def closed(self) -> bool:
        """The connection ended: whether that was the end of the response."""
        return self.status != 0 and self._left is None

    def _read_head(self, head: bytes) -> None:
        if head[:7] != b"http/1." or not head[9:12].isdigit() or head[8:9] != b" ":
            raise ResponseInvalid("no HTTP/1.1 response")
        self.status = int(head[9:12])
        if self.status < 200:  # 1xx comes to those who asked for it
            raise ResponseInvalid("no final HTTP status")
        self.head = head
        self.closes = header(head, b"connection") == b"close" or (head[7:8] == b"0" and header(head, b"connection") != b"keep-alive")
        if self.status in (204, 304):
            self._left = 0
        elif (coding := header(head, b"transfer-encoding")) is not None:
            if coding != b"chunked":
                raise ResponseInvalid("a transfer encoding other than chunked")
            self._left = -1
        elif (length := header(head, b"content-length")) is not None:
            if not length.isdigit() or len(length) > 12:
                raise ResponseInvalid("no content length")
            self._left = int(length)
        else:
            self._left, self.closes = None, True

    def _more(self, data: bytes) -> bool:
        if self._left == -1:
            return self._chunks(data)
        if data:
            self._take(data if self._left is None else data[: self._left])
        if self._left is None:
            return False
        if len(data) > self._left:
            raise ResponseInvalid("more bytes came than the response has")
        self._left -= len(data)
        return self._left == 0

    def _chunks(self, data: bytes) -> bool:
        buffer = self._buffer + data if self._buffer else data
        while True:
            if self._chunk_left > 0:
                piece = buffer[: self._chunk_left]
                if not piece:
                    break
                self._take(piece)
                self._chunk_left -= len(piece)
                buffer = buffer[len(piece) :]
                continue
            end = buffer.find(b"\r\n")
            if end < 0:
                if len(buffer) > MAX_CHUNK_LINE:
                    raise ResponseInvalid("a chunk's size is too long")
                break
            line, buffer = buffer[:end], buffer[end + 2 :]
            if self._in_trailer:
                if not line:
                    self._buffer = b""
                    if buffer:
                        raise ResponseInvalid("more bytes came than the response has")
                    return True
            elif self._chunk_left == 0:  # the line break after a chunk
                if line:
                    raise ResponseInvalid("a chunk is longer than its size")
                self._chunk_left = -1
            else:
                self._chunk_left = _chunk_size(line)
                if self._chunk_left == 0:
                    self._in_trailer = True
        self._buffer = buffer
        return False

    def _take(self, data: bytes) -> None:
        if not data:
            return
        self._body_bytes += len(data)
        if self._body_bytes > MAX_BODY_BYTES:
            raise ResponseInvalid(f"the body is longer than {MAX_BODY_BYTES} bytes")
        if self._keep:
            self.body += data
        if self._on_data is not None:
            self._on_data(data)


def header(head: bytes, name: bytes) -> bytes | None:
    """The first header of this name (lower case); None where there is none."""
    at = head.find(b"\r\n" + name + b":")
    if at < 0:
        return None
    start = at + len(name) + 3
    end = head.find(b"\r\n", start)
    return (head[start:] if end < 0 else head[start:end]).strip()


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if not digits or len(digits) > 8 or digits.strip(b"0123456789abcdefABCDEF"):
        raise ResponseInvalid("no chunk size")
    return int(digits, 16)
