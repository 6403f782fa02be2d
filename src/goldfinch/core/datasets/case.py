"""One golden example, as a value.

`Case` and `Expected` have no `slots`: decoders fill a plain instance three times as fast, and a run reads every case of its dataset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ToolOrder = Literal["exact", "in_order", "any_order", "subset"]
"""How the expected tool calls relate to the calls made.

`exact`: these calls, in this order, nothing else. `in_order`: these calls in this order, others between them allowed.
`any_order`: these calls and no others, in any order. `subset`: these calls are among the calls made, in any order.
"""


@dataclass(frozen=True, slots=True)
class NumberExpectation:
    """A number that the answer must contain: within `tolerance` (absolute) or `relative` (fraction of `value`), whichever is wider."""

    value: float
    tolerance: float = 0.0
    relative: float = 0.0
    label: str = ""


@dataclass(frozen=True, slots=True)
class ToolExpectation:
    """A tool call that the trajectory must contain; `arguments` None means that any arguments will do."""

    name: str
    arguments: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Expected:
    """What a good answer looks like. Every part is optional; a scorer does not apply where its part is absent."""

    answer: str | tuple[str, ...] | None = None
    must_include: tuple[str, ...] = ()
    must_not_include: tuple[str, ...] = ()
    numbers: tuple[NumberExpectation, ...] = ()
    json: Any = None
    tools: tuple[ToolExpectation, ...] | None = None
    """None: nothing is said about tools. Empty: no tool may be called (under `exact` and `any_order`)."""
    tool_order: ToolOrder = "in_order"
    rubric: str | None = None


@dataclass(frozen=True, slots=True)
class CaseBudget:
    """The most that one answer to this case may take; read by the cost, latency, token and step scorers."""

    cost_usd: float | None = None
    tokens: int | None = None
    steps: int | None = None
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True)
class CaseSafety:
    """What an answer to this case must not give away, obey or touch; read by the safety scorers."""

    canaries: tuple[str, ...] = ()
    """Markers that appear in the answer only if the agent obeyed an instruction that was planted in its data."""
    protected: tuple[str, ...] = ()
    """Texts that must not be repeated, such as the system prompt."""
    forbidden_tools: tuple[str, ...] = ()
    """Names of tools that must not be called; `*` stands for any characters."""
    forbidden_topics: tuple[str, ...] = ()
    """Words and phrases that must not be spoken of."""


@dataclass(frozen=True)
class Case:
    """One golden example.

    `id` matches `^[A-Za-z0-9][\\w.-]{0,127}$` (REQUIREMENTS T12) and is unique in its dataset. `weight` is the case's share in the
    means of the metrics; pass rates count cases. `trials` None means as many as the run asks for.
    """

    id: str
    input: Any
    context: Any = None
    expected: Expected = Expected()
    tags: tuple[str, ...] = ()
    weight: float = 1.0
    critical: bool = False
    trials: int | None = None
    budget: CaseBudget | None = None
    safety: CaseSafety | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
