"""Diagnosis: each fault by its name and day, none where there is none, and honesty where evidence is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_accounts import Made, days_between, iso, plain_rows, small, workspace

from src.tools import ToolFailure
from src.tools.diagnosis import diagnose_campaign

FAULTS = ("broken_landing_page", "tracking_gap", "bid_inflation", "creative_fatigue")


def evidence(found: dict[str, Any], metric: str) -> dict[str, Any]:
    return next(row for row in found["evidence"] if row["metric"] == metric)


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("strength", [0.45, 0.7])
def test_each_fault_is_named_with_its_day(kind: str, strength: float) -> None:
    start = 45 if kind == "creative_fatigue" else 60
    for seed in range(6):
        found = diagnose_campaign(workspace(Made(fault=(kind, start, strength, None)), seed=seed), {"campaign": "Alpha"})
        assert found["cause"] == kind
        assert days_between(found["since"], start) <= (8 if kind == "creative_fatigue" else 2)
        assert found["confidence"] > 0.9
        assert {row["cause"] for row in found["ruled_out"]} == set(FAULTS) - {kind}
        assert all(row["why"] for row in found["ruled_out"])


@pytest.mark.parametrize(
    ("kind", "metric", "change"),
    [
        ("broken_landing_page", "orders_per_click", -0.5),
        ("tracking_gap", "conversions_per_order", -0.5),
        ("bid_inflation", "cpc", 0.5),
    ],
)
def test_evidence_has_the_figure_before_and_since(kind: str, metric: str, change: float) -> None:
    found = diagnose_campaign(workspace(Made(spend_noise=0.05, fault=(kind, 60, 0.5, None)), seed=3), {"campaign": "Alpha"})
    assert evidence(found, metric)["relative_change"] == pytest.approx(change, abs=0.1)
    assert abs(evidence(found, "ctr")["relative_change"]) < 0.05


def test_a_fault_that_is_over_is_told_with_its_end() -> None:
    space = workspace(Made(fault=("tracking_gap", 30, 0.6, 45)), seed=1)
    found = diagnose_campaign(space, {"campaign": "Alpha"})
    assert found["cause"] == "tracking_gap"
    assert days_between(found["since"], 30) <= 2
    assert "It ended on" in found["explanation"]


def test_a_fault_that_was_over_before_the_days_asked_for_is_not_their_cause() -> None:
    found = diagnose_campaign(workspace(Made(fault=("tracking_gap", 30, 0.6, 45)), seed=1), {"campaign": "Alpha", "start": iso(60)})
    assert found["cause"] == "none"
    assert any("it was over" in row["why"] for row in found["ruled_out"])


def test_days_before_the_start_serve_as_the_usual_level() -> None:
    found = diagnose_campaign(workspace(Made(fault=("bid_inflation", 60, 0.6, None))), {"campaign": "Alpha", "start": iso(77)})
    assert found["cause"] == "bid_inflation"


def test_a_fault_after_the_end_asked_for_is_not_seen() -> None:
    found = diagnose_campaign(workspace(Made(fault=("bid_inflation", 60, 0.6, None))), {"campaign": "Alpha", "end": iso(58)})
    assert (found["cause"], found["since"]) == ("none", None)


def test_spending_more_makes_clicks_dearer_and_is_no_bid_inflation() -> None:
    """Two and a half times the spend from one day on: by diminishing returns a click costs a third more; the bids did nothing."""
    rng = np.random.default_rng(8)
    rows = []
    for day in range(84):
        cost = float((400 if day < 56 else 1000) * np.exp(0.3 * rng.standard_normal()))
        impressions = int(40_000 * (cost / 400) ** 0.65 * np.exp(0.04 * rng.standard_normal()))
        clicks = int(rng.binomial(impressions, 0.02))
        rows += plain_rows(1, date=iso(day), cost=cost, impressions=impressions, clicks=clicks, conversions=int(rng.binomial(clicks, 0.03)))
    found = diagnose_campaign(small(rows), {"campaign": "Alpha"})
    assert evidence(found, "cpc")["relative_change"] > 0.15
    assert found["cause"] == "none"


def test_a_click_rate_that_fell_at_once_is_no_fatigue() -> None:
    rng = np.random.default_rng(2)
    rows = [
        {**row, "clicks": int(rng.binomial(40_000, 0.02 if day < 50 else 0.012)), "impressions": 40_000}
        for day, row in enumerate(plain_rows(84))
    ]
    found = diagnose_campaign(small(rows), {"campaign": "Alpha"})
    assert found["cause"] != "creative_fatigue"
    assert any(row["cause"] == "creative_fatigue" and "at once" in row["why"] for row in found["ruled_out"])


def test_a_declining_click_rate_without_climbing_frequency_is_no_fatigue() -> None:
    space = workspace(Made(fault=("creative_fatigue", 45, 0.5, None)), seed=1)
    rows = [dict(zip(space.tables["daily"].columns, row, strict=True)) | {"frequency": 2.0} for row in space.tables["daily"].rows]
    found = diagnose_campaign(small(rows), {"campaign": "Alpha"})
    assert found["cause"] != "creative_fatigue"
    assert any("frequency did not climb" in row["why"] for row in found["ruled_out"])


def test_fatigue_without_reported_frequency_is_doubted() -> None:
    space = workspace(Made(fault=("creative_fatigue", 45, 0.5, None)), seed=1)
    rows = [dict(zip(space.tables["daily"].columns, row, strict=True)) | {"frequency": None} for row in space.tables["daily"].rows]
    found = diagnose_campaign(small(rows), {"campaign": "Alpha"})
    assert found["cause"] == "creative_fatigue"
    assert found["confidence"] <= 0.6
    assert any("frequency is not reported" in text for text in found["warnings"])


def test_without_the_shops_orders_a_tracking_gap_cannot_be_ruled_out() -> None:
    space = workspace(Made(fault=("tracking_gap", 60, 0.6, None)), tables={"orders": None})
    found = diagnose_campaign(space, {"campaign": "Alpha"})
    assert found["cause"] == "broken_landing_page"
    assert found["confidence"] <= 0.6
    assert any("tracking gap would look the same" in text for text in found["warnings"])


def test_doubled_platform_conversions_are_a_contradiction_and_no_fault() -> None:
    space = workspace(Made(), seed=6)
    rows = [dict(zip(space.tables["daily"].columns, row, strict=True)) for row in space.tables["daily"].rows]
    orders = [dict(zip(space.tables["orders"].columns, row, strict=True)) for row in space.tables["orders"].rows]
    for row in rows[20:34]:
        row["conversions"] *= 2
    found = diagnose_campaign(small(rows, orders=orders), {"campaign": "Alpha"})
    assert found["cause"] == "none"
    assert any("more conversions than orders" in text for text in found["warnings"])


def test_a_campaign_that_hardly_converts_is_called_thin() -> None:
    found = diagnose_campaign(workspace(Made(cvr=0.0005)), {"campaign": "Alpha"})
    assert found["cause"] == "none"
    assert found["confidence"] == 0.5
    assert any("too little data" in text for text in found["warnings"])


@pytest.mark.parametrize("days", [1, 5, 13])
def test_a_few_days_are_no_ground_for_a_fault(days: int) -> None:
    found = diagnose_campaign(small(plain_rows(days)), {"campaign": "Alpha"})
    assert found["cause"] == "none"
    assert len(found["ruled_out"]) == 4


def test_rows_without_any_figures_are_survived() -> None:
    rows = plain_rows(40, impressions=None, clicks=None, conversions=None, cost=None, revenue=None, frequency=None)
    assert diagnose_campaign(small(rows), {"campaign": "Alpha"})["cause"] == "none"


def test_an_unknown_campaign_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ToolFailure, match="known: Alpha"):
        diagnose_campaign(small(plain_rows(3)), {"campaign": "Omega"})


@pytest.mark.parametrize("noise", [0.0, 0.12])
def test_sound_campaigns_are_called_sick_in_at_most_5_of_100(noise: float) -> None:
    sick = [
        seed
        for seed in range(200)
        if diagnose_campaign(workspace(Made(day_noise=noise), seed=seed), {"campaign": "Alpha"})["cause"] != "none"
    ]
    assert len(sick) <= 10, sick
