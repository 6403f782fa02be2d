"""From a task to a plan whose every call fits the tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from src.agents.plan_reading import read_plan
from src.agents.ports import Toolbox
from src.agents.spending import Spending
from src.agents.thinking import NothingUsable, Thinker
from src.config import Config
from src.domain import ModelRequest, Plan, PlanStep, Recollection, Task, TokenUsage

EXPECTED_STEP = TokenUsage(600, 0)
"""What a tool's result usually adds to the prompt of the answer."""
EXPECTED_ANSWER = TokenUsage(900, 400)
"""What an answer usually takes beside that."""


class Planner:
    def __init__(self, thinker: Thinker, tools: Toolbox, config: Config) -> None:
        self._thinker = thinker
        self._tools = tools
        self._config = config

    async def create_plan(
        self,
        task: Task,
        *,
        account: Mapping[str, Any] | None = None,
        memory: Recollection | None = None,
        problems: tuple[str, ...] = (),
        spending: Spending | None = None,
    ) -> Plan:
        """Ask the model once for a plan. `account` is the overview of the data, `problems` what was wrong with the last plan.

        Raises `NothingUsable` for a reply that is no plan, or calls what the tools do not have; `ReasoningError` where the model failed.
        """
        spent = spending if spending is not None else Spending(self._config)
        request = ModelRequest(
            "plan", task, tools=tuple(self._tools.schemas()), account=account or {}, memory=memory or Recollection(), problems=problems
        )
        read = read_plan(await self._thinker.ask(request, spent), self._tools)
        if read.problems:
            raise NothingUsable("plan", read.problems)
        return Plan(read.steps, read.reasoning, spent.cost + self._expected_cost(read.steps, spent))

    def _expected_cost(self, steps: tuple[PlanStep, ...], spending: Spending) -> float:
        calls = sum(step.tool is not None for step in steps[: self._config.max_steps])
        sent = EXPECTED_ANSWER.input_tokens + calls * EXPECTED_STEP.input_tokens
        return self._config.behaviour.drafts * spending.cost_of(TokenUsage(sent, EXPECTED_ANSWER.output_tokens))
