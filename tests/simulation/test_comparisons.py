"""How often a comparison of two runs is wrong, and how often it finds what is there. Source of the claims: STATISTICS B.

An identical agent is called worse in at most 5 % of the comparisons; the plain rule ("more than 5 % worse") does it in 22 to 42 %.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.comparison.outcome import Change, Comparison
from goldfinch.core.verdict import Verdict
from goldfinch.operations.compare import compare_runs
from goldfinch.testing.run_results import scripted_results

CLAIMED = 0.05
Column = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def sizes(small: int, full: int) -> pytest.MarkDecorator:
    """How many comparisons to simulate: few by default, many in `make test-long`."""
    return pytest.mark.parametrize("runs", [pytest.param(small, id="small"), pytest.param(full, id="full", marks=pytest.mark.long)])


def difficulties(random: np.random.Generator, cases: int) -> Column:
    """Chances to pass of mixed cases, 0.8 on average: many nearly always pass, some nearly never do."""
    return random.beta(1.6, 0.4, size=cases)


def outcomes(random: np.random.Generator, chances: Column, trials: int) -> dict[str, list[bool]]:
    drawn = random.random((len(chances), trials)) < chances[:, None]
    return {f"case-{number:03d}": [bool(passed) for passed in row] for number, row in enumerate(drawn)}


def compared(random: np.random.Generator, before: Column, after: Column, trials: int, **options: object) -> Comparison:
    return compare_runs(
        scripted_results("base", outcomes(random, before, trials)),
        scripted_results("now", outcomes(random, after, trials)),
        CompareOptions(**options),  # type: ignore[arg-type]
    )


def is_worse_by_the_plain_rule(comparison: Comparison) -> bool:
    one = comparison.metrics[0]
    assert one.difference is not None
    assert one.baseline is not None
    return one.difference < -0.05 * one.baseline


@sizes(300, 2_000)
@pytest.mark.parametrize(("cases", "trials"), [(20, 1), (50, 1), (50, 5), (100, 1)])
def test_an_unchanged_agent_is_rarely_called_regressed(runs: int, cases: int, trials: int) -> None:
    random = np.random.default_rng([cases, trials])
    alarms = plain = 0
    for _ in range(runs):
        chances = difficulties(random, cases)
        found = compared(random, chances, chances, trials)
        alarms += found.verdict is Verdict.FAIL
        plain += is_worse_by_the_plain_rule(found)
    assert alarms / runs <= CLAIMED + (0 if runs >= 2_000 else 4 * sqrt(CLAIMED * (1 - CLAIMED) / runs))
    if (cases, trials) == (20, 1):
        assert plain / runs > 0.3, "the plain rule is what this one is compared with"


@sizes(150, 1_000)
def test_several_looks_at_an_unchanged_agent_together_err_as_rarely(runs: int) -> None:
    """One trial, then three, then five: as further trials come in, each look decides at a third of the level."""
    random = np.random.default_rng(11)
    alarms = 0
    for _ in range(runs):
        chances = difficulties(random, 50)
        before, after = (outcomes(random, chances, 5) for _ in range(2))
        looks = [
            compare_runs(
                scripted_results("base", {case: passes[:trials] for case, passes in before.items()}),
                scripted_results("now", {case: passes[:trials] for case, passes in after.items()}),
                CompareOptions(looks=3),
            )
            for trials in (1, 3, 5)
        ]
        alarms += any(one.verdict is Verdict.FAIL for one in looks)
    assert alarms / runs <= CLAIMED + (0 if runs >= 1_000 else 4 * sqrt(CLAIMED * (1 - CLAIMED) / runs))


@sizes(120, 1_000)
@pytest.mark.parametrize(("cases", "trials", "least"), [(50, 5, 0.94), (100, 3, 0.95), (300, 1, 0.97)])
def test_a_drop_of_a_fifth_is_found(runs: int, cases: int, trials: int, least: float) -> None:
    random = np.random.default_rng([7, cases, trials])
    found = 0
    for _ in range(runs):
        chances = difficulties(random, cases)
        found += compared(random, chances, 0.8 * chances, trials).metrics[0].change is Change.REGRESSED
    assert found / runs >= least - 4 * sqrt(least * (1 - least) / runs)


@sizes(200, 2_000)
def test_five_metrics_together_err_as_rarely_as_one(runs: int) -> None:
    """Holm's correction, on independent scores: the plain rule would fail an unchanged agent in most comparisons."""
    from goldfinch.core.comparison.measured import Measured
    from goldfinch.core.comparison.verdicts import judge
    from goldfinch.core.statistics.paired_columns import PairedColumns

    random = np.random.default_rng(3)
    alarms = 0
    for _ in range(runs):
        figures = []
        for number in range(5):
            mean = np.clip(random.normal(0.7, 0.15, 50), 0, 1)
            before, after = (np.clip(mean + random.normal(0, 0.12, 50), 0, 1) for _ in range(2))
            figures.append(Measured(f"metric-{number}", True, True, PairedColumns(before, after), (1, 1)))
        alarms += any(one.change is Change.REGRESSED for one in judge(figures, CompareOptions()))
    assert alarms / runs <= CLAIMED + (0 if runs >= 2_000 else 4 * sqrt(CLAIMED * (1 - CLAIMED) / runs))


@sizes(100, 500)
@pytest.mark.parametrize("cases", [20, 50])
def test_the_interval_of_a_difference_holds_the_truth(runs: int, cases: int) -> None:
    random = np.random.default_rng([5, cases])
    held = 0
    for _ in range(runs):
        chances = difficulties(random, cases)
        one = compared(random, chances, 0.9 * chances, 3).metrics[0]
        assert one.low is not None
        assert one.high is not None
        held += one.low <= -0.1 * float(chances.mean()) <= one.high
    assert held / runs >= 0.92 - 4 * sqrt(0.92 * 0.08 / runs)
