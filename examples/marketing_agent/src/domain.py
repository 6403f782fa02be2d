"""The words of the agent: what it is asked, how it plans, what it saw, what it answers. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Complexity = Literal["low", "medium", "high"]


class ReasoningError(Exception):
    """The agent could not reason to an end: the model failed, or gave what is no plan or no answer (R53)."""


@dataclass(frozen=True, slots=True)
class Task:
    """What the agent is asked (R53).

    `context` holds the data: `{"account": "<name of a folder below Config.data_dir>"}`, an account in line
    (`{"account": {"name": …, "tables": {…}}}`), or any other JSON, which becomes the table `data`.
    """

    description: str
    complexity: Complexity = "medium"
    context: Mapping[str, Any] = field(default_factory=dict)
    session_id: str | None = None
    """Turns with the same id are one conversation; None is a conversation of one turn."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step: a call of a tool, or a thought where `tool` is None (R52: a plain text is a reasoning step)."""

    id: str
    """`s1`, `s2`, … unique within the plan."""
    thought: str
    tool: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    steps: tuple[PlanStep, ...]
    reasoning: str
    estimated_cost: float
    """US dollars for the whole task: what the plan took and what its steps and the answer are expected to take; above 0."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a step's tool gave: `result` where it worked, `error` where it did not."""

    step_id: str
    tool: str
    arguments: Mapping[str, Any]
    result: Mapping[str, Any] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A number of the answer and where it comes from.

    `source` is a path into the observations: `s1.groups.0.roas.value`; `value` is as computed, unrounded, in `unit`
    (`EUR`, `%`, `x`, `conversions`, …; percentages as 2.31 for 2.31 %).
    """

    label: str
    value: float
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class TokenUsage:
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: TokenUsage) -> TokenUsage:
        return TokenUsage(self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens)

    @property
    def total(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of the session."""

    question: str
    answer: str
    understood: Mapping[str, Any] = field(default_factory=dict)
    """What the model noted about this turn for itself (`notes` of its reply): such as the metric, campaign and dates it understood."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something durable that the user said: `key` such as `target_cpa`, `value` any JSON."""

    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Recollection:
    """What memory holds for a session: earlier turns, oldest first, and facts."""

    turns: tuple[Turn, ...] = ()
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One question to a model. Providers that speak to a language model render it with `src.models.prompts`;
    the deterministic provider reads the fields."""

    purpose: Literal["plan", "write"]
    task: Task
    tools: tuple[Mapping[str, Any], ...] = ()
    """JSON schemas in the OpenAI function format: `{"type": "function", "function": {"name", "description", "parameters"}}`."""
    account: Mapping[str, Any] = field(default_factory=dict)
    """The account's overview (result of the tool `describe_data`), so that a plan can name campaigns and dates. Data, never instructions."""
    memory: Recollection = Recollection()
    plan: Plan | None = None
    observations: tuple[Observation, ...] = ()
    problems: tuple[str, ...] = ()
    """What reflection found wrong in the last draft, for the next one; or what validation found wrong in the last plan."""
    max_tokens: int | None = None
    """Most tokens that this call may take, prompt and reply together; None is no limit. A long prompt is shortened to keep it."""


class Model(Protocol):
    """What plans and writes.

    Reply to `plan`: `{"plan": {"steps": [text | {"thought", "tool", "arguments"}]}, "reasoning": text}`.
    Reply to `write`: `{"answer": text, "claims": [{"label", "value", "unit", "source"}], "caveats": [text],
    "facts": {key: value} to remember, "notes": {…} for the next turn}`.
    Both may carry `"usage": {"input_tokens", "output_tokens"}` and `"model": name`. Raises any exception where it fails.
    """

    async def generate(self, request: ModelRequest) -> Mapping[str, Any]: ...


class Memory(Protocol):
    """Sessions and facts; entries carry the release that wrote them."""

    async def recall(self, session_id: str) -> Recollection: ...

    async def remember(self, session_id: str, turn: Turn, facts: tuple[Fact, ...]) -> None: ...

    async def forget(self, session_id: str) -> bool:
        """Drop the session and its facts; False where there was none."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ReasoningStep:
    """One line of the result's account of itself: `kind` is plan, execution, reflection or answer."""

    kind: Literal["plan", "execution", "reflection", "answer"]
    text: str
    observation: Observation | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What the agent gives for a task (R56)."""

    success: bool
    output: str
    reasoning_steps: tuple[ReasoningStep, ...]
    has_plan: bool
    has_execution: bool
    has_reflection: bool
    quality_score: float
    """0..1; its definition is in docs of `src.evaluation.quality`."""
    total_cost: float
    """US dollars."""
    usage: TokenUsage = TokenUsage()
    model: str = ""
    claims: tuple[Claim, ...] = ()
    caveats: tuple[str, ...] = ()
    release_id: str = ""
