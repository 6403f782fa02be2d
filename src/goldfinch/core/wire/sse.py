"""Server-sent events, read piece by piece.

Source: WHATWG HTML Living Standard, section 9.2.6 "Interpreting an event stream".
"""

from __future__ import annotations

from dataclasses import dataclass


class EventStreamTooLong(ValueError):
    """One event is longer than the reader accepts."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its type (`message` unless named) and its data lines joined by newlines."""

    data: str
    event: str = "message"


class EventReader:
    """Feed bytes as they come, get events as they are complete; where the bytes are cut makes no difference.

    `max_event_bytes` bounds what is held for an event that never ends.
    """

    def __init__(self, max_event_bytes: int = 16 * 1024 * 1024) -> None:
        self._max = max_event_bytes
        self._rest = b""
        self._data: list[str] = []
        self._event = ""
        self._held = 0
        self._first_line = True
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Return the events that `chunk` completes. Raises `EventStreamTooLong`."""
        if not chunk:
            return []
        if self._after_cr:
            chunk = chunk.removeprefix(b"\n")
        self._after_cr = chunk.endswith(b"\r")
        *lines, self._rest = (self._rest + chunk).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        events = [event for line in lines if (event := self._take(line)) is not None]
        if self._held + len(self._rest) > self._max:
            raise EventStreamTooLong(f"one event is longer than {self._max} bytes")
        return events

    def close(self) -> ServerEvent | None:
        """Return the event that the end of the stream leaves open.

        The standard drops it; servers that forget the last blank line are common, and dropping would lose the end of an answer.
        """
        if self._rest:
            self._take(self._rest)
            self._rest = b""
        return self._take(b"")

    def _take(self, raw: bytes) -> ServerEvent | None:
        line = raw.decode("utf-8", "replace")
        if self._first_line:
            self._first_line = False
            line = line.removeprefix("\ufeff")
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
            self._held += len(raw)
        elif name == "event":
            self._event = value
        return None

    def _dispatch(self) -> ServerEvent | None:
        data, event = self._data, self._event
        self._data, self._event, self._held = [], "", 0
        return ServerEvent("\n".join(data), event or "message") if data else None
