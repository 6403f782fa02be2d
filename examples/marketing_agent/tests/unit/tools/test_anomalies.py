"""Change points and single days: found where they are, not where nothing happened."""

from __future__ import annotations

import numpy as np
import pytest
from made_accounts import Made, days_between, iso, plain_rows, small, workspace

from src.tools.anomalies import detect_anomalies
from src.tools.weekdays import weekday_factors


@pytest.mark.parametrize("seed", range(5))
def test_a_halved_conversion_rate_is_found_on_its_day(seed: int) -> None:
    space = workspace(Made(fault=("broken_landing_page", 60, 0.5, None)), seed=seed)
    found = detect_anomalies(space, {"metric": "cvr"})
    assert len(found["change_points"]) == 1
    change = found["change_points"][0]
    assert days_between(change["date"], 60) <= 2
    assert change["relative_change"] == pytest.approx(-0.5, abs=0.12)
    assert change["p_value"] <= 0.02


def test_a_change_that_ended_has_two_change_points() -> None:
    space = workspace(Made(fault=("broken_landing_page", 30, 0.6, 50)), seed=2)
    days = [change["date"] for change in detect_anomalies(space, {"metric": "cvr"})["change_points"]]
    assert len(days) == 2
    assert all(days_between(day, true) <= 2 for day, true in zip(days, (30, 51), strict=True))


def test_cost_per_conversion_is_told_as_such() -> None:
    space = workspace(Made(fault=("broken_landing_page", 50, 0.5, None)), seed=4)
    change = detect_anomalies(space, {"metric": "cpa"})["change_points"][0]
    assert change["after"] == pytest.approx(2 * change["before"], rel=0.25)


def test_a_wild_day_is_an_anomaly_and_no_change_of_level() -> None:
    rng = np.random.default_rng(1)
    rows = [{**row, "cost": float(50 * np.exp(0.05 * rng.standard_normal()))} for row in plain_rows(60)]
    rows[33]["cost"] = 400.0
    found = detect_anomalies(small(rows), {"metric": "cost"})
    assert found["change_points"] == []
    assert [day["date"] for day in found["anomalies"]] == [iso(33)]
    assert found["anomalies"][0]["value"] == 400.0
    assert found["anomalies"][0]["expected"] == pytest.approx(50, rel=0.1)
    assert found["anomalies"][0]["z"] > 5


def test_weekday_effects_are_no_anomalies_and_are_learnt() -> None:
    rows = [{**row, "cost": 20.0 if day % 7 in (5, 6) else 50.0 + day % 3} for day, row in enumerate(plain_rows(70))]
    found = detect_anomalies(small(rows), {"metric": "cost"})
    assert (found["change_points"], found["anomalies"]) == ([], [])


def test_weekday_factors_are_those_of_the_data_despite_a_step() -> None:
    true = [1.3, 1.1, 1.0, 1.0, 0.9, 0.8, 0.9]
    values = [true[day % 7] * (100 if day < 40 else 250) for day in range(84)]
    assert weekday_factors(range(84), values, [1.0] * 84) == pytest.approx(true, abs=0.05)


def test_weekday_factors_of_noise_are_shrunk_to_nearly_nothing() -> None:
    rng = np.random.default_rng(9)
    factors = weekday_factors(range(84), rng.normal(100, 15, 84).tolist(), [1.0] * 84)
    assert all(abs(factor - 1) < 0.08 for factor in factors)


@pytest.mark.parametrize("days", [0, 1, 5, 9])
def test_few_days_are_called_too_little_data(days: int) -> None:
    rows = plain_rows(max(days, 1))
    arguments = {"metric": "ctr"} if days else {"metric": "ctr", "start": iso(30), "end": iso(31)}
    found = detect_anomalies(small(rows), arguments)
    assert found["days"] == days
    assert any("too little data" in text for text in found["warnings"])
    assert found["change_points"] == []


def test_a_metric_that_never_happened_changes_nowhere() -> None:
    found = detect_anomalies(small(plain_rows(40, conversions=0, revenue=0)), {"metric": "cvr"})
    assert (found["change_points"], found["anomalies"]) == ([], [])


@pytest.mark.parametrize("noise", [0.0, 0.15])
def test_steady_series_raise_an_alarm_in_at_most_6_of_100(noise: float) -> None:
    """200 sound campaigns; by metric at most 6 % and two and a half standard errors, over all metrics at most 6 %."""
    metrics = ("ctr", "cvr", "cpa", "cpc", "roas", "conversions", "cost")
    alarms = {(metric, kind): 0 for metric in metrics for kind in ("change_points", "anomalies")}
    for seed in range(200):
        space = workspace(Made(day_noise=noise), seed=seed)
        for metric in metrics:
            found = detect_anomalies(space, {"metric": metric})
            for kind in ("change_points", "anomalies"):
                alarms[metric, kind] += bool(found[kind])
    assert max(alarms.values()) / 200 <= 0.06 + 0.04, alarms
    assert sum(alarms.values()) / (200 * len(alarms)) <= 0.06
