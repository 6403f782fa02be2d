"""The agent and the words to ask it with."""

from __future__ import annotations

from src.agents.assembly import agent_of
from src.agents.reasoning_agent import LimitReached, Plan, ReasoningAgent, ReasoningError, Task

__all__ = ["LimitReached", "Plan", "ReasoningAgent", "ReasoningError", "Task", "agent_of"]
