"""What to do with a batch of spans after the collector's reply, or after none. Source: OTLP 1.9, "OTLP/HTTP Response"."""

from __future__ import annotations

from dataclasses import dataclass

MOST_ATTEMPTS = 6
LONGEST_BACKOFF_S = 30.0
_RETRYABLE = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Reply:
    """How one request ended. `status` None: there was no reply, and `problem` says why in a few words."""

    status: int | None
    problem: str = ""
    retry_after_s: float | None = None
    rejected: int = 0
    message: str = ""
    """What the collector said of the spans that it rejected."""


@dataclass(frozen=True, slots=True)
class Delivered:
    rejected: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    delay_s: float


@dataclass(frozen=True, slots=True)
class Lost:
    why: str


def next_step(reply: Reply, attempts: int, left_s: float | None) -> Delivered | Again | Lost:
    """`attempts` were made, this one included. `left_s` is set once the run is over: seconds until nobody waits any longer.

    A collector that cannot be reached then is not tried again: a run must not end later because nobody listens.
    """
    if reply.status is not None and 200 <= reply.status < 300:
        return Delivered(reply.rejected, reply.message)
    why = reply.problem if reply.status is None else f"it answered {reply.status}"
    if reply.status is not None and reply.status not in _RETRYABLE:
        return Lost(why)
    if attempts >= MOST_ATTEMPTS or (left_s is not None and reply.status is None):
        return Lost(why)
    delay_s = min(LONGEST_BACKOFF_S, 0.5 * 2.0 ** (attempts - 1)) if reply.retry_after_s is None else reply.retry_after_s
    return Lost(why) if left_s is not None and delay_s >= left_s else Again(delay_s)
