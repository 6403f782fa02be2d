from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.evaluation.quality import WEIGHTS, Checks, Share, quality_score


@st.composite
def shares(draw: st.DrawFn, *, least: int = 0) -> Share:
    total = draw(st.integers(min_value=least, max_value=20))
    return Share(draw(st.integers(min_value=0, max_value=total)), total)


CHECKS = st.builds(Checks, shares(), shares(least=1), shares(), shares(), shares(least=1))


def test_the_weights_are_those_of_the_documentation() -> None:
    assert WEIGHTS == {"grounded": 0.35, "covered": 0.20, "told": 0.15, "worked": 0.15, "followed": 0.15}
    assert sum(WEIGHTS.values()) == pytest.approx(1)


@given(CHECKS)
def test_the_score_is_a_fraction(checks: Checks) -> None:
    assert 0 <= quality_score(checks) <= 1


@given(CHECKS, st.sampled_from(sorted(WEIGHTS)))
def test_the_score_moves_with_every_check(checks: Checks, name: str) -> None:
    some = replace(checks, **{name: Share(1, 4)})
    more = replace(checks, **{name: Share(2, 4)})

    assert quality_score(more) > quality_score(some)


@given(CHECKS)
def test_what_does_not_apply_moves_nothing(checks: Checks) -> None:
    without = replace(checks, grounded=Share(0, 0), told=Share(0, 0), worked=Share(0, 0))
    shares_left = (0.20 * checks.covered.good / checks.covered.total, 0.15 * checks.followed.good / checks.followed.total)

    assert quality_score(without) == pytest.approx(sum(shares_left) / 0.35)


@given(CHECKS)
def test_an_unsafe_answer_scores_nothing(checks: Checks) -> None:
    assert quality_score(replace(checks, is_safe=False)) == 0


def test_all_good_is_one() -> None:
    assert quality_score(Checks(*[Share(3, 3)] * 5)) == pytest.approx(1)


def test_nothing_asked_is_no_score() -> None:
    with pytest.raises(ValueError, match="no check applies"):
        quality_score(Checks(*[Share(0, 0)] * 5))


@pytest.mark.parametrize(("good", "total"), [(2, 1), (-1, 1)])
def test_a_share_is_at_most_whole(good: int, total: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        Share(good, total)
