"""The evidence of two equal arms has a mean of at most 1 (Ville): every outcome of small rollouts, weighed by its probability."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb, exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.health.check import begin, take
from goldfinch.core.health.counts import RATIOS, CountEvidence, log_gain
from goldfinch.core.health.interval import PairCounts, ScoreValues, StratumInterval
from goldfinch.core.health.limits import log_gain as log_gain_of_limit
from goldfinch.core.health.metrics import ERROR_RATE, EVALUATION_SCORE, HealthRules
from goldfinch.core.health.mixing import LOG_CAP, log_evidence, log_mean_exp
from goldfinch.core.health.scores import ScoreEvidence
from tests.health_streams import STEPS, errors, interval

NOTHING_WORSE = 1 + 1e-12


def chances(units: int, rate: float) -> list[float]:
    return [comb(units, bad) * rate**bad * (1 - rate) ** (units - bad) for bad in range(units + 1)]


@pytest.mark.parametrize("rate", [0.01, 0.2, 0.5, 0.95])
@pytest.mark.parametrize(("canary", "stable"), [(1, 1), (2, 9), (6, 3), (5, 5)])
def test_the_mean_of_a_count_factor_is_at_most_1(rate: float, canary: int, stable: int) -> None:
    total = [0.0] * len(RATIOS)
    for (bad, chance), (stable_bad, stable_chance) in product(enumerate(chances(canary, rate)), enumerate(chances(stable, rate))):
        gain = log_gain(PairCounts(canary, bad, stable, stable_bad)) or (0.0,) * len(RATIOS)
        total = [sum_ + chance * stable_chance * exp(each) for sum_, each in zip(total, gain, strict=True)]
    assert max(total) <= NOTHING_WORSE


def test_the_mean_of_e_over_two_strata_steps_and_drifting_rates_is_at_most_1() -> None:
    rules = HealthRules(metrics=(ERROR_RATE,))
    mean = 0.0
    plan = ((0, 0, (2, 3), 0.1), (1, 0, (1, 2), 0.6), (1, 1, (3, 2), 0.3))  # step, stratum, units, rate
    outcomes = [list(product(enumerate(chances(units[0], rate)), enumerate(chances(units[1], rate)))) for _, _, units, rate in plan]
    for outcome in product(*outcomes):
        state, chance = begin(rules, steps=STEPS), 1.0
        for index, ((step, stratum, units, _), ((bad, first), (stable_bad, second))) in enumerate(zip(plan, outcome, strict=True)):
            state = take(rules, state, interval(index, errors(units[0], bad, units[1], stable_bad, stratum), step=step))
            chance *= first * second
        evidence = state.metrics["error_rate"]
        assert isinstance(evidence, CountEvidence)
        mean += chance * exp(log_evidence(evidence.rows))
    assert mean <= NOTHING_WORSE


@pytest.mark.parametrize("values", [(0.0, 1.0), (0.2, 0.9), (0.7, 1.0)])
@pytest.mark.parametrize("blocks", [((1, 1), (1, 1), (2, 1)), ((1, 3), (2, 2)), ((0, 2), (3, 1), (1, 1))])
def test_the_mean_of_e_over_scores_is_at_most_1(values: tuple[float, float], blocks: tuple[tuple[int, int], ...]) -> None:
    """Scores of both arms are one of two values with the same chances; the first block may have to wait for the other arm."""
    rules, chance_of_first = HealthRules(metrics=(EVALUATION_SCORE,)), 0.3
    length = sum(canary + stable for canary, stable in blocks)
    mean = 0.0
    for drawn in product((0, 1), repeat=length):
        state, left, chance = begin(rules, steps=STEPS), list(drawn), 1.0
        for which in drawn:
            chance *= chance_of_first if which == 0 else 1 - chance_of_first
        for index, (canary, stable) in enumerate(blocks):
            of_canary, of_stable = [values[left.pop()] for _ in range(canary)], [values[left.pop()] for _ in range(stable)]
            scores = {"evaluation_score": ScoreValues(tuple(of_canary), tuple(of_stable))}
            state = take(rules, state, interval(index, StratumInterval(0, scores=scores)))
        evidence = state.metrics["evaluation_score"]
        assert isinstance(evidence, ScoreEvidence)
        mean += chance * exp(log_evidence(evidence.rows))
    assert mean <= NOTHING_WORSE


@pytest.mark.parametrize("limit", [0.0, 0.05, 0.4])
def test_the_mean_of_the_evidence_against_a_limit_is_at_most_1_at_the_limit(limit: float) -> None:
    gains = [log_gain_of_limit(ERROR_RATE, limit, [errors(6, bad, 0, 0)]) for bad in range(7)]
    for alternative in range(len(RATIOS)):
        mean = sum(chance * exp(gain[alternative]) for chance, gain in zip(chances(6, limit), gains, strict=True) if gain is not None)
        assert mean == pytest.approx(1)


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.data())
def test_a_billion_units_lose_no_digits(canary: int, stable: int, data: st.DataObject) -> None:
    """Against logarithms of exact fractions to fifty digits."""
    bad, stable_bad = data.draw(st.integers(0, canary)), data.draw(st.integers(0, stable))
    gain = log_gain(PairCounts(canary, bad, stable, stable_bad))
    if gain is None:
        assert bad + stable_bad == 0
        return
    theta_0 = Fraction(canary, canary + stable)
    for ratio, found in zip(RATIOS, gain, strict=True):
        theta = Fraction(ratio) * canary / (Fraction(ratio) * canary + stable)
        exact = bad * ln(theta / theta_0) + stable_bad * ln((1 - theta) / (1 - theta_0))
        assert found == pytest.approx(float(exact), rel=1e-12, abs=1e-15 * (bad + stable_bad) * 20)


def ln(value: Fraction) -> Fraction:
    """By the series of atanh, to far more digits than a float has; the terms are rounded to 2^-200."""
    doubled = 0
    while value > Fraction(4, 3):
        value, doubled = value / 2, doubled + 1
    while value < Fraction(2, 3):
        value, doubled = value * 2, doubled - 1
    scale = 1 << 200
    return (_scaled_atanh(value, scale) + doubled * _scaled_atanh(Fraction(2), scale)) / scale


def _scaled_atanh(value: Fraction, scale: int) -> Fraction:
    z = (value - 1) / (value + 1)
    power, square, total, odd = int(z * scale), z * z, 0, 1
    while power:
        total += power // odd
        power, odd = int(power * square), odd + 2
    return Fraction(2 * total)


def test_evidence_beyond_every_float_is_capped_where_it_is_shown_only() -> None:
    rules = HealthRules(metrics=(ERROR_RATE,))
    state = take(rules, begin(rules, steps=STEPS), interval(0, errors(10**8, 10**7, 9 * 10**8, 10**6)))
    evidence = state.metrics["error_rate"]
    assert isinstance(evidence, CountEvidence)
    assert log_evidence(evidence.rows) == LOG_CAP == pytest.approx(log(10**300))
    assert max(evidence.rows[0]) > 1e6
    assert log_mean_exp([-1e9, -1e9]) == -1e9
