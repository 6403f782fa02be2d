from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from goldfinch.core.statistics.multiplicity import benjamini_hochberg, holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(P_VALUES)
def test_benjamini_hochberg_agrees_with_scipy(p_values: list[float]) -> None:
    assert benjamini_hochberg(p_values) == pytest.approx(stats.false_discovery_control(p_values), abs=1e-12)


@given(P_VALUES, st.floats(0.001, 0.2))
def test_holm_rejects_what_its_step_down_rule_rejects(p_values: list[float], level: float) -> None:
    rejected = set()
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        if (len(p_values) - rank) * p_values[index] > level:
            break
        rejected.add(int(index))
    assert {index for index, p in enumerate(holm(p_values)) if p <= level} == rejected


def test_nothing_to_adjust_is_nothing() -> None:
    assert holm([]) == []
    assert len(benjamini_hochberg([])) == 0
