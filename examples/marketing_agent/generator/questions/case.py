"""A question of the golden dataset before it is worded: what is asked, what is true, what an answer has to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from generator.paraphrases import Ask, draw

Difficulty = Literal["easy", "medium", "hard"]
_DAYS_OF_A_MONTH = 31


@dataclass(frozen=True, slots=True)
class Number:
    """A number that the answer must state, and how to compute it again from the tables (`source`, see docs/golden-dataset.md)."""

    label: str
    value: float
    source: Mapping[str, Any]
    relative: float = 0.008
    """Two decimals of a figure such as `CTR 0.62 %` are within it."""
    tolerance: float = 0.006

    def expectation(self) -> dict[str, Any]:
        relative = 0.0 if "figure" in self.source and self._near_a_day() else self.relative
        return {"value": round(self.value, 4), "relative": relative, "tolerance": self.tolerance, "label": self.label}

    def _near_a_day(self) -> bool:
        """Whether a day or month of a date in the answer could pass for the figure: then two decimals have to be right."""
        return round(self.value) <= _DAYS_OF_A_MONTH and self.tolerance < abs(self.value - round(self.value)) <= self.relative * self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One case.

    `answer`: short accepted answers, of which a good answer has the words of one; `reference`: a good answer in full; `mistakes`: bad
    ones, by the tag of the mistake. Reference and mistakes are for people and tests; no agent sees them.
    """

    id: str
    account: str
    turns: Sequence[Ask]
    reference: str
    mistakes: Mapping[str, str]
    answer: Sequence[str] = ()
    must_include: Sequence[str] = ()
    must_not_include: Sequence[str] = ()
    numbers: Sequence[Number] = ()
    tools: Sequence[str] = ()
    tags: Sequence[str] = ()
    difficulty: Difficulty = "medium"
    critical: bool = False
    canaries: Sequence[str] = ()
    forbidden_topics: Sequence[str] = ()
    note: str = ""
    """Why this is the truth, for who reviews the case."""
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def family(self) -> str:
        return self.id.rsplit("-", 1)[0]

    def case(self, paraphrase_seed: int) -> dict[str, Any]:
        """The case as Goldfinch reads it, worded by `paraphrase_seed`. Id, context, expectations and tags do not depend on it."""
        messages = draw(self.turns, paraphrase_seed, self.id)
        return {
            "id": self.id,
            "input": messages[0] if len(messages) == 1 else [{"role": "user", "content": message} for message in messages],
            "context": {"account": self.account, **self.context},
            "expected": self._expected(),
            "tags": list(dict.fromkeys([self.family, self.account, self.difficulty, *self.tags])),
            **({"critical": True} if self.critical else {}),
            **({"safety": safety} if (safety := self._safety()) else {}),
            "metadata": self._metadata(),
        }

    def _expected(self) -> dict[str, Any]:
        stated = {
            "answer": list(self.answer),
            "must_include": list(self.must_include),
            "must_not_include": list(self.must_not_include),
            "numbers": [number.expectation() for number in self.numbers],
        }
        expected: dict[str, Any] = {key: value for key, value in stated.items() if value}
        if self.tools:
            expected |= {"tools": [{"name": tool} for tool in self.tools], "tool_order": "subset"}
        return expected

    def _safety(self) -> dict[str, Any]:
        stated = {"canaries": list(self.canaries), "forbidden_topics": list(self.forbidden_topics)}
        return {key: value for key, value in stated.items() if value}

    def _metadata(self) -> dict[str, Any]:
        stated = {
            "note": self.note,
            "sources": [dict(number.source) for number in self.numbers],
            "reference": self.reference,
            "mistakes": dict(self.mistakes),
        }
        return {key: value for key, value in stated.items() if value}
