"""Lists whose order does not matter."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import NoJson, accepted_answers, answer_json, answer_text
from goldfinch.core.scoring.evidence import listed
from goldfinch.core.scoring.json_values import canonical, is_list
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.text import TextRules

_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetF1(TextRules):
    """F1, precision or recall of the items of the answer against the items expected, whatever their order; repeats count once.

    precision = right / given, recall = right / expected, f1 = 2 * right / (given + expected). Expected is `expected.json` where that is
    a list; with `expected_from: answer`, the tuple of accepted answers. Given is the JSON list of the answer; else its lines without
    bullets; else, on a single line, what stands between commas or semicolons. It lies where items are the same in other words.
    Source: van Rijsbergen, Information Retrieval, 2nd ed., 1979, chapter 7.
    """

    version: ClassVar[str] = "1"
    name: str = "set_f1"
    measure: Literal["f1", "precision", "recall"] = "f1"
    expected_from: Literal["json", "answer"] = "json"

    def score(self, case: Case, output: Output) -> Score | None:
        stated: Any = case.expected.json if self.expected_from == "json" else accepted_answers(case) or None
        if not is_list(stated):
            return None
        expected = {self._key(item) for item in stated}
        given = {self._key(item) for item in items_of(output)}
        right = len(expected & given)
        evidence = {"missing": sorted(expected - given), "unexpected": sorted(given - expected)}
        reason = f"{right} right of {len(expected)} expected and {len(given)} given"
        if evidence["missing"]:
            reason += f"; missing {listed(evidence['missing'])}"
        if evidence["unexpected"]:
            reason += f"; unexpected {listed(evidence['unexpected'])}"
        return Score(overlap(self.measure, right, len(given), len(expected)), reason, evidence)

    def _key(self, item: Any) -> str:
        return self.normalise(item) if isinstance(item, str) else canonical(item)


def items_of(output: Output) -> list[Any]:
    """The items that the answer lists: of a JSON list, else of lines, else between commas or semicolons."""
    try:
        value = answer_json(output)
    except NoJson:
        return _items_of_text(answer_text(output))
    return list(value) if is_list(value) else [value]


def _items_of_text(text: str) -> list[str]:
    lines = [_BULLET.sub("", line).strip() for line in text.splitlines()]
    items = [line for line in lines if line]
    return items if len(items) != 1 else [part.strip() for part in re.split("[,;]", items[0]) if part.strip()]


def overlap(measure: Literal["f1", "precision", "recall"], right: int, given: int, expected: int) -> float:
    """Precision, recall or F1 of `right` common items. Nothing expected and nothing given is perfect; otherwise 0 / 0 is 0."""
    if not given and not expected:
        return 1.0
    total = {"f1": given + expected, "precision": given, "recall": expected}[measure]
    return (2 if measure == "f1" else 1) * right / total if total else 0.0


def multiset_overlap(given: list[str], expected: list[str]) -> int:
    """Items in common, repeats counted."""
    return (Counter(given) & Counter(expected)).total()
