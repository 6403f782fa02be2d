"""Key figures: formulas, groups, filters, intervals, and what is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_accounts import Made, iso, plain_rows, small, workspace
from scipy import stats

from src.tools import ToolFailure
from src.tools.distributions import Z95
from src.tools.kpis import compute_kpis
from src.tools.ratios import METRICS, estimate, wilson


def only(found: dict[str, Any]) -> dict[str, Any]:
    assert len(found["groups"]) == 1
    return dict(found["groups"][0])


def test_every_formula_by_hand() -> None:
    group = only(compute_kpis(small(plain_rows()), {}))
    assert {name: group[name]["value"] for name in ("ctr", "cvr", "cpa", "cpc", "roas")} == pytest.approx(
        {"ctr": 2.0, "cvr": 10.0, "cpa": 5.0, "cpc": 0.5, "roas": 4.0}
    )
    assert (group["key"], group["impressions"], group["clicks"], group["conversions"], group["cost"], group["revenue"]) == (
        "total",
        15000,
        300,
        30,
        150.0,
        600.0,
    )


def test_ratios_are_ratios_of_sums_and_the_wrong_release_averages_days() -> None:
    rows = [*plain_rows(1), *plain_rows(1, date=iso(1), impressions=500, clicks=50, conversions=1)]
    sums = only(compute_kpis(small(rows), {}))
    means = only(compute_kpis(small(rows), {}, "mean_of_ratios"))
    assert sums["ctr"]["value"] == pytest.approx(100 * 150 / 5500)
    assert means["ctr"]["value"] == pytest.approx(100 * (0.02 + 0.1) / 2)
    assert sums["cpa"]["value"] == pytest.approx(100 / 11)
    assert means["cpa"]["value"] == pytest.approx((5 + 50) / 2)


def test_a_ratio_without_denominator_is_null_and_not_zero() -> None:
    group = only(compute_kpis(small(plain_rows(conversions=0, revenue=0)), {}))
    assert group["cpa"] == {"value": None, "low": None, "high": None}
    assert group["cvr"]["value"] == 0.0
    assert group["cvr"]["high"] > 0


def test_rows_that_lack_a_side_of_a_ratio_do_not_count_for_it() -> None:
    rows = plain_rows(3)
    rows[1]["clicks"] = None
    found = compute_kpis(small(rows), {})
    group = only(found)
    assert group["clicks"] == 200
    assert group["impressions"] == 15000
    assert group["ctr"]["value"] == pytest.approx(2.0)
    assert any("clicks missing" in text and iso(1) in text for text in found["warnings"])


def test_missing_days_are_named() -> None:
    rows = [row for row in plain_rows(10) if row["date"] not in (iso(4), iso(5))]
    found = compute_kpis(small(rows), {})
    assert found["missing_days"] == [iso(4), iso(5)]
    assert found["days"] == 8
    assert any("missing days" in text and iso(4) in text for text in found["warnings"])


def test_days_that_only_the_shop_knows_are_missing_but_their_orders_count() -> None:
    orders = [{"date": iso(day), "campaign": "Alpha", "orders": 11, "order_value": 220} for day in range(4)]
    found = compute_kpis(small([*plain_rows(3), *plain_rows(1, date=iso(4))], orders=orders), {})
    assert found["missing_days"] == [iso(3)]
    assert only(found)["orders"] == 44
    assert any("orders count 1 days" in text for text in found["warnings"])


@pytest.mark.parametrize(
    ("group_by", "keys"),
    [
        ("campaign", ["Beta", "Alpha"]),
        ("channel", ["social", "search"]),
        ("audience", ["returning", "new"]),
        ("date", [iso(0), iso(1)]),
        ("week", ["2026-W32", "2026-W33"]),
        ("month", ["2026-08"]),
    ],
)
def test_groups_by_cost_or_in_time(group_by: str, keys: list[str]) -> None:
    rows = [*plain_rows(2), *plain_rows(2, campaign="Beta", channel="social", audience="returning", cost=90.0)]
    assert [group["key"] for group in compute_kpis(small(rows), {"group_by": group_by})["groups"]] == keys


def test_creatives_have_no_revenue_and_are_told_apart_where_names_are_shared() -> None:
    row = {"date": iso(0), "headline": "h", "impressions": 1000, "clicks": 10, "conversions": 1, "cost": 5.0}
    creatives = [{**row, "campaign": name, "creative": creative} for name, creative in (("Alpha", "A"), ("Beta", "A"), ("Beta", "B"))]
    space = small([*plain_rows(1), *plain_rows(1, campaign="Beta")], creatives=creatives)
    found = compute_kpis(space, {"group_by": "creative"})
    assert [group["key"] for group in found["groups"]] == ["Alpha / A", "B", "Beta / A"]
    assert all(group["revenue"] is None and group["roas"]["value"] is None for group in found["groups"])
    assert any("without revenue" in text for text in found["warnings"])


def test_filters_combine_and_dates_are_inclusive() -> None:
    rows = [*plain_rows(5), *plain_rows(5, campaign="Beta", audience="returning")]
    found = compute_kpis(small(rows), {"channel": "search", "audience": "new", "start": iso(1), "end": iso(2)})
    assert only(found)["clicks"] == 200
    assert (found["start"], found["end"]) == (iso(1), iso(2))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"campaign": "Gamma"}, "unknown campaign 'Gamma'; known: Alpha"),
        ({"channel": "radio"}, "unknown channel 'radio'; known: search"),
        ({"start": iso(2), "end": iso(1)}, "out of order"),
        ({"start": "yesterday"}, "no ISO day"),
    ],
)
def test_a_wish_that_the_data_cannot_grant_is_refused_in_words(arguments: dict[str, str], words: str) -> None:
    with pytest.raises(ToolFailure, match=words):
        compute_kpis(small(plain_rows(5)), arguments)


def test_a_name_in_another_case_is_understood() -> None:
    assert only(compute_kpis(small(plain_rows()), {"campaign": " alpha "}))["clicks"] == 300


def test_days_outside_of_the_data_are_told_and_not_made_up() -> None:
    found = compute_kpis(small(plain_rows(3)), {"start": "2026-01-01", "end": "2026-01-31"})
    assert only(found)["clicks"] is None
    assert found["warnings"] == ["the data cover 2026-08-09 to 2026-08-11 only; 2026-01-01 to 2026-01-31 was asked for"]


def test_what_contradicts_itself_is_warned_of() -> None:
    orders = [{"date": iso(day), "campaign": "Alpha", "orders": 30 if day else 4} for day in range(8)]
    found = compute_kpis(small(plain_rows(8, conversions=9), orders=orders), {})
    assert any("more conversions than orders" in text and iso(0) in text for text in found["warnings"])
    assert any("tracking may be broken" in text for text in found["warnings"])
    impossible = compute_kpis(small(plain_rows(2, clicks=6000, conversions=7000)), {})["warnings"]
    assert any("clicks above impressions" in text for text in impossible)
    assert any("conversions above clicks" in text for text in impossible)


def test_a_share_has_wilsons_interval_where_days_differ_by_chance_only() -> None:
    rows = plain_rows(3)
    group = only(compute_kpis(small(rows), {}))
    low, high = stats.binomtest(300, 15000).proportion_ci(method="wilson")
    assert (group["ctr"]["low"], group["ctr"]["high"]) == pytest.approx((100 * low, 100 * high))


def test_wilson_agrees_with_scipy_at_no_and_at_all_successes() -> None:
    for successes, trials in ((0, 20), (1, 20), (20, 20), (137, 4000)):
        expected = stats.binomtest(successes, trials).proportion_ci(method="wilson")
        assert wilson(successes / trials, trials, None, Z95) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_values_lie_within_their_intervals() -> None:
    for group in compute_kpis(workspace(Made(), Made("Beta", cvr=0.01)), {"group_by": "week", "start": iso(1), "end": iso(77)})["groups"]:
        for name in ("ctr", "cvr", "cpa", "cpc", "roas"):
            assert group[name]["low"] <= group[name]["value"] <= group[name]["high"]


def test_a_single_day_has_intervals_where_counts_tell_them() -> None:
    group = only(compute_kpis(small(plain_rows(1)), {}))
    assert group["cpa"]["low"] < 5.0 < group["cpa"]["high"]
    assert group["cpc"] == {"value": 0.5, "low": None, "high": None}


@pytest.mark.parametrize("days", [7, 28])
@pytest.mark.parametrize("noise", [0.0, 0.15])
def test_intervals_cover_the_truth_in_93_to_97_of_100_periods(days: int, noise: float) -> None:
    """1,200 simulated periods; bounds are 93 and 97 widened by two standard errors of the simulation (0.6 points each)."""
    rng = np.random.default_rng([days, int(100 * noise)])
    truth = {"ctr": 2.0, "cvr": 2.0, "cpa": 25.0, "cpc": 0.5, "roas": 2.0}
    covered = dict.fromkeys(truth, 0)
    for _ in range(1200):
        for name, (numerators, denominators, events) in _period(rng, days, noise).items():
            found = estimate(METRICS[name], numerators, denominators, events)
            covered[name] += found.low is not None and found.low <= truth[name] <= (found.high or 0)
    assert all(91.8 <= 100 * count / 1200 <= 98.2 for count in covered.values()), covered


def _period(rng: np.random.Generator, days: int, noise: float) -> dict[str, tuple[list[float], list[float], float | None]]:
    def wobble(sigma: float) -> Any:
        return np.exp(sigma * rng.standard_normal(days) - sigma**2 / 2)

    volume = wobble(0.35)
    impressions = rng.poisson(20_000 * volume)
    clicks = rng.binomial(impressions, 0.02 * wobble(noise))
    conversions = rng.binomial(clicks, 0.02 * wobble(noise))
    cost = 200 * volume * wobble(0.05)
    revenue = np.array([50 * np.exp(0.5 * rng.standard_normal(count) - 0.125).sum() for count in conversions])
    i, c, v, k, r = (column.tolist() for column in (impressions, clicks, conversions, cost, revenue))
    return {"ctr": (c, i, sum(c)), "cvr": (v, c, sum(v)), "cpa": (k, v, sum(v)), "cpc": (k, c, None), "roas": (r, k, sum(v))}
