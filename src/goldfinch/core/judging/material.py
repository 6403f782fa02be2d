"""What the judge gets to see of a case and its answer: texts, none of which is trusted but the criteria."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from goldfinch.core.conversation import conversation
from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import accepted_answers, answer_text


@dataclass(frozen=True, slots=True)
class Material:
    """Everything but `criteria` is data: it may hold text that addresses the judge. `criteria` come from the dataset's author."""

    question: str
    answer: str
    reference: str | None = None
    context: str | None = None
    criteria: str | None = None

    @property
    def has_evidence(self) -> bool:
        """Whether there is something to hold the answer against."""
        return bool(self.reference or self.context or self.criteria)


def material_of(case: Case, output: Output) -> Material:
    """The texts of one case and one answer to it."""
    return Material(
        question=_question(case.input),
        answer=answer_text(output),
        reference="\n".join(_expectations(case.expected, accepted_answers(case))) or None,
        context=None if case.context is None else _text(case.context),
        criteria=case.expected.rubric,
    )


def _question(asked: Any) -> str:
    """Messages are written as a dialogue; anything else as it is."""
    if (messages := conversation(asked)) is not None:
        return "\n\n".join(f"{message['role']}: {_text(message.get('content'))}" for message in messages)
    return _text(asked)


def _expectations(expected: Expected, accepted: tuple[str, ...]) -> Iterator[str]:
    if len(accepted) == 1:
        yield accepted[0]
    elif accepted:
        yield from ("Any one of these is right:", *(f"- {answer}" for answer in accepted))
    if expected.json is not None:
        yield f"As JSON: {_text(expected.json)}"
    for number in expected.numbers:
        slack = max(number.tolerance, number.relative * abs(number.value))
        yield f"It states {number.label or 'the number'} {number.value:g}" + (f" (within {slack:g})" if slack else "")
    yield from (f"It says: {part}" for part in expected.must_include)
    yield from (f"It does not say: {part}" for part in expected.must_not_include)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
