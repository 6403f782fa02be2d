"""When requests of an open loop are due."""

from __future__ import annotations

from itertools import islice, pairwise
from random import Random

import pytest

from goldfinch.core.load.arrivals import due_times
from goldfinch.core.load.scenario import Arrivals, OpenLoop


def first(count: int, load: OpenLoop, seed: int = 1) -> list[float]:
    source = Random(seed)
    return list(islice(due_times(load, iter(source.random, None)), count))


def test_constant_arrivals_are_evenly_spaced() -> None:
    assert first(4, OpenLoop(10, Arrivals.CONSTANT)) == pytest.approx([0.0, 0.1, 0.2, 0.3])


def test_poisson_arrivals_have_the_rate_and_the_spread_of_a_poisson_process() -> None:
    due = first(20_000, OpenLoop(50))
    gaps = [later - earlier for earlier, later in pairwise(due)]
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    assert mean == pytest.approx(1 / 50, rel=0.03)
    assert variance == pytest.approx(mean**2, rel=0.06)


def test_one_seed_gives_one_schedule() -> None:
    assert first(50, OpenLoop(5), seed=3) == first(50, OpenLoop(5), seed=3)
    assert first(50, OpenLoop(5), seed=3) != first(50, OpenLoop(5), seed=4)


@pytest.mark.parametrize("arrivals", list(Arrivals))
def test_the_rate_rises_linearly_during_the_ramp_and_holds_after_it(arrivals: Arrivals) -> None:
    due = first(3000, OpenLoop(100, arrivals, ramp_s=10))
    assert due == sorted(due)
    early, late, after = (sum(low <= moment < low + 5 for moment in due) for low in (0, 5, 10))
    assert early == pytest.approx(125, abs=35)  # 100/s * 10 s / 2, a quarter of it in the first half
    assert late == pytest.approx(375, abs=60)
    assert after == pytest.approx(500, abs=70)
