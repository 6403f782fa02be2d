"""E against a second calculation, written from STATISTICS A2 and not from the code: whole streams at once, in numpy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from math import log
from random import Random

import numpy as np
import pytest
from scipy.special import logsumexp

from goldfinch.core.health.check import HealthState, assess, begin, take, thresholds_ms
from goldfinch.core.health.interval import Interval, PairCounts
from goldfinch.core.health.metrics import ERROR_RATE, EVALUATION_SCORE, P95_LATENCY, HealthRules
from tests.health_streams import STEPS, interval, random_stratum

STARTS = (0, 1)
GRID = np.array([1.25, 1.5, 2, 3, 5, 10, 20])
BETS = np.array([0.1, 0.25, 0.5, 1, 2, 4])


def log_e_of_counts(stream: Sequence[tuple[int, PairCounts]], null_ratio: float = 1.0) -> float:
    """`stream`: the step of the interval and the counts, one entry per interval and stratum."""
    usable = [(step, pair) for step, pair in stream if pair.canary_units and pair.stable_units]
    if not usable:
        return 0.0
    step = np.array([step for step, _ in usable])
    n_c, x_c, n_b, x_b = np.array([[p.canary_units, p.canary_bad, p.stable_units, p.stable_bad] for _, p in usable], float).T
    theta_0 = null_ratio * n_c / (null_ratio * n_c + n_b)
    theta = np.outer(GRID, n_c) / (np.outer(GRID, n_c) + n_b)
    gains = x_c * np.log(theta / theta_0) + x_b * np.log((1 - theta) / (1 - theta_0))
    per_start = [logsumexp(gains[:, step >= start].sum(axis=1)) - log(len(GRID)) for start in STARTS]
    return float(logsumexp(per_start) - log(len(STARTS)))


def log_e_of_scores(stream: Sequence[Interval], metric: str) -> float:
    log_w = np.zeros((len(STARTS), len(BETS)))
    waiting: dict[int, tuple[list[float], list[float]]] = {}
    earlier = [0.5]
    for each in stream:
        mean = float(np.clip(np.mean(earlier), 0.1, 0.9))
        for part in each.strata:
            canary, stable = waiting.setdefault(part.stratum, ([], []))
            canary.extend(part.scores[metric].canary)
            stable.extend(part.scores[metric].stable)
            if not (canary and stable):
                continue
            n_c, n_b = len(canary), len(stable)
            bets = np.minimum(BETS, 0.9 * min(1 / (1 - mean), n_b / (n_c * mean)))
            gain = np.log1p(np.outer(bets, mean - np.array(canary))).sum(axis=1)
            gain += np.log1p(np.outer(bets * n_c / n_b, np.array(stable) - mean)).sum(axis=1)
            log_w[[start <= each.step for start in STARTS]] += gain
            earlier.extend(canary + stable)
            waiting[part.stratum] = ([], [])
    return float(logsumexp(log_w) - log(log_w.size))


def random_stream(seed: int, restarted: bool) -> tuple[list[Interval], HealthState]:
    """Sixty intervals over two steps, up to two strata each, some of them empty; the thresholds are those of the state before."""
    random, rules = Random(seed), HealthRules()
    state, stream = begin(rules, steps=STEPS), []
    for index in range(60):
        step, tau = (0 if index < 25 else 1), thresholds_ms(rules, state).get("p95_latency")
        strata = [random_stratum(random, stratum, tau) for stratum in range(step + 1) if random.random() < 0.9]
        random.shuffle(strata)
        stream.append(interval(index, *strata, step=step, share=0.5 if step else 0.1))
        state = take(rules, state, stream[-1])
        if restarted and index % 7 == 0:
            state = HealthState.from_state(json.loads(json.dumps(state.to_state())))
    return stream, state


def log_e_by_name(rules: HealthRules, state: HealthState) -> dict[str, float]:
    assert state.measured_until is not None
    return {check.metric: check.log_e for check in assess(rules, state, now=state.measured_until, step=1).checks}


@pytest.mark.parametrize("seed", range(12))
def test_e_equals_the_independent_calculation(seed: int) -> None:
    stream, state = random_stream(seed, restarted=seed % 2 == 1)
    found = log_e_by_name(HealthRules(), state)
    pairs = [(each.step, part.counts["error_rate"]) for each in stream for part in each.strata]
    exceeding = [(each.step, part.quantiles["p95_latency"].exceeding) for each in stream for part in each.strata]
    wanted = {
        "error_rate": log_e_of_counts(pairs),
        "p95_latency": log_e_of_counts(exceeding),
        "evaluation_score": log_e_of_scores(stream, "evaluation_score"),
    }
    assert {name: pytest.approx(value, abs=1e-7) for name, value in wanted.items()} == found
    assert any(abs(value) > 0.1 for value in found.values())


def test_a_margin_of_the_null_ratio_is_in_e() -> None:
    rules = HealthRules(metrics=(replace(ERROR_RATE, null_ratio=1.1),))
    stream, _ = random_stream(3, restarted=False)
    state = begin(rules, steps=STEPS)
    for each in stream:
        state = take(rules, state, each)
    pairs = [(each.step, part.counts["error_rate"]) for each in stream for part in each.strata]
    assert log_e_by_name(rules, state)["error_rate"] == pytest.approx(log_e_of_counts(pairs, 1.1), abs=1e-7)


def test_the_defaults_are_those_of_the_specification_and_the_simulations() -> None:
    rules = HealthRules()
    assert [metric.guard for metric in (ERROR_RATE, P95_LATENCY, EVALUATION_SCORE)] == [1.05, 1.30, 0.90]
    assert assess(rules, begin(rules, steps=STEPS), now=interval().end, step=0).checks[0].log_threshold == pytest.approx(log(300))
