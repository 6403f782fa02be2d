"""What is in a dataset, counted in one pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from goldfinch.core.datasets.case import Case, Expected

PARTS = ("answer", "must_include", "must_not_include", "numbers", "json", "tools", "rubric")
"""Parts of `expected` that are counted: each makes some scorer apply."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Characters of the cases' inputs, where an input that is no text counts as its JSON-like spelling. `mean` is None without a case."""

    least: int | None
    mean: float | None
    most: int | None


@dataclass(frozen=True, slots=True)
class DatasetStats:
    """`expected` counts the cases that have each part; `expecting_nothing` those that no reference scorer applies to."""

    cases: int
    critical: int
    total_weight: float
    weighted: int
    """Cases whose weight is not 1."""
    with_context: int
    with_budget: int
    with_trials: int
    expected: dict[str, int]
    expecting_nothing: int
    tags: dict[str, int]
    """Most frequent first, then by name."""
    untagged: int
    input_characters: Sizes


def dataset_stats(cases: Iterable[Case]) -> DatasetStats:
    """Count everything in one pass; memory grows with the number of different tags only."""
    tally = _Tally()
    for case in cases:
        tally.add(case)
    return tally.stats()


def parts_of(expected: Expected) -> tuple[str, ...]:
    """The parts that are present, in the order of `PARTS`. An empty list of tools is present: it forbids tools."""
    present = (
        expected.answer is not None,
        bool(expected.must_include),
        bool(expected.must_not_include),
        bool(expected.numbers),
        expected.json is not None,
        expected.tools is not None,
        expected.rubric is not None,
    )
    return tuple(name for name, is_present in zip(PARTS, present, strict=True) if is_present)


class _Tally:
    def __init__(self) -> None:
        self.flags: Counter[str] = Counter()
        self.parts: Counter[str] = Counter()
        self.tags: Counter[str] = Counter()
        self.weight = 0.0
        self.characters = 0
        self.least: int | None = None
        self.most: int | None = None

    def add(self, case: Case) -> None:
        parts = parts_of(case.expected)
        self.parts.update(parts)
        self.tags.update(set(case.tags))
        self.weight += case.weight
        self.flags["cases"] += 1
        self.flags["critical"] += case.critical
        self.flags["weighted"] += case.weight != 1.0
        self.flags["context"] += case.context is not None
        self.flags["budget"] += case.budget is not None
        self.flags["trials"] += case.trials is not None
        self.flags["nothing"] += not parts
        self.flags["untagged"] += not case.tags
        self._measure(len(case.input) if isinstance(case.input, str) else len(str(case.input)))

    def _measure(self, size: int) -> None:
        self.characters += size
        self.least = size if self.least is None else min(self.least, size)
        self.most = size if self.most is None else max(self.most, size)

    def stats(self) -> DatasetStats:
        cases = self.flags["cases"]
        return DatasetStats(
            cases=cases,
            critical=self.flags["critical"],
            total_weight=self.weight,
            weighted=self.flags["weighted"],
            with_context=self.flags["context"],
            with_budget=self.flags["budget"],
            with_trials=self.flags["trials"],
            expected={name: self.parts[name] for name in PARTS},
            expecting_nothing=self.flags["nothing"],
            tags=dict(sorted(self.tags.items(), key=lambda item: (-item[1], item[0]))),
            untagged=self.flags["untagged"],
            input_characters=Sizes(self.least, self.characters / cases if cases else None, self.most),
        )
