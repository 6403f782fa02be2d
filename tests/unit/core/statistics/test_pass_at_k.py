from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.statistics.pass_at_k import pass_at_k, pass_hat_k


@given(data=st.data())
def test_both_equal_the_share_among_all_choices_of_k_trials(data: st.DataObject) -> None:
    trials = data.draw(st.integers(1, 9))
    passed = data.draw(st.integers(0, trials))
    k = data.draw(st.integers(1, trials))
    choices = list(combinations([True] * passed + [False] * (trials - passed), k))
    assert pass_at_k(trials, passed, k) == pytest.approx(sum(map(any, choices)) / len(choices), abs=1e-12)
    assert pass_hat_k(trials, passed, k) == pytest.approx(sum(map(all, choices)) / len(choices), abs=1e-12)


def test_one_trial_is_the_plain_pass_rate() -> None:
    assert pass_at_k(5, 2, 1) == pytest.approx(pass_hat_k(5, 2, 1)) == pytest.approx(0.4)


@pytest.mark.parametrize(("trials", "passed", "k"), [(3, 1, 4), (3, 4, 1), (3, -1, 1), (3, 1, 0), (0, 0, 1)])
def test_more_trials_than_were_run_cannot_be_asked_about(trials: int, passed: int, k: int) -> None:
    with pytest.raises(ValueError, match="k="):
        pass_at_k(trials, passed, k)
    with pytest.raises(ValueError, match="k="):
        pass_hat_k(trials, passed, k)
