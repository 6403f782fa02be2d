"""Carrying out a plan: steps that need nothing of each other at the same time, failures as observations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from src.agents.ports import Toolbox
from src.agents.references import filled_in, steps_needed
from src.domain import Observation, Plan, PlanStep, Task
from src.evaluation.evidence import Evidence

Seen = Callable[[Observation], None]


@dataclass(frozen=True, slots=True)
class Execution:
    """`observations` in the plan's order; `left_out` are the steps beyond the limit."""

    observations: tuple[Observation, ...]
    left_out: tuple[PlanStep, ...] = ()


class Executor:
    def __init__(self, tools: Toolbox, *, max_steps: int) -> None:
        self._tools = tools
        self._max_steps = max_steps

    async def execute(
        self, plan: Plan, task: Task, workspace: Any, *, known: Sequence[Observation] = (), draw: str = "", seen: Seen = lambda _: None
    ) -> Execution:
        """Carry out the first `max_steps` steps.

        `known` are calls that were made before and are not made again, `seen` is told each observation as it is made, `draw` seeds what
        goes wrong by chance.
        """
        taken = plan.steps[: self._max_steps]
        calls = [step for step in taken if step.tool is not None]
        done = {step.id: replace(same, step_id=step.id) for step in calls if (same := _same_call(step, known))}
        waiting = [step for step in calls if step.id not in done]
        while waiting:
            ready = [step for step in waiting if not steps_needed(step.arguments) & {other.id for other in waiting}]
            evidence = Evidence(task, tuple(done.values()))
            for observation in await asyncio.gather(*(self._observed(step, evidence, workspace, draw) for step in ready)):
                done[observation.step_id] = observation
                seen(observation)
            waiting = [step for step in waiting if step.id not in done]
        return Execution(tuple(done[step.id] for step in calls), plan.steps[self._max_steps :])

    async def call(self, step: PlanStep, workspace: Any, draw: str) -> Observation:
        """Call the step's tool, once more where it failed: what failed for want of a connection may work at the second try."""
        assert step.tool is not None  # nosec B101
        first = await self._tools.call(step.id, step.tool, step.arguments, workspace, draw=draw)
        if first.error is None:
            return first
        return await self._tools.call(step.id, step.tool, step.arguments, workspace, draw=draw)

    async def _observed(self, step: PlanStep, evidence: Evidence, workspace: Any, draw: str) -> Observation:
        tool = str(step.tool)
        if steps_needed(step.arguments):
            try:
                arguments = filled_in(step.arguments, evidence)
            except KeyError as missing:
                return Observation(step.id, tool, step.arguments, error=f"a value of an earlier step is missing: {missing.args[0]}")
            step = PlanStep(step.id, step.thought, tool, arguments)
            if problems := self._tools.validate(tool, arguments):
                return Observation(step.id, tool, arguments, error="; ".join(problems))
        return await self.call(step, workspace, draw)


def _same_call(step: PlanStep, known: Sequence[Observation]) -> Observation | None:
    return next((each for each in known if each.error is None and (each.tool, each.arguments) == (step.tool, step.arguments)), None)


def failures(observations: Sequence[Observation]) -> tuple[Observation, ...]:
    return tuple(seen for seen in observations if seen.error is not None)
