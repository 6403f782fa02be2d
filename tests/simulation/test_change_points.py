"""How often a history without a change shows one: the rate that its page states."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from goldfinch.core.statistics.change_points import change_points
from goldfinch.core.statistics.intervals import wilson_interval


@pytest.mark.parametrize("histories", [pytest.param(300, id="small"), pytest.param(3_000, id="full", marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", ["normal", "binomial", "skewed"])
def test_a_history_without_a_change_shows_one_in_at_most_five_percent(kind: str, histories: int) -> None:
    random = np.random.default_rng(20261124)
    draws: dict[str, Callable[[], NDArray[np.float64]]] = {
        "normal": lambda: random.normal(0.9, 0.02, 30),
        "binomial": lambda: random.binomial(60, 0.93, 30) / 60,
        "skewed": lambda: random.lognormal(0, 1, 30),
    }
    alarms = sum(bool(change_points(list(draws[kind]()), seed=number)) for number in range(histories))
    assert wilson_interval(alarms, histories, confidence=0.9999).low <= 0.05, f"{alarms} of {histories}"


def test_a_drop_of_two_standard_deviations_is_found_in_most_histories() -> None:
    random = np.random.default_rng(20261125)
    series = (np.concatenate([random.normal(0.90, 0.02, 15), random.normal(0.86, 0.02, 10)]) for _ in range(200))
    found = sum(any(abs(point.at - 15) <= 2 for point in change_points(list(one))) for one in series)
    assert found >= 150, f"{found} of 200"
