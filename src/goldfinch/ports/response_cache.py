"""Answers kept from earlier runs."""

from __future__ import annotations

from typing import Protocol

from goldfinch.core.output import Output


class ResponseCache(Protocol):
    """Keyed by what could change the answer (`core.results.cache_key`). Off by default: a hit says nothing new about the agent."""

    def get(self, key: str) -> Output | None: ...

    def put(self, key: str, output: Output) -> None: ...
