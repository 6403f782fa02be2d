"""What the engine asks of an agent."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Failure, FailureKind, Output


class AnswerFailed(Exception):
    """One call gave no usable answer.

    `output` holds what is known all the same (usage and cost of a truncated reply must be paid and are counted). `retry_after_s` is
    the wait in seconds that the other side asked for. The engine retries when `failure.kind.is_transient`.
    """

    def __init__(self, failure: Failure, *, output: Output | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.output = output or Output()
        self.retry_after_s = retry_after_s


class Agent(Protocol):
    """What is evaluated. One instance serves many concurrent calls.

    Opened before the first call and closed after the last (`async with agent:`).
    """

    @property
    def name(self) -> str:
        """How a person calls it, such as `openai:gpt-4.1` or `my_agent:answer`."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same case could be answered differently for a reason on our side: code, prompt, model, parameters.

        Names the answers in the run manifest and in the response cache.
        """
        ...

    @property
    def limit_key(self) -> str:
        """Calls with the same key share one concurrency limit: provider and a hash of its key, never the key itself."""
        ...

    @property
    def timeout_kind(self) -> FailureKind:
        """What an answer that does not come in time is: the agent's own `TIMEOUT`, or a model provider's `PROVIDER_TIMEOUT`."""
        ...

    @property
    def is_recorded(self) -> bool:
        """Whether the answers were given earlier: nothing is paid now, and a latency that was not recorded stays unknown."""
        ...

    def worst_case_cost_usd(self, case: Case) -> float | None:
        """The most that one answer can cost in US dollars, None where that cannot be known before the call."""
        ...

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
        """Ask once, without retrying. The engine adds latency where the agent leaves `latency_ms` None.

        Raises `AnswerFailed` for this call, `AgentUnusable` where no call can work (the run stops).
        """
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None: ...
