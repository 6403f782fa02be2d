"""What the page and its API are given: readers and verbs, and nothing to decide with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.serving.access import AccessTokens
from goldfinch.operations.ask_rollout import Asked
from goldfinch.ports.clock import Clock
from goldfinch.ports.rollout_store import RolloutStore


def _log_nothing(line: str) -> None:
    del line


@dataclass(frozen=True, slots=True)
class WebTools:
    """Callables are called in worker threads, several at a time; what they refuse they refuse with a `GoldfinchError`."""

    store: RolloutStore
    clock: Clock
    overview: Callable[[str], RolloutOverview]
    """By the rollout's id. Raises `UnknownRollout`."""
    ask: Callable[[Asked], Rollout]
    start: Callable[[Any], Rollout]
    """Given the JSON document of the request, unread."""
    tokens: AccessTokens
    hosts: frozenset[str]
    """Names in `Host` that are answered: `core/serving/doors.answered_hosts`."""
    again: Callable[[str, str, str, bool], Rollout] | None = None
    """A new rollout of the same release: rollout id, by, reason, force."""
    otlp: Sequence[APIRouter] = ()
    """Routes of the OTLP receiver, with their own sign-in (`receiving.py`). They read their own bodies; the doors hold for them too."""
    log: Callable[[str], None] = _log_nothing
    """One line for whoever runs the server."""
    events_every_s: float = 0.5
    """How often a rollout that somebody looks at is read."""
    events_at_least_s: float = 2.0
    most_listeners: int = 64
    send_within_s: float = 10.0
    """A listener that does not take a message for so long is dropped."""
