"""The service behind the routes: who may come in, how a task is run and watched, how it all ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from time import monotonic
from typing import Any

from src.api.agent import Agent, Observer
from src.api.agent_thread import AgentThread
from src.api.problems import Problems, TaskTimeout, stopping, too_many
from src.api.settings import ServiceSettings
from src.config import Config
from src.domain import Result, Task
from src.telemetry.logs import Logs
from src.telemetry.metrics import Metrics
from src.telemetry.redaction import Redactor
from src.telemetry.tracing import Tracing


class Service:
    """One instance: the agent on its thread, and what is known of the tasks at work."""

    def __init__(
        self,
        config: Config,
        settings: ServiceSettings,
        make: Callable[[], Agent],
        *,
        release_id: str,
        tracing: Tracing,
        logs: Logs,
        redact: Redactor,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.config, self.settings, self.release_id = config, settings, release_id
        self.logs, self.redact = logs, redact
        self.agents = AgentThread(make)
        self.metrics = Metrics(release_id)
        self.problems = Problems(redact, logs, settings.task_timeout_s)
        self._tracing = tracing
        self._clock = clock
        self._work: set[asyncio.Task[Result]] = set()
        self._draining_since: float | None = None

    @property
    def in_flight(self) -> int:
        return len(self._work)

    @property
    def is_draining(self) -> bool:
        return self._draining_since is not None

    def begin(self, task: Task, headers: Mapping[str, str], notes: dict[str, Any], observe: Observer | None = None) -> asyncio.Task[Result]:
        """Take a task in and start it. `notes` are for the log line of the request. Raises `Problem`: 429, 503 while stopping."""
        if self._draining_since is not None and self._clock() - self._draining_since >= self.settings.drain_delay_s:
            raise stopping()
        if len(self._work) >= self.settings.max_in_flight:
            raise too_many(self.settings.max_in_flight)
        work = asyncio.get_running_loop().create_task(self._run(task, headers, notes, observe))
        self._work.add(work)
        self.metrics.task_started()
        work.add_done_callback(self._ended)
        return work

    async def close(self) -> None:
        await self.agents.close()
        await asyncio.to_thread(self._tracing.close)

    def drain(self) -> None:
        """Be unready from now on, and take no task after `drain_delay_s`."""
        if self._draining_since is None:
            self._draining_since = self._clock()
            self.logs.info("draining", in_flight=self.in_flight, grace_s=self.settings.grace_s)

    def is_drained(self) -> bool:
        """Whether the process may end: nothing is at work and nothing more is taken; or the grace is over, and what is left is stopped."""
        if self._draining_since is None:
            return False
        waited = self._clock() - self._draining_since
        if waited >= self.settings.grace_s and self._work:
            self.logs.warning("grace_over", stopped=self.in_flight)
            for work in self._work:
                work.cancel()
            return True
        return waited >= self.settings.drain_delay_s and not self._work

    async def _run(self, task: Task, headers: Mapping[str, str], notes: dict[str, Any], observe: Observer | None) -> Result:
        config = self.config

        def reason(agent: Agent) -> Coroutine[Any, Any, Result]:
            return agent.reason(task, observe) if observe is not None else agent.reason(task)

        with self._tracing.invoke_agent(task, provider=config.llm_provider, model=config.model, headers=headers) as span:
            notes["trace_id"] = span.trace_id
            result = await self._in_time(reason)
            span.answered(result)
        self.metrics.answered(result)
        notes |= _told(result)
        return result if result.release_id else replace(result, release_id=self.release_id)

    async def _in_time(self, reason: Callable[[Agent], Coroutine[Any, Any, Result]]) -> Result:
        limit = asyncio.timeout(self.settings.task_timeout_s)
        try:
            async with limit:
                return await self.agents.call(reason)
        except TimeoutError as error:
            if limit.expired():
                raise TaskTimeout from error
            raise

    def _ended(self, work: asyncio.Task[Result]) -> None:
        self._work.discard(work)
        outcome = "cancelled" if work.cancelled() else "error" if work.exception() is not None else "ok"
        self.metrics.task_ended(outcome)


def _told(result: Result) -> dict[str, Any]:
    """What a log line says of a result: amounts, no content."""
    seen = [step.observation for step in result.reasoning_steps if step.observation is not None]
    return {
        "model": result.model,
        "input_tokens": result.usage.input_tokens,
        "output_tokens": result.usage.output_tokens,
        "cost_usd": round(result.total_cost, 6),
        "quality_score": round(result.quality_score, 4),
        "tool_calls": len(seen),
        "tool_errors": sum(observation.error is not None for observation in seen),
    }
