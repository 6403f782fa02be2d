"""Why a request is not taken."""

from __future__ import annotations


class Unreadable(ValueError):
    """The body is not what its content type says; sending it again does not help. The message holds nothing of it."""


class NoRoom(Exception):
    """Too much is held already: nothing of the request was taken, and it may be sent again after `retry_after_s`."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class TooManySpans(ValueError):
    """One request holds more than can ever be held."""
