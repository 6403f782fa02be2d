"""The agent: plans, asks its tools, writes, checks what it wrote, answers. docs/agent.md tells the flow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from src.agents import assembly
from src.agents.behaviour import InFlight, behaving
from src.agents.drafts import Draft, read_draft
from src.agents.executor import Execution, Executor, failures
from src.agents.planner import Planner
from src.agents.ports import Accounts, Toolbox
from src.agents.reflection import Reflection, reflect
from src.agents.spending import LimitReached, Spending
from src.agents.thinking import NothingUsable, Thinker
from src.config import Config
from src.domain import (
    Memory,
    Model,
    ModelRequest,
    Observation,
    Plan,
    PlanStep,
    ReasoningError,
    ReasoningStep,
    Recollection,
    Result,
    Task,
    Turn,
)
from src.evaluation.evidence import Evidence
from src.evaluation.quality import quality_score
from src.evaluation.safety import gives_orders, without
from src.models.replies import shown
from src.release import release_id

__all__ = ["LimitReached", "Plan", "ReasoningAgent", "ReasoningError", "Task"]

_log = logging.getLogger(__name__)

TURNS_SHOWN = 10
"""Earlier turns that a model is shown, the last ones: each costs tokens twice, in the plan and in the answer."""
OVERVIEW = PlanStep("s0", "look at what data there is", "describe_data")
Observer = Callable[[ReasoningStep], None]


@dataclass(slots=True)
class _Run:
    """What one task has come to so far."""

    task: Task
    spending: Spending
    observe: Observer | None = None
    steps: list[ReasoningStep] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)
    """What the agent itself has to tell: failed tools, steps left out, memory that could not be read."""
    workspace: Any = None
    model: str = ""
    """Who wrote the answer, as its reply says."""
    overview: Observation | None = None
    memory: Recollection = field(default_factory=Recollection)

    def tell(self, step: ReasoningStep) -> None:
        self.steps.append(step)
        if self.observe is not None:
            self.observe(step)

    @property
    def account(self) -> Mapping[str, Any]:
        """The overview of the data; empty where it failed."""
        return (self.overview.result if self.overview else None) or {}

    @property
    def draw(self) -> str:
        """What chance is drawn from: the same for the same turn of the same session."""
        return f"{self.task.session_id}/{len(self.memory.turns)}/{self.task.description}"


class ReasoningAgent:
    """Reasons about one task at a time or many at once.

    Every part may be given; what is not comes from `config`, by default the production configuration (environment, else the keyless
    deterministic provider). `llm` is anything with `generate` (`src.domain.Model`).
    """

    def __init__(
        self,
        llm: Model | None = None,
        config: Config | None = None,
        memory: Memory | None = None,
        workspaces: Accounts | None = None,
        tools: Toolbox | None = None,
    ) -> None:
        self.config = config or Config()
        self.memory = memory or assembly.memory_of(self.config)
        self._accounts = workspaces or assembly.accounts_of(self.config)
        tools = tools or assembly.tools_of(self.config)
        self._thinker = Thinker(behaving(llm or assembly.model_of(self.config), self.config.behaviour), self.config)
        self.planner = Planner(self._thinker, tools, self.config)
        self._executor = Executor(tools, max_steps=self.config.max_steps)
        self._in_flight = InFlight(self.config.behaviour.max_in_flight)

    @cached_property
    def release_id(self) -> str:
        return release_id(self.config)

    async def reason(self, task: Task, observe: Observer | None = None) -> Result:
        """Answer `task`; `observe` is told each line of the reasoning as it is done.

        Raises `ReasoningError` where the model failed or gave nothing usable twice, `LimitReached` (one of them) where the task's limits
        left no room for an answer; `LookupError` for an unknown account and `ValueError` for data that cannot be read: the caller's to mend.
        """
        with self._in_flight.task():
            run = _Run(task, Spending(self.config), observe)
            await self._look(run)
            await self._recall(run)
            plan = await self._plan(run)
            execution = await self._execute(run, plan)
            draft, reflection = await self._write(run, plan, execution)
            result = self._result(run, plan, execution, draft, reflection)
            return await self._remembered(run, draft, result)

    async def close(self) -> None:
        """End the connections of the memory."""
        await self.memory.close()

    async def _look(self, run: _Run) -> None:
        run.workspace = await asyncio.to_thread(self._accounts.open, run.task.context)
        seen = await self._executor.call(OVERVIEW, run.workspace, run.draw)
        run.overview = seen
        run.tell(_executed(seen))
        if seen.error is not None:
            run.caveats.append(_failed(seen))

    async def _recall(self, run: _Run) -> None:
        if run.task.session_id is None or not self.config.behaviour.recall:
            return
        try:
            recalled = await self.memory.recall(run.task.session_id)
        except Exception:  # noqa: BLE001 - whatever the store: an answer that says what it does not know is better than none
            _log.warning("the memory could not be read", exc_info=True)
            run.caveats.append("Earlier turns of this session could not be read, so this answer knows nothing of them.")
            return
        run.memory = replace(recalled, turns=recalled.turns[-TURNS_SHOWN:])

    async def _plan(self, run: _Run) -> Plan:
        """Plan, once more with what was wrong where the first plan does not fit the tools."""
        try:
            plan = await self._planned(run, ())
        except NothingUsable as rejected:
            run.tell(ReasoningStep("plan", f"a plan was rejected: {'; '.join(rejected.problems)}"))
            plan = await self._planned(run, rejected.problems)
        run.tell(ReasoningStep("plan", plan.reasoning or f"{len(plan.steps)} steps"))
        return plan

    async def _planned(self, run: _Run, problems: tuple[str, ...]) -> Plan:
        return await self.planner.create_plan(run.task, account=run.account, memory=run.memory, problems=problems, spending=run.spending)

    async def _execute(self, run: _Run, plan: Plan) -> Execution:
        for step in plan.steps[: self.config.max_steps]:
            if step.tool is None:
                run.tell(ReasoningStep("execution", f"{step.id} {step.thought}"))
        execution = await self._executor.execute(
            plan,
            run.task,
            run.workspace,
            known=[run.overview] if run.overview else [],
            draw=run.draw,
            seen=lambda observation: run.tell(_executed(observation)),
        )
        run.caveats += [_failed(seen) for seen in failures(execution.observations)]
        if execution.left_out:
            run.caveats.append(
                f"The last {len(execution.left_out)} of {len(plan.steps)} planned steps were left out: the limit is {self.config.max_steps}."
            )
        return execution

    async def _write(self, run: _Run, plan: Plan, execution: Execution) -> tuple[Draft, Reflection]:
        """Write and check, once more with what was wrong. The better of the two drafts stays."""
        evidence = Evidence(run.task, execution.observations, run.account, run.memory, tuple(run.caveats))

        def checked(draft: Draft) -> Reflection:
            reflection = reflect(draft, evidence, plan, execution.left_out, self.config.behaviour)
            run.tell(ReasoningStep("reflection", reflection.summary))
            return reflection

        try:
            draft = await self._drafted(run, plan, execution, ())
        except NothingUsable as rejected:
            run.tell(ReasoningStep("reflection", f"an answer was rejected: {'; '.join(rejected.problems)}"))
            draft = await self._drafted(run, plan, execution, rejected.problems)
            return draft, checked(draft)
        first = checked(draft)
        if not first.problems:
            return draft, first
        return await self._rewritten(run, plan, execution, draft, first, checked)

    async def _rewritten(
        self, run: _Run, plan: Plan, execution: Execution, draft: Draft, first: Reflection, checked: Callable[[Draft], Reflection]
    ) -> tuple[Draft, Reflection]:
        try:
            second = await self._drafted(run, plan, execution, first.problems)
        except ReasoningError as failed:
            run.tell(ReasoningStep("reflection", f"no rewrite: {failed}"))
            return draft, first
        reflection = checked(second)
        is_better = (not reflection.forbidden, -len(reflection.problems)) >= (not first.forbidden, -len(first.problems))
        return (second, reflection) if is_better else (draft, first)

    async def _drafted(self, run: _Run, plan: Plan, execution: Execution, problems: tuple[str, ...]) -> Draft:
        """Write as often as the release does (`Behaviour.drafts`): each further draft gets the whole evidence once more on top."""
        reply: Mapping[str, Any] = {}
        for times in range(1, self.config.behaviour.drafts + 1):
            evidence = execution.observations * times
            request = ModelRequest(
                "write", run.task, account=run.account, memory=run.memory, plan=plan, observations=evidence, problems=problems
            )
            reply = await self._thinker.ask(request, run.spending)
        run.model = str(reply.get("model") or self.config.model)
        draft = read_draft(reply)
        if not self.config.behaviour.state_caveats:
            return draft
        return draft.with_caveats((*draft.caveats, *run.caveats))

    def _result(self, run: _Run, plan: Plan, execution: Execution, draft: Draft, reflection: Reflection) -> Result:
        output = without(draft.answer, reflection.forbidden)
        run.tell(ReasoningStep("answer", output))
        worked = not execution.observations or len(failures(execution.observations)) < len(execution.observations)
        return Result(
            success=reflection.is_grounded and not reflection.forbidden and worked,
            output=output,
            reasoning_steps=tuple(run.steps),
            has_plan=bool(plan.steps),
            has_execution=len(execution.left_out) < len(plan.steps),
            has_reflection=True,
            quality_score=quality_score(reflection.checks),
            total_cost=run.spending.cost,
            usage=run.spending.usage,
            model=run.model,
            claims=draft.claims,
            caveats=tuple(without(caveat, reflection.forbidden) for caveat in draft.caveats),
            release_id=self.release_id,
        )

    async def _remembered(self, run: _Run, draft: Draft, result: Result) -> Result:
        """Keep the turn. Where that fails the answer stands, and says so in its reasoning: it is the next one that lacks something."""
        if run.task.session_id is not None:
            turn = Turn(run.task.description, result.output, draft.notes)
            try:
                await self.memory.remember(run.task.session_id, turn, draft.facts)
            except Exception as error:  # noqa: BLE001 - whatever the store
                _log.warning("the turn could not be kept", exc_info=True)
                run.tell(ReasoningStep("reflection", f"this turn could not be kept for the next: {shown(str(error))}"))
        return replace(result, reasoning_steps=tuple(run.steps))


def _executed(seen: Observation) -> ReasoningStep:
    outcome = "worked" if seen.error is None else f"failed: {seen.error}"
    return ReasoningStep("execution", f"{seen.step_id} {seen.tool} {outcome}", seen)


def _failed(seen: Observation) -> str:
    """What to tell of a failure; its reason may quote a name of the data, which is not passed on where it gives orders."""
    reason = shown(seen.error or "")
    told = "" if gives_orders(reason) else f" ({reason})"
    return f"The tool {seen.tool} failed{told}, so what it would have told is missing."
