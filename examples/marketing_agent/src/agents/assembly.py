"""The composition root: picks model, memory, tools and accounts from the configuration. Each is imported only where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from src.agents.ports import Accounts, Toolbox
from src.config import Config
from src.domain import Memory, Model

if TYPE_CHECKING:
    from src.agents.reasoning_agent import ReasoningAgent


def agent_of(config: Config) -> ReasoningAgent:
    """An agent with everything that `config` names. `await agent.close()` ends its connections."""
    from src.agents.reasoning_agent import ReasoningAgent

    return ReasoningAgent(config=config)


def model_of(config: Config) -> Model:
    from src.models import model_of as picked
    from src.telemetry.tracing import TracedModel

    return TracedModel(picked(config), provider=config.llm_provider, name=config.model)


def memory_of(config: Config) -> Memory:
    """Sessions and facts, whose entries carry the release that wrote them."""
    from src.memory import memory_of as picked
    from src.release import release_id

    memory: Memory = picked(config, release_id=release_id(config))
    return memory


def tools_of(config: Config) -> Toolbox:
    from src.telemetry.tracing import TracedTools
    from src.tools import registry

    return TracedTools(registry(config))


def accounts_of(config: Config) -> Accounts:
    from src.tools import Workspaces

    accounts: Accounts = Workspaces(config.data_dir)
    return accounts
