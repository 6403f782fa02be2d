from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from goldfinch.core.statistics.exact_tests import fisher_fewer, mcnemar_mid_p


@pytest.mark.parametrize(
    ("lost", "gained"), [(0, 1), (1, 0), (5, 5), (12, 3), (3, 12), (500, 500), (501, 500), (520, 481), (0, 1_200), (160_500, 159_500)]
)
def test_mcnemar_mid_p_agrees_with_scipy(lost: int, gained: int) -> None:
    changed = lost + gained
    expected = stats.binom.sf(lost, changed, 0.5) + stats.binom.pmf(lost, changed, 0.5) / 2
    assert mcnemar_mid_p(lost, gained) == pytest.approx(expected, rel=1e-8, abs=1e-300)


def test_mcnemar_of_no_change_is_one() -> None:
    assert mcnemar_mid_p(0, 0) == 1.0


@given(lost=st.integers(0, 3_000), gained=st.integers(0, 3_000))
def test_mid_p_of_both_sides_adds_up_to_one(lost: int, gained: int) -> None:
    if lost + gained:
        assert mcnemar_mid_p(lost, gained) + mcnemar_mid_p(gained, lost) == pytest.approx(1.0, abs=1e-8)


@given(data=st.data(), trials=st.integers(1, 12), before=st.integers(1, 12))
def test_fisher_agrees_with_scipy(data: st.DataObject, trials: int, before: int) -> None:
    passed, passed_before = data.draw(st.integers(0, trials)), data.draw(st.integers(0, before))
    table = [[passed, trials - passed], [passed_before, before - passed_before]]
    assert fisher_fewer(passed, trials, passed_before, before) == pytest.approx(stats.fisher_exact(table, alternative="less").pvalue)


@pytest.mark.parametrize(("passed", "trials", "p"), [(1, 5, 0.024), (0, 5, 0.004)])
def test_fisher_gives_the_figures_of_the_field_guide(passed: int, trials: int, p: float) -> None:
    assert fisher_fewer(passed, trials, 5, 5) == pytest.approx(p, abs=5e-4)


def test_fisher_refuses_counts_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="passed must lie between"):
        fisher_fewer(3, 2, 1, 2)
