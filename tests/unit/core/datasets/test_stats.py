from __future__ import annotations

from goldfinch.core.datasets.case import Case, CaseBudget, Expected
from goldfinch.core.datasets.stats import Sizes, dataset_stats


def test_counts_what_the_cases_have() -> None:
    stats = dataset_stats(
        [
            Case("a", "four", expected=Expected(answer="x", tools=()), tags=("t", "t", "s"), critical=True, weight=2.5),
            Case("b", "longer", context="c", tags=("t",), budget=CaseBudget(steps=1), trials=3),
            Case("c", "", expected=Expected(rubric="r")),
        ]
    )
    assert (stats.cases, stats.critical, stats.total_weight, stats.weighted) == (3, 1, 4.5, 1)
    assert (stats.with_context, stats.with_budget, stats.with_trials, stats.untagged) == (1, 1, 1, 1)
    assert stats.tags == {"t": 2, "s": 1}
    assert {name for name, count in stats.expected.items() if count} == {"answer", "tools", "rubric"}
    assert stats.expecting_nothing == 1
    assert stats.input_characters == Sizes(0, 10 / 3, 6)


def test_sizes_of_nothing_are_unknown_not_zero() -> None:
    assert dataset_stats([]).input_characters == Sizes(None, None, None)
