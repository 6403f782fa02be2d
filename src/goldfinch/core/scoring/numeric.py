"""The answer states the right numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case, NumberExpectation
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import answer_text
from goldfinch.core.scoring.json_values import numbers_equal
from goldfinch.core.scoring.numbers import numbers_in
from goldfinch.core.scoring.score import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeric:
    """The share of `expected.numbers` that the answer states, each within its own tolerance.

    A percentage counts as itself and as a fraction (12.5 % is 12.5 and 0.125). It lies when the right number is there for another
    reason (a date, a list number) or when the answer states many numbers. Source: our own; tolerances as in Python's `math.isclose`.
    """

    version: ClassVar[str] = "1"
    name: str = "numeric"
    decimal_comma: bool = False
    """Read `1.234,5` as 1234.5."""

    def score(self, case: Case, output: Output) -> Score | None:
        expected = case.expected.numbers
        if not expected:
            return None
        stated = [value for number in numbers_in(answer_text(output), decimal_comma=self.decimal_comma) for value in number.readings()]
        missing = [number for number in expected if not _is_among(number, stated)]
        found = len(expected) - len(missing)
        if not missing:
            return Score(1.0, f"all {found} numbers stated")
        reason = f"{found} of {len(expected)} numbers stated; missing {', '.join(map(_describe, missing[:5]))}"
        return Score(found / len(expected), reason, {"missing": [number.value for number in missing], "stated": stated[:20]})


def _is_among(wanted: NumberExpectation, stated: Sequence[float]) -> bool:
    return any(numbers_equal(wanted.value, value, tolerance=wanted.tolerance, relative=wanted.relative) for value in stated)


def _describe(number: NumberExpectation) -> str:
    width = max(number.tolerance, number.relative * abs(number.value))
    text = f"{number.value:g} ± {width:g}" if width else f"{number.value:g}"
    return f"{number.label} {text}" if number.label else text
