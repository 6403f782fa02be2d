"""The agent in this process, as Goldfinch asks it (`kind: python`, `takes_case: true` in goldfinch.yaml).

    agent:
      kind: python
      target: evaluation.agent:answer
      path: .
      takes_case: true
      options: {release: good}

A case is played in one session of its own; its last answer is judged. What the agent raises stays an error.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary

from goldfinch import AnswerFailed, Case, Failure, FailureKind

from evaluation.conversation import Turn, output_of, session_of, user_turns
from src.agents import ReasoningAgent, Task
from src.agents.assembly import agent_of
from src.api.answers import messages_of
from src.config import ROOT, Config
from src.domain import ReasoningError
from src.models.replies import ModelFailed, UnusableReply

RELEASES = ROOT / "releases"
_agents: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, ReasoningAgent]] = WeakKeyDictionary()
"""Agents by the event loop that their connections belong to, then by their configuration."""


async def answer(
    case: Case, trial: int = 0, seed: int | None = None, *, release: str = "good", config: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Play `case` against a release: a name in `releases/` or the path of a file; `config` goes before what the file says."""
    return await play(_agent(release, config or {}), case, session=session_of(case.id, trial, seed))


async def play(agent: ReasoningAgent, case: Case, *, session: str) -> dict[str, Any]:
    """Say each turn of the user in `session`, which starts empty and is forgotten at the end, and give what Goldfinch reads."""
    questions = user_turns(case.id, case.input)
    await agent.memory.forget(session)
    try:
        return output_of([await _turn(agent, Task(text, context=case.context or {}, session_id=session)) for text in questions])
    finally:
        await agent.memory.forget(session)


def release_config(release: str, overrides: Mapping[str, Any]) -> Config:
    """The configuration of a release: `good` is `releases/good.yaml`. Raises `FileNotFoundError` naming the releases that there are."""
    path = Path(release) if release.endswith((".yaml", ".yml")) else RELEASES / f"{release}.yaml"
    if not path.is_file():
        raise FileNotFoundError(f"no release {release!r}; there are {', '.join(release_names())}")
    return Config.of_release(path, **overrides)


def release_names() -> tuple[str, ...]:
    """Every release of `releases/`, the good one first."""
    names = {path.stem for path in RELEASES.glob("*.yaml")}
    return tuple(sorted(names, key=lambda name: (name != "good", name)))


async def _turn(agent: ReasoningAgent, task: Task) -> Turn:
    began = perf_counter()
    try:
        result = await agent.reason(task)
    except ReasoningError as error:
        raise _whose_failure(error) from error
    return Turn(messages_of(task, result), result.usage, result.model, (perf_counter() - began) * 1000)


def _whose_failure(error: ReasoningError) -> Exception:
    """A provider that cannot be reached says nothing about the agent: its answer is missing. A model that talks nonsense does."""
    cause = error.__cause__
    if isinstance(cause, ModelFailed) and not isinstance(cause, UnusableReply):
        return AnswerFailed(Failure(FailureKind.PROVIDER_ERROR, str(cause)))
    return error


def _agent(release: str, overrides: Mapping[str, Any]) -> ReasoningAgent:
    made = _agents.setdefault(asyncio.get_running_loop(), {})
    key = json.dumps([release, dict(overrides)], sort_keys=True)
    if key not in made:
        made[key] = agent_of(release_config(release, overrides))
    return made[key]
