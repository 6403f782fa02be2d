"""Each fault shows in the data as docs/generator.md describes it, and nowhere else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from reported import rate

from generator import truth_of
from generator.account import Account, Fault, FaultKind

BEFORE = timedelta(days=28)
FULL_STRENGTH = timedelta(days=30)
STEADY = {"ctr": 0.07, "orders_per_click": 0.33, "cpc": 0.30, "tracked": 0.16, "frequency": 0.25}
"""Most that chance, weekdays and the spend of the weeks move a rate of a sound campaign, as a fraction; about four standard errors."""
TOUCHED = {
    "broken_landing_page": "orders_per_click",
    "tracking_gap": "tracked",
    "bid_inflation": "cpc",
    "creative_fatigue": "ctr",
}


@dataclass(frozen=True, slots=True)
class Change:
    """Relative change of each rate, after against before."""

    ctr: float
    cpc: float
    orders_per_click: float
    tracked: float
    """Platform conversions per order of the shop."""
    frequency: float


def change(account: Account, campaign: str, fault: Fault) -> Change:
    """From the four weeks before the fault to the time when it has its full strength; days with spoilt data left out."""
    full = fault.start + (FULL_STRENGTH if fault.kind == "creative_fatigue" else timedelta(0))
    before = _rates(account, campaign, fault.start - BEFORE, fault.start - timedelta(days=1))
    after = _rates(account, campaign, full, date.fromisoformat(account.document["last_date"]))
    return Change(**{name: after[name] / before[name] - 1 for name in before})


def _rates(account: Account, campaign: str, start: date, end: date) -> dict[str, float]:
    sold = {row["date"]: row["orders"] for row in truth_of.rows(account, table="orders", campaign=campaign)}
    spoilt = {
        day.isoformat() for defect in truth_of.defects(account, campaign) for day in truth_of.window_days(account, defect.start, defect.end)
    }
    rows = [row for row in truth_of.rows(account, campaign=campaign, start=start, end=end) if row["date"] not in spoilt]
    impressions, clicks, conversions, cost, frequency = (
        sum(row[column] for row in rows) for column in ("impressions", "clicks", "conversions", "cost", "frequency")
    )
    orders = sum(sold[row["date"]] for row in rows)
    return {
        "ctr": clicks / impressions,
        "cpc": cost / clicks,
        "orders_per_click": orders / clicks,
        "tracked": conversions / orders,
        "frequency": frequency / len(rows),
    }


def faulty(every_account: list[Account], kind: FaultKind) -> Iterator[tuple[Fault, Change]]:
    for account in every_account:
        for fault in account.truth.faults:
            if fault.kind == kind:
                yield fault, change(account, fault.campaign, fault)


def assert_steady(seen: Change, *but: str) -> None:
    for name, most in STEADY.items():
        if name not in but:
            assert abs(getattr(seen, name)) < most, name


def test_a_broken_landing_page_takes_orders_and_leaves_clicks(every_account: list[Account]) -> None:
    for fault, seen in faulty(every_account, "broken_landing_page"):
        assert seen.orders_per_click == pytest.approx(-fault.strength, abs=0.15)
        assert_steady(seen, "orders_per_click", "tracked")  # few orders are left to count the share of
        assert abs(seen.tracked) < 0.25


def test_a_tracking_gap_takes_conversions_and_leaves_orders(every_account: list[Account]) -> None:
    for fault, seen in faulty(every_account, "tracking_gap"):
        assert seen.tracked == pytest.approx(-fault.strength, abs=0.15)
        assert_steady(seen, "tracked")


def test_bid_inflation_raises_the_price_of_a_click_and_leaves_rates(every_account: list[Account]) -> None:
    for fault, seen in faulty(every_account, "bid_inflation"):
        assert seen.cpc > 0.35
        assert_steady(seen, "cpc", "frequency")  # the same money buys fewer impressions
        assert seen.frequency < STEADY["frequency"]


def test_bid_inflation_has_its_strength_at_equal_cost(every_account: list[Account]) -> None:
    """A click costs more on days of high cost, too; what the curve explains is taken out."""
    for account in every_account:
        for fault in account.truth.faults:
            if fault.kind == "bid_inflation":
                before = _price_at_reference(account, fault.campaign, fault.start - BEFORE, fault.start - timedelta(days=1))
                after = _price_at_reference(account, fault.campaign, fault.start, date.fromisoformat(account.document["last_date"]))
                assert after / before - 1 == pytest.approx(fault.strength, abs=0.12)


def _price_at_reference(account: Account, campaign: str, start: date, end: date) -> float:
    curve = account.truth.curves[campaign]
    rows = list(truth_of.rows(account, campaign=campaign, start=start, end=end))
    return sum(curve.conversions(row["cost"]) for row in rows) / sum(int(row["clicks"]) for row in rows)


def test_creative_fatigue_lowers_the_click_rate_while_frequency_climbs_and_leaves_what_follows_a_click(
    every_account: list[Account],
) -> None:
    for fault, seen in faulty(every_account, "creative_fatigue"):
        assert seen.ctr == pytest.approx(-fault.strength, abs=0.05)
        assert seen.frequency > 0.5
        assert_steady(seen, "ctr", "frequency", "cpc")  # a click costs more, for the same impressions bring fewer


def test_creative_fatigue_grows_gradually(every_account: list[Account]) -> None:
    for account in every_account:
        for fault in account.truth.faults:
            if fault.kind == "creative_fatigue":
                thirds = [fault.start + number * FULL_STRENGTH / 3 for number in range(4)]
                rates = [
                    rate(account, "ctr", campaign=fault.campaign, start=start, end=end - timedelta(days=1))
                    for start, end in itertools.pairwise(thirds)
                ]
                assert rates == sorted(rates, reverse=True)


def test_no_other_campaign_shows_a_fault(every_account: list[Account]) -> None:
    """Thin campaigns and drops by chance have tests of their own: their rates say little."""
    for account in every_account:
        quiet = set(account.truth.curves) - set(truth_of.faults(account)) - set(account.truth.thin_campaigns)
        for campaign in quiet - {drop.campaign for drop in account.truth.noise_drops}:
            for fault in account.truth.faults:
                assert_steady(change(account, campaign, fault))


def test_a_faulty_campaign_is_sound_until_its_fault_starts(every_account: list[Account]) -> None:
    for account in every_account:
        for fault in account.truth.faults:
            middle = (
                date.fromisoformat(account.document["first_date"]) + (fault.start - date.fromisoformat(account.document["first_date"])) / 2
            )
            before = _rates(account, fault.campaign, date.fromisoformat(account.document["first_date"]), middle - timedelta(days=1))
            after = _rates(account, fault.campaign, middle, fault.start - timedelta(days=1))
            assert_steady(Change(**{name: after[name] / before[name] - 1 for name in before}))


def test_faults_have_enough_conversions_before_them_to_be_seen(every_account: list[Account]) -> None:
    for account in every_account:
        for fault in account.truth.faults:
            counted = rate(account, "conversions", campaign=fault.campaign, end=fault.start - timedelta(days=1))
            assert counted > 250


def test_a_fault_never_meets_a_defect_of_the_data_of_its_campaign(every_account: list[Account]) -> None:
    for account in every_account:
        assert not {fault.campaign for fault in account.truth.faults} & {defect.campaign for defect in account.truth.defects}
