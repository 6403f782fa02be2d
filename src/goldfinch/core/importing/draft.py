"""A case in the making: what was understood so far, and which scorers it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from goldfinch.core.datasets.case import Case, CaseBudget, Expected, ToolExpectation, ToolOrder

REPORTED_ONLY: dict[str, Any] = dict(pass_mark=None)  # noqa: C408 - as a literal, bandit takes it for a password
"""Options of a scorer whose score decides nothing."""


@dataclass(frozen=True, slots=True)
class Need:
    """A scorer that a case needs. `part` is the part of the case that the scorer reads; empty where its options say everything."""

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    part: str = ""
    place: str = ""


@dataclass(slots=True)
class Draft:
    """`name` is the other tool's own id, `fallback` the id where there is none. `lost` says that an expectation was left out."""

    place: str
    input: Any
    name: str = ""
    fallback: str = ""
    context: Any = None
    answers: list[str] = field(default_factory=list)
    must_include: list[str] = field(default_factory=list)
    must_not_include: list[str] = field(default_factory=list)
    json: Any = None
    tools: list[ToolExpectation] | None = None
    tool_order: ToolOrder = "in_order"
    rubrics: list[str] = field(default_factory=list)
    cost_usd: float | None = None
    latency_ms: float | None = None
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    needs: list[Need] = field(default_factory=list)
    lost: bool = False
    recorded: list[dict[str, Any]] = field(default_factory=list)
    """Answers that were recorded to this case: lines of a recorded-answers file without `case_id` and `trial`."""

    def claim(self, need: Need) -> bool:
        """Take `need` for its part of the case; False where another scorer reads that part already."""
        holder = next((held for held in self.needs if held.part == need.part), None) if need.part else None
        if holder is None:
            self.needs.append(need)
            return True
        return (holder.kind, dict(holder.options)) == (need.kind, dict(need.options))

    @property
    def expects_something(self) -> bool:
        """Whether anything is left that an answer can be judged by."""
        stated = self.answers or self.must_include or self.must_not_include or self.rubrics or self.needs
        return bool(stated) or self.json is not None or self.tools is not None

    def case(self, case_id: str) -> Case:
        answer = self.answers[0] if len(self.answers) == 1 else tuple(self.answers) or None
        expected = Expected(
            answer=answer,
            must_include=tuple(self.must_include),
            must_not_include=tuple(self.must_not_include),
            json=self.json,
            tools=None if self.tools is None else tuple(self.tools),
            tool_order=self.tool_order,
            rubric="\n".join(self.rubrics) or None,
        )
        has_budget = self.cost_usd is not None or self.latency_ms is not None
        return Case(
            id=case_id,
            input=self.input,
            context=self.context,
            expected=expected,
            tags=tuple(dict.fromkeys(self.tags)),
            budget=CaseBudget(cost_usd=self.cost_usd, latency_ms=self.latency_ms) if has_budget else None,
            metadata=self.metadata,
        )
