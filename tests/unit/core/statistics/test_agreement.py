from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from goldfinch.core.statistics.agreement import (
    Proportion,
    agreement,
    class_rates,
    cohen_kappa,
    quadratic_weighted_kappa,
    repeat_flip_rate,
    sensitivity,
    specificity,
)


def pairs_of(table: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    return [(row, column) for row, cells in enumerate(table) for column, count in enumerate(cells) for _ in range(count)]


def weighted_kappa_of_table(pairs: Sequence[tuple[float, float]], *, quadratic: bool) -> float:
    """From the definition: 1 less the weighted disagreement seen over that expected from the margins of the table."""
    labels = sorted({label for pair in pairs for label in pair})
    table = np.zeros((len(labels), len(labels)))
    for row, column in pairs:
        table[labels.index(row), labels.index(column)] += 1
    table /= table.sum()
    values = np.array(labels, dtype=float)
    weights = (values[:, None] - values[None, :]) ** 2 if quadratic else 1 - np.eye(len(labels))
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    return float(1 - (weights * table).sum() / (weights * expected).sum())


def test_kappa_of_a_published_table() -> None:
    """20 yes/yes, 15 no/no, 5 and 10 apart: observed 0.7, by chance 0.5 (the textbook example after Cohen, 1960)."""
    assert cohen_kappa(pairs_of([[20, 5], [10, 15]])) == pytest.approx(0.4)


@pytest.mark.parametrize("seed", range(20))
def test_kappas_are_those_of_the_definition(seed: int) -> None:
    random = Random(seed)
    pairs = [(grade, min(max(grade + random.choice((-1, 0, 0, 1, 2)), 1), 5)) for grade in random.choices(range(1, 6), k=60)]
    assert cohen_kappa(pairs) == pytest.approx(weighted_kappa_of_table(pairs, quadratic=False))
    assert quadratic_weighted_kappa(pairs) == pytest.approx(weighted_kappa_of_table(pairs, quadratic=True))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=30))
def test_kappa_is_at_most_one_and_one_only_for_those_of_one_mind(pairs: list[tuple[str, str]]) -> None:
    found = cohen_kappa(pairs)
    if found is not None:
        assert found <= 1
        assert (found == 1) is all(human == judge for human, judge in pairs)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=30), st.integers(1, 5), st.integers(-3, 3))
def test_weighted_kappa_does_not_depend_on_the_scale(pairs: list[tuple[int, int]], factor: int, shift: int) -> None:
    found = quadratic_weighted_kappa(pairs)
    moved = quadratic_weighted_kappa([(x * factor + shift, y * factor + shift) for x, y in pairs])
    assert moved is None if found is None else moved == pytest.approx(found)


@pytest.mark.parametrize("kappa", [cohen_kappa, quadratic_weighted_kappa])
def test_kappa_of_nothing_and_of_one_verdict_for_everything_is_not_known(kappa: object) -> None:
    assert callable(kappa)
    assert kappa([]) is None
    assert kappa([(1.0, 1.0)] * 50) is None


def test_a_judge_that_always_says_the_same_has_kappa_zero() -> None:
    assert cohen_kappa([("pass", "pass")] * 30 + [("fail", "pass")] * 10) == 0


@pytest.mark.parametrize(("hits", "count"), [(159, 200), (0, 10), (10, 10), (1, 3)])
def test_shares_have_the_wilson_interval_of_scipy(hits: int, count: int) -> None:
    found = Proportion(hits, count)
    expected = binomtest(hits, count).proportion_ci(method="wilson")
    assert found.value == pytest.approx(hits / count)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((expected.low, expected.high))


def test_a_share_of_nothing_is_not_known() -> None:
    assert (agreement([]).value, agreement([]).interval) == (None, None)


def test_sensitivity_and_specificity_are_over_what_people_say() -> None:
    pairs = [(True, True)] * 8 + [(True, False)] * 2 + [(False, False)] * 3 + [(False, True)]
    assert sensitivity(pairs, positive=True) == Proportion(8, 10)
    assert specificity(pairs, positive=True) == Proportion(3, 4)
    assert class_rates(pairs) == {True: Proportion(8, 10), False: Proportion(3, 4)}
    assert sensitivity([(False, True)], positive=True) == Proportion(0, 0)


def test_an_item_counts_once_however_often_it_flips_and_one_verdict_says_nothing() -> None:
    assert repeat_flip_rate([["a", "a", "a"], ["a", "b", "a"], ["b", "a", "tie"], ["a"], []]) == Proportion(2, 3)
