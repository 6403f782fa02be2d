"""What the agent needs of tools and accounts, so that its tests can script both; `src.tools` has the real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from src.domain import Observation


class Toolbox(Protocol):
    def schemas(self) -> Sequence[Mapping[str, Any]]:
        """JSON schemas in the OpenAI function format."""
        ...

    def validate(self, name: str, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """What is wrong with a call, in words; empty where nothing is."""
        ...

    async def call(self, step_id: str, name: str, arguments: Mapping[str, Any], workspace: Any, *, draw: str = "") -> Observation:
        """Never raises for a failure of the tool: that is the observation's `error`."""
        ...


class Accounts(Protocol):
    def open(self, context: Mapping[str, Any]) -> Any:
        """The workspace of a task's context. Raises `LookupError` for an unknown account, `ValueError` for data that cannot be read."""
        ...
