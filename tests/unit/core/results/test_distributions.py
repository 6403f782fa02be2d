from __future__ import annotations

from math import inf, nan

import pytest

from goldfinch.core.results.distributions import Distributions, bin_of
from goldfinch.testing.run_journal import sample_record


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0, 0), (0.049, 0), (0.05, 1), (0.5, 10), (1.0, 19), (-3.0, 0), (7.0, 19), (inf, 19), (nan, 0)]
)
def test_a_score_has_its_bin(value: float, expected: int) -> None:
    assert bin_of(value) == expected


def test_trials_are_averaged_and_a_case_fails_a_metric_once() -> None:
    spread = Distributions()
    spread.add([sample_record("a", value, trial=trial, trials=3) for trial, value in enumerate([0.0, 0.0, 1.0])])
    spread.add([sample_record("b", None)])
    found = spread.by_metric["accuracy"]
    assert (found.count, found.failed, found.bins[bin_of(1 / 3)], found.tallest) == (1, 1, 1, 1)
    assert set(spread.by_metric) == {"accuracy"}  # tone applies to no case
