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
from typing import Any
from weakref import WeakKeyDictionary

from goldfinch import Case

from evaluation.conversation import Message, session_id, turn_messages, user_turns
from src.agents import ReasoningAgent, Task
from src.config import ROOT, Config
from src.domain import Memory, Result, TokenUsage

RELEASES = ROOT / "releases"


async def answer(
    case: Case, trial: int = 0, seed: int | None = None, *, release: str = "good", config: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Play `case` against a release: a name in `releases/` or the path of a file; `config` goes before what the file says."""
    agent, memory = _agent_of(release, json.dumps(dict(config or {}), sort_keys=True))
    return await play(agent, memory, case, session=session_id(case.id, trial, seed))


async def play(agent: ReasoningAgent, memory: Memory, case: Case, *, session: str) -> dict[str, Any]:
    """Say each turn of the user in `session`, which starts empty and is forgotten at the end, and give what Goldfinch reads."""
    await memory.forget(session)
    try:
        turns = user_turns(case.id, case.input)
        results = [await agent.reason(Task(text, context=case.context or {}, session_id=session)) for text in turns]
    finally:
        await memory.forget(session)
    return _output(turns, results)


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
