"""Comparisons: an effect is found, noise is not, and too little data is called that."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_accounts import Made, iso, plain_rows, small, workspace
from scipy import stats

from src.tools import ToolFailure, Workspace
from src.tools.significance import judge_difference

METRICS = ("ctr", "cvr", "cpa", "cpc", "roas", "conversions", "cost", "revenue")
WEEKS = ({"start": iso(70), "end": iso(76)}, {"start": iso(77), "end": iso(83)})
MONTHS = ({"start": iso(28), "end": iso(55)}, {"start": iso(56), "end": iso(83)})


def compared(space: Workspace, metric: str, sides: tuple[dict[str, str], dict[str, str]], **filters: str) -> dict[str, object]:
    return judge_difference(space, {"metric": metric, "a": {**sides[0], **filters}, "b": {**sides[1], **filters}})


def test_a_halved_conversion_rate_is_significant_with_its_size() -> None:
    found = compared(workspace(Made(fault=("broken_landing_page", 56, 0.5, None))), "cvr", MONTHS)
    assert found["significant"] is True
    assert found["enough_data"] is True
    assert found["relative_change"] == pytest.approx(-0.5, abs=0.07)


def test_the_change_is_of_b_against_a() -> None:
    space = small([*plain_rows(10), *plain_rows(10, campaign="Beta", cost=75.0)])
    found = judge_difference(space, {"metric": "cpa", "a": {"campaign": "Alpha"}, "b": {"campaign": "Beta"}})
    assert found["relative_change"] == pytest.approx(0.5)
    assert (found["a"]["value"], found["b"]["value"]) == pytest.approx((5.0, 7.5))  # type: ignore[index]


def test_agrees_with_the_two_proportion_test_where_days_are_steady() -> None:
    space = small([*plain_rows(7), *plain_rows(7, campaign="Beta", conversions=13)])
    found = judge_difference(space, {"metric": "cvr", "a": {"campaign": "Alpha"}, "b": {"campaign": "Beta"}})
    expected = stats.chi2_contingency([[70, 630], [91, 609]], correction=False).pvalue
    assert found["p_value"] == pytest.approx(expected, rel=0.1)


def test_agrees_with_welch_on_totals_of_few_days() -> None:
    rng = np.random.default_rng(5)
    costs = [rng.normal(100, 8, 12), rng.normal(104, 12, 12)]
    daily = [
        row | {"cost": float(cost)}
        for name, values in zip("AB", costs, strict=True)
        for row, cost in zip(plain_rows(12, campaign=name), values, strict=True)
    ]
    daily = [{**row, "date": iso(number)} for number, row in enumerate(daily)]
    found = judge_difference(small(daily), {"metric": "cost", "a": {"campaign": "A"}, "b": {"campaign": "B"}})
    assert found["p_value"] == pytest.approx(stats.ttest_ind(*costs, equal_var=False).pvalue, rel=0.1)


def test_days_that_both_sides_share_are_paired() -> None:
    """Demand moves both campaigns alike; only the paired error sees how steady their difference is."""
    rng = np.random.default_rng(3)
    demand = np.exp(0.5 * rng.standard_normal(14))
    daily = []
    for day, factor in enumerate(demand):
        for name, lift in (("Alpha", 1.0), ("Beta", 1.15)):
            cost = float(100 * factor * lift * np.exp(0.03 * rng.standard_normal()))
            daily += plain_rows(1, date=iso(day), campaign=name, cost=cost)
    found = judge_difference(small(daily), {"metric": "cost", "a": {"campaign": "Alpha"}, "b": {"campaign": "Beta"}})
    assert found["significant"] is True


def test_days_that_differ_widen_the_error_beyond_counting() -> None:
    steady = [*plain_rows(14), *plain_rows(14, campaign="Beta", conversions=12)]
    wild = [dict(row) for row in steady]
    for number, row in enumerate(wild):
        row["conversions"] = int(row["conversions"]) + (7 if (number + number // 14) % 2 else -7)
    p_values = [
        judge_difference(small(rows), {"metric": "cvr", "a": {"campaign": "Alpha"}, "b": {"campaign": "Beta"}})["p_value"]
        for rows in (steady, wild)
    ]
    assert p_values[0] < p_values[1]


@pytest.mark.parametrize(
    ("rows", "metric", "words"),
    [
        (plain_rows(20, conversions=0), "cvr", "a has 0 conversions"),
        (plain_rows(20, conversions=1), "cpa", "at least 10 are needed"),
    ],
)
def test_too_few_events_are_called_too_little_data(rows: list[dict[str, object]], metric: str, words: str) -> None:
    found = judge_difference(small(rows), {"metric": metric, "a": {"end": iso(8)}, "b": {"start": iso(9)}})
    assert (found["enough_data"], found["significant"]) == (False, False)
    assert any(words in text for text in found["warnings"])


def test_too_few_days_are_called_too_little_data_even_where_p_is_tiny() -> None:
    rows = [*plain_rows(3), *[{**row, "date": iso(3 + day), "conversions": 60} for day, row in enumerate(plain_rows(3))]]
    found = judge_difference(small(rows), {"metric": "cvr", "a": {"end": iso(2)}, "b": {"start": iso(3)}})
    assert found["p_value"] < 0.001
    assert (found["enough_data"], found["significant"]) == (False, False)
    assert any("a has 3 days" in text for text in found["warnings"])


def test_the_same_rows_are_no_difference_and_are_called_out() -> None:
    found = judge_difference(small(plain_rows(20)), {"metric": "cost", "a": {}, "b": {}})
    assert (found["p_value"], found["relative_change"], found["significant"]) == (1.0, 0.0, False)
    assert any("same rows" in text for text in found["warnings"])


def test_a_difference_of_spend_is_named_where_prices_move_with_it() -> None:
    rows = [*plain_rows(10), *plain_rows(10, campaign="Beta", cost=90.0)]
    found = judge_difference(small(rows), {"metric": "cpa", "a": {"campaign": "Alpha"}, "b": {"campaign": "Beta"}})
    assert any("spend per day differs by +80 %" in text for text in found["warnings"])


def test_creatives_are_compared_by_their_own_counts_and_have_no_revenue() -> None:
    row = {"campaign": "Alpha", "headline": "h", "impressions": 1000, "conversions": 1, "cost": 5.0}
    creatives = [
        {**row, "date": iso(day), "creative": name, "clicks": clicks} for day in range(20) for name, clicks in (("A", 20), ("B", 30))
    ]
    space = small(plain_rows(20), creatives=creatives)
    sides = {"a": {"creative": "A"}, "b": {"creative": "B"}}
    found = judge_difference(space, {"metric": "ctr", **sides})
    assert found["significant"] is True
    assert found["relative_change"] == pytest.approx(0.5)
    with pytest.raises(ToolFailure, match="creatives have no revenue"):
        judge_difference(space, {"metric": "roas", **sides})


@pytest.mark.parametrize("noise", [0.0, 0.15])
def test_noise_is_called_significant_in_at_most_6_of_100_comparisons(noise: float) -> None:
    """250 sound accounts with two comparisons of eight metrics; the bound of each metric is 6 % and three standard errors of 500."""
    alarms = dict.fromkeys(METRICS, 0)
    for seed in range(250):
        space = workspace(Made(day_noise=noise), seed=seed)
        for metric in METRICS:
            alarms[metric] += sum(bool(compared(space, metric, sides)["significant"]) for sides in (WEEKS, MONTHS))
    assert all(count / 500 <= 0.06 + 3 * math.sqrt(0.06 * 0.94 / 500) for count in alarms.values()), alarms
    assert sum(alarms.values()) / (500 * len(METRICS)) <= 0.06
