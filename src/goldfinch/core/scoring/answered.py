"""There is an answer at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import answer_text
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.text import fold_unicode

_ANSWERED = Score(1.0, "answered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """1 where the answer has at least one visible character or a structured value, else 0.

    Applies to cases that expect an answer (anything but tools); with `every_case`, to all. It says nothing about what the answer says:
    "I cannot help with that" is an answer. Source: our own.
    """

    version: ClassVar[str] = "1"
    name: str = "answered"
    every_case: bool = False

    def score(self, case: Case, output: Output) -> Score | None:
        if not self.every_case and not expects_answer(case.expected):
            return None
        text = answer_text(output)
        return _ANSWERED if (text if text.isascii() else fold_unicode(text)).strip() else Score(0.0, "the answer is empty")


def expects_answer(expected: Expected) -> bool:
    """Whether the case says anything about the answer itself."""
    stated = expected.answer, expected.must_include, expected.must_not_include, expected.numbers, expected.rubric
    return any(stated) or expected.answer is not None or expected.json is not None
