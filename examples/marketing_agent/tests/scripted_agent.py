"""An agent that does as its task says, so that tests of the service decide what happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from src.config import Config
from src.domain import (
    Claim,
    Fact,
    ModelRequest,
    Observation,
    ReasoningError,
    ReasoningStep,
    Recollection,
    Result,
    Task,
    TokenUsage,
    Turn,
)
from src.telemetry.tracing import TracedModel, TracedTools
from src.tools import UnknownAccount

PLAN = ReasoningStep("plan", "Compute the ROAS of last week.")
ANSWER = "ROAS was 3.42 last week. It rose from 3.10, a change that is significant."


class DictMemory:
    """Memory that holds what it is told."""

    def __init__(self) -> None:
        self.sessions: dict[str, Recollection] = {}
        self.is_closed = False
        self.failure: Exception | None = None

    async def recall(self, session_id: str) -> Recollection:
        if self.failure is not None:
            raise self.failure
        return self.sessions.get(session_id, Recollection())

    async def remember(self, session_id: str, turn: Turn, facts: tuple[Fact, ...]) -> None:
        known = self.sessions.get(session_id, Recollection())
        self.sessions[session_id] = Recollection((*known.turns, turn), (*known.facts, *facts))

    async def forget(self, session_id: str) -> bool:
        return self.sessions.pop(session_id, None) is not None

    async def close(self) -> None:
        self.is_closed = True


class ScriptedModel:
    async def generate(self, request: object) -> dict[str, object]:
        return {"answer": ANSWER, "model": "scripted-1", "usage": {"input_tokens": 120, "output_tokens": 30}}


class ScriptedTools:
    def schemas(self) -> tuple[()]:
        return ()

    def validate(self, name: str, arguments: Mapping[str, object]) -> tuple[str, ...]:
        return ()

    async def call(self, step_id: str, name: str, arguments: Mapping[str, object], workspace: object, *, draw: str = "") -> Observation:
        if draw == "tool error":
            return Observation(step_id, name, arguments, error="the tool failed")
        roas = {"value": 3.42, "low": float("nan"), "high": None}
        return Observation(step_id, name, arguments, {"groups": [{"key": "total", "roas": roas}]})


class ScriptedAgent:
    """`description` is what happens: `compute <s>`, `hold` (until `held` is set), `until <file>` (is there), `fail`, `fail later`,
    `no plan`, `timeout within`, `unknown account`, `tool error`; anything else is answered at once."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.memory = DictMemory()
        self.model = TracedModel(ScriptedModel(), provider=config.llm_provider, name=config.model)
        self.tools = TracedTools(ScriptedTools())
        self.held = asyncio.Event()
        self.started: list[str] = []
        self.cancelled: list[str] = []

    async def reason(self, task: Task, observe: Callable[[ReasoningStep], None] | None = None) -> Result:
        self.started.append(task.description)
        try:
            return await self._reason(task, observe or (lambda step: None))
        except asyncio.CancelledError:
            self.cancelled.append(task.description)
            raise

    async def _reason(self, task: Task, observe: Callable[[ReasoningStep], None]) -> Result:
        _fail_as_told(task.description)
        steps = [PLAN]
        observe(PLAN)
        await self._pause(task.description)
        if task.description == "fail later":
            raise RuntimeError("after the first step")
        execution = await self._call(task)
        reflection = ReasoningStep("reflection", "Every number stands in an observation.")
        answer = ReasoningStep("answer", ANSWER)
        for step in (execution, reflection, answer):
            steps.append(step)
            observe(step)
        if task.session_id is not None:
            await self.memory.remember(task.session_id, Turn(task.description, ANSWER), (Fact("asked", task.description),))
        return self._result(steps)

    async def _pause(self, description: str) -> None:
        word, _, argument = description.partition(" ")
        if word == "hold":
            await self.held.wait()
        elif word == "until":
            while not Path(argument).exists():
                await asyncio.sleep(0.01)
        elif word == "compute":
            until = time.perf_counter() + float(argument)
            while time.perf_counter() < until:
                sum(range(1000))

    async def _call(self, task: Task) -> ReasoningStep:
        await self.model.generate(ModelRequest("write", task))
        seen = await self.tools.call("s1", "compute_kpis", {"group_by": "total"}, None, draw=task.description)
        return ReasoningStep("execution", "Compute the KPIs.", seen)

    def _result(self, steps: list[ReasoningStep]) -> Result:
        return Result(
            success=True,
            output=ANSWER,
            reasoning_steps=tuple(steps),
            has_plan=True,
            has_execution=True,
            has_reflection=True,
            quality_score=0.9,
            total_cost=0.0012,
            usage=TokenUsage(120, 30),
            model="scripted-1",
            claims=(Claim("ROAS", 3.42, "x", "s1.groups.0.roas.value"),),
            caveats=("one day is missing",),
            release_id=self.config.release_id or "",
        )


def agent_of(config: Config) -> ScriptedAgent:
    return ScriptedAgent(config)


def broken_agent_of(config: Config) -> ScriptedAgent:
    raise ConnectionError("no route to postgresql://someone:hunter2hunter2@db/agent")


def _fail_as_told(description: str) -> None:
    if description == "fail":
        raise RuntimeError("secret detail sk-abcdefgh12345678 of jane@example.com")
    if description == "no plan":
        raise ReasoningError("the model gave no plan; Bearer abcdefgh12345678 was refused")
    if description == "timeout within":
        raise TimeoutError
    if description == "unknown account":
        raise UnknownAccount("nobody", ["aurora-outdoor", "brightside-coffee"])


__all__ = ["ANSWER", "PLAN", "DictMemory", "ScriptedAgent", "agent_of", "broken_agent_of"]
