"""The words of a rollback."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from goldfinch.core.rollout.rolling_back import cause
from goldfinch.core.rollout.state import RolloutState


@pytest.mark.parametrize(
    ("trigger", "why", "words"),
    [
        ("p95_latency", "p95_latency: canary 2.6 s", "p95_latency: canary 2.6 s"),
        ("router", "the proxy refuses", "router: the proxy refuses"),
        ("", "", "unknown: no word of it on record"),
    ],
)
def test_the_trigger_is_named_once(trigger: str, why: str, words: str) -> None:
    at: Any = SimpleNamespace(state=RolloutState(trigger=trigger, cause=why))
    assert cause(at) == words
