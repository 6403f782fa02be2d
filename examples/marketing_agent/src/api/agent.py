"""What the service needs of an agent, and the one place that imports the real one."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol, cast, runtime_checkable

from src.config import Config
from src.domain import Memory, ReasoningStep, Result, Task

Observer = Callable[[ReasoningStep], None]
MakeAgent = Callable[[Config], "Agent"]
DEFAULT_AGENT = "src.agents.assembly:agent_of"


class Agent(Protocol):
    """`observe` is told each step as it happens, on the agent's own thread. May have `memory` and `close()`."""

    async def reason(self, task: Task, observe: Observer | None = None) -> Result: ...


@runtime_checkable
class Remembers(Protocol):
    @property
    def memory(self) -> Memory: ...


def agent_from(name: str) -> MakeAgent:
    """Find `module:function`, which makes an agent of a `Config`. Raises `ValueError` in words where it is not there."""
    module, _, function = name.partition(":")
    try:
        found: Any = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"--agent {name}: {error}") from None
    return cast("MakeAgent", found)


def memory_of(agent: Agent) -> Memory | None:
    return agent.memory if isinstance(agent, Remembers) else None
