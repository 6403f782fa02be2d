"""The true answers, against calculations by hand and searches by brute force."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from random import Random

import pytest

from generator import truth_of
from generator.account import Account, Fault, ResponseCurve, Truth
from generator.scenarios import cut
from generator.truth_of import Infeasible

FIRST, LAST = "2026-10-01", "2026-10-04"


def _day(day: int, campaign: str, *cells: float | None) -> dict[str, object]:
    channel = {"Left": "search", "Right": "email"}[campaign]
    names = ("impressions", "clicks", "conversions", "cost", "revenue")
    return {"date": f"2026-10-0{day}", "campaign": campaign, "channel": channel, "audience": "new", **dict(zip(names, cells, strict=True))}


@pytest.fixture
def by_hand() -> Account:
    """Two campaigns on four days: the third day is missing in `Left`, the last one not fully reported."""
    daily = (
        _day(1, "Left", 1000, 50, 5, 100.0, 300.0),
        _day(1, "Right", 2000, 20, 2, 10.0, 80.0),
        _day(2, "Left", 3000, 90, 3, 200.0, 150.0),
        _day(2, "Right", 1000, 0, 0, 0.0, 0.0),
        _day(3, "Right", 500, 5, 1, 2.0, 40.0),
        _day(4, "Left", 1000, 40, None, 80.0, None),
        _day(4, "Right", 400, 4, 0, 1.0, 0.0),
    )
    orders = tuple({"date": row["date"], "campaign": row["campaign"], "orders": 4, "order_value": 200.5} for row in daily)
    creatives = (
        {"date": "2026-10-01", "campaign": "Left", "creative": "L1", "impressions": 600, "clicks": 20, "conversions": 1, "cost": 60.0},
        {"date": "2026-10-01", "campaign": "Left", "creative": "L2", "impressions": 400, "clicks": 30, "conversions": 4, "cost": 40.0},
    )
    curves = {"Left": ResponseCurve(10.0, 100.0, 0.5, 50.0), "Right": ResponseCurve(4.0, 25.0, 0.6, 20.0)}
    budget = {"daily_total": 400.0, "limits": {"Left": {"min": 10.0, "max": 300.0}, "Right": {"min": 5.0, "max": 150.0}}}
    document = {"name": "by-hand", "first_date": FIRST, "last_date": LAST, "budget": budget}
    return Account("by-hand", document, {"daily": daily, "orders": orders, "creatives": creatives}, Truth((), curves))


def test_ratios_are_ratios_of_sums(by_hand: Account) -> None:
    assert truth_of.kpi(by_hand, "ctr", campaign="Left", end="2026-10-02") == pytest.approx(100 * 140 / 4000)
    assert truth_of.kpi(by_hand, "cpc", campaign="Left") == pytest.approx(380 / 180)
    assert truth_of.kpi(by_hand, "cpc", channel="email") == pytest.approx(13 / 29)
    assert truth_of.kpi(by_hand, "roas", start=date(2026, 10, 2), end=date(2026, 10, 2)) == pytest.approx(150 / 200)


def test_a_row_that_is_not_fully_reported_does_not_count_for_the_ratio_that_it_lacks(by_hand: Account) -> None:
    assert truth_of.kpi(by_hand, "cpa", campaign="Left") == pytest.approx(300 / 8)  # without the cost of the fourth day
    assert truth_of.kpi(by_hand, "cvr", campaign="Left") == pytest.approx(100 * 8 / 140)
    assert truth_of.kpi(by_hand, "ctr", campaign="Left") == pytest.approx(100 * 180 / 5000)  # fully reported
    assert truth_of.kpi(by_hand, "roas") == pytest.approx(570 / 313)


def test_there_is_no_ratio_where_nothing_is_reported_or_the_denominator_is_zero(by_hand: Account) -> None:
    assert truth_of.kpi(by_hand, "cvr", campaign="Right", start="2026-10-02", end="2026-10-02") is None
    assert truth_of.kpi(by_hand, "ctr", campaign="Left", start="2026-10-03", end="2026-10-03") is None
    assert truth_of.kpi(by_hand, "cpa", campaign="Left", start="2026-10-04") is None
    assert truth_of.kpi(by_hand, "roas", creative="L1") is None


def test_sums_leave_out_what_is_not_reported(by_hand: Account) -> None:
    left = truth_of.totals(by_hand, campaign="Left")
    assert left == {
        "impressions": 5000, "clicks": 180, "conversions": 8, "cost": 380.0, "revenue": 450.0, "orders": 12, "order_value": 601.5,
    }  # fmt: skip
    assert truth_of.totals(by_hand, campaign="Left", start="2026-10-04")["conversions"] is None
    assert truth_of.kpi(by_hand, "orders", audience="new") == 28


def test_a_creative_is_read_from_its_own_table(by_hand: Account) -> None:
    assert truth_of.kpi(by_hand, "ctr", creative="L2") == pytest.approx(7.5)
    assert truth_of.kpi(by_hand, "cpa", campaign="Left", creative="L2") == pytest.approx(10)
    assert truth_of.totals(by_hand, creative="L2")["orders"] is None


def test_an_unknown_metric_is_an_error_and_an_unknown_campaign_has_no_data(by_hand: Account) -> None:
    with pytest.raises(KeyError):
        truth_of.kpi(by_hand, "profit")
    assert truth_of.kpi(by_hand, "ctr", campaign="Nobody") is None


def test_missing_days_are_those_of_the_campaign_or_of_all(by_hand: Account) -> None:
    assert truth_of.missing_days(by_hand, "Left") == (date(2026, 10, 3),)
    assert truth_of.missing_days(by_hand) == ()
    assert truth_of.missing_days(by_hand, "Left", start="2026-10-04") == ()
    assert truth_of.empty_cells(by_hand) == ((date(2026, 10, 4), "Left", "conversions"), (date(2026, 10, 4), "Left", "revenue"))


def test_current_spend_is_a_mean_over_the_days_that_are_reported(by_hand: Account) -> None:
    assert truth_of.current_spend(by_hand) == {"Left": pytest.approx(380 / 3), "Right": pytest.approx(13 / 4)}


def test_expectations_follow_the_curves(by_hand: Account) -> None:
    assert truth_of.expected(by_hand, {"Left": 400.0}) == {"conversions": pytest.approx(20), "revenue": pytest.approx(1000)}
    assert truth_of.expected(by_hand, {"Left": 0.0, "Right": 25.0}) == {"conversions": pytest.approx(4), "revenue": pytest.approx(80)}
    with pytest.raises(KeyError):
        truth_of.expected(by_hand, {"Nobody": 1.0})


@pytest.mark.parametrize(
    ("kind", "on", "conversions"),
    [
        ("broken_landing_page", "2026-10-01", 10.0),
        ("broken_landing_page", "2026-10-02", 5.0),
        ("broken_landing_page", "2026-10-04", 10.0),  # mended on the third
        ("bid_inflation", "2026-10-03", 10 / 1.5),
        ("creative_fatigue", "2026-10-02", 10 * (1 - 0.5 / 30)),
        ("tracking_gap", "2026-10-02", 10.0),  # it hides sales and takes none
    ],
)
def test_a_fault_weakens_its_campaign_while_it_lasts(by_hand: Account, kind: str, on: str, conversions: float) -> None:
    fault = Fault("Left", kind, date(2026, 10, 2), date(2026, 10, 3), strength=0.5)  # type: ignore[arg-type]
    ill = replace(by_hand, truth=replace(by_hand.truth, faults=(fault,)))
    assert truth_of.expected(ill, {"Left": 100.0}, on=on)["conversions"] == pytest.approx(conversions)
    assert truth_of.expected(ill, {"Left": 100.0})["conversions"] == pytest.approx(10)


@pytest.mark.parametrize("objective", ["revenue", "conversions"])
@pytest.mark.parametrize("total", [60.0, 150.0, 400.0])
def test_the_best_allocation_of_two_campaigns_is_the_best_of_a_fine_grid(by_hand: Account, total: float, objective: str) -> None:
    found = truth_of.best_allocation(by_hand, total, objective=objective)  # type: ignore[arg-type]
    candidates = ({"Left": total - right, "Right": right} for right in (5 + step * 0.05 for step in range(2901)))
    best = max(truth_of.expected(by_hand, each)[objective] for each in candidates if 10 <= each["Left"] <= 300)
    assert sum(found.values()) == pytest.approx(total)
    assert truth_of.expected(by_hand, found)[objective] == pytest.approx(best, rel=1e-5)
    assert truth_of.expected(by_hand, found)[objective] >= best - 1e-9


def test_the_best_allocation_beats_every_point_of_a_grid_in_generated_accounts(every_account: list[Account]) -> None:
    for account in every_account[:12]:
        part = cut(account, list(account.truth.curves)[:3], 84)
        part = replace(part, document={**part.document, "budget": {**part.document["budget"], "daily_total": 1e9}})
        bounds = truth_of.allowed(part)
        least, most = (sum(bound[side] for bound in bounds.values()) for side in (0, 1))
        total = 0.6 * least + 0.4 * most
        found = truth_of.best_allocation(part, total)
        best = truth_of.expected(part, found)["revenue"]
        grid = [truth_of.expected(part, each)["revenue"] for each in _grid(bounds, total)]
        assert len(grid) > 200
        assert max(grid) <= best * (1 + 1e-9)
        assert max(grid) >= best * 0.985


def _grid(bounds: dict[str, tuple[float, float]], total: float) -> list[dict[str, float]]:
    (one, (low_1, high_1)), (two, (low_2, high_2)), (three, (low_3, high_3)) = bounds.items()
    shares = [step / 40 for step in range(41)]
    points = ((low_1 + x * (high_1 - low_1), low_2 + y * (high_2 - low_2)) for x, y in product(shares, shares))
    return [{one: x, two: y, three: total - x - y} for x, y in points if low_3 <= total - x - y <= high_3]


def test_no_allocation_leaves_its_limits_and_all_of_the_total_is_spent(every_account: list[Account]) -> None:
    rng = Random(7)
    for account in every_account:
        wish = {
            name: {"max": rng.uniform(0.5, 1.5) * curve.reference} for name, curve in account.truth.curves.items() if rng.random() < 0.4
        }
        bounds = truth_of.allowed(account, wish)
        least, most = sum(low for low, _ in bounds.values()), sum(high for _, high in bounds.values())
        total = rng.uniform(least, min(most, account.document["budget"]["daily_total"]))
        for objective in ("revenue", "conversions"):
            found = truth_of.best_allocation(account, total, limits=wish, objective=objective)
            assert sum(found.values()) == pytest.approx(total, abs=1e-6)
            assert all(low - 1e-9 <= found[name] <= high + 1e-9 for name, (low, high) in bounds.items())


def test_what_is_within_limits_earns_the_same_from_its_last_unit_of_money(every_account: list[Account]) -> None:
    for account in every_account:
        found, bounds = truth_of.best_allocation(account, 0.8 * account.document["budget"]["daily_total"]), truth_of.allowed(account)
        free = [name for name, cost in found.items() if bounds[name][0] + 0.01 < cost < bounds[name][1] - 0.01]
        last = [
            truth_of.expected(account, {name: found[name] + 0.001})["revenue"] - truth_of.expected(account, {name: found[name]})["revenue"]
            for name in free
        ]
        assert free
        assert max(last) == pytest.approx(min(last), rel=1e-3)


def test_the_best_allocation_is_no_worse_than_what_people_spend_now(every_account: list[Account]) -> None:
    for account in every_account:
        current = truth_of.current_spend(account)
        best = truth_of.best_allocation(account, sum(current.values()))
        gain = truth_of.expected(account, best)["revenue"] / truth_of.expected(account, current)["revenue"]
        assert 1 < gain < 1.6


@pytest.mark.parametrize(
    ("total", "limits", "reason"),
    [
        (401.0, {}, "above the daily total of 400"),
        (14.0, {}, "limits allow together: 15 to 450"),
        (200.0, {"Left": {"max": 20.0}}, "limits allow together: 15 to 170"),
        (100.0, {"Left": {"max": 5.0}}, "Left: at least 10 and at most 5"),
    ],
)
def test_wishes_that_no_allocation_meets_are_refused_with_the_reason(
    by_hand: Account, total: float, limits: truth_of.Limits, reason: str
) -> None:
    with pytest.raises(Infeasible, match=reason):
        truth_of.best_allocation(by_hand, total, limits=limits)


def test_limits_of_an_unknown_campaign_are_an_error(by_hand: Account) -> None:
    with pytest.raises(KeyError, match="Nobody"):
        truth_of.best_allocation(by_hand, 100.0, limits={"Nobody": {"max": 1.0}})
