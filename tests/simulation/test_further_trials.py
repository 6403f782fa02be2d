"""A good release with run-to-run variation, held against itself: further trials must not fail it, and must let it pass (issue 5, bars)."""

from __future__ import annotations

from collections import Counter

import pytest

from goldfinch.adapters.silent_progress import SilentProgress
from goldfinch.core.comparison.further_trials import chance_of, next_look
from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.verdict import Verdict
from goldfinch.operations.compare import compare_runs
from goldfinch.operations.further_trials import Decided, decide_with_further_trials
from tests.simulated_versions import SimulatedVersion, mixed_rates

CASES, RATE = 100, 0.8
THREE_LOOKS = CompareOptions(looks=3)


def versions(seed: int, drop: float = 0.0) -> tuple[SimulatedVersion, SimulatedVersion]:
    rates = mixed_rates(CASES, RATE, seed)
    return SimulatedVersion("agent", rates, 2 * seed), SimulatedVersion("agent", [rate * (1 - drop) for rate in rates], 2 * seed + 1)


def decided(seed: int, drop: float = 0.0) -> Decided:
    before, now = versions(seed, drop)
    askers = {"baseline": before, "current": now}
    return decide_with_further_trials(before.run(1), now.run(1), askers, CompareOptions(), budget_usd=1e9, progress=SilentProgress())


def verdicts(seeds: range, drop: float = 0.0) -> Counter[Verdict]:
    return Counter(decided(seed, drop).comparison.verdict for seed in seeds)


def test_a_good_release_against_itself_passes() -> None:
    found = verdicts(range(20))
    assert found[Verdict.FAIL] == 0
    assert found[Verdict.PASS] >= 18


def test_a_release_that_is_a_fifth_worse_is_stopped() -> None:
    assert verdicts(range(100, 120), drop=0.2)[Verdict.FAIL] >= 18


@pytest.mark.long
def test_errors_over_many_good_releases_stay_below_the_level() -> None:
    found = verdicts(range(1_000, 2_000))
    assert found[Verdict.FAIL] <= 50
    assert found[Verdict.PASS] >= 930


def test_the_predicted_chance_that_a_breach_vanishes_is_what_happens() -> None:
    predicted, happened = [], []
    for seed in range(3_000, 3_400):
        before, now = versions(seed)
        first = compare_runs(before.run(1), now.run(1), THREE_LOOKS)
        if next_look(first, THREE_LOOKS).trials is None:
            continue
        predicted.append(chance_of(first.metrics[0], 3, THREE_LOOKS, 2).vanishes)
        happened.append(not compare_runs(before.run(3), now.run(3), THREE_LOOKS).metrics[0].point_breach)
    assert len(predicted) > 40
    assert sum(predicted) / len(predicted) == pytest.approx(sum(happened) / len(happened), abs=0.12)
