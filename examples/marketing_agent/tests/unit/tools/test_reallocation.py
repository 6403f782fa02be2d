"""Budgets: the optimum within every limit, and wishes refused by the name of the limit."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_accounts import Made, iso, plain_rows, small, workspace
from scipy import optimize

from src.tools import ToolFailure, Workspace
from src.tools.allocation import Bounds, best_split
from src.tools.reallocation import reallocate_budget
from src.tools.response_curves import Curve, fit_curves

CAMPAIGNS = (
    Made("Alpha", spend=600, cvr=0.03, exponent=0.7),
    Made("Beta", spend=300, cvr=0.05, exponent=0.6, channel="social"),
    Made("Gamma", spend=500, cvr=0.01, exponent=0.5, channel="display"),
)
SPACE = workspace(*CAMPAIGNS, budget={"daily_total": 1800, "limits": {"Alpha": {"min": 100, "max": 900}, "Gamma": {"min": 50}}})


def true_conversions(split: dict[str, float]) -> float:
    return sum(made.spend / made.price * made.cvr * (split[made.name] / made.spend) ** made.exponent for made in CAMPAIGNS)


def test_the_proposal_is_within_one_per_cent_of_the_true_optimum() -> None:
    found = reallocate_budget(SPACE, {"objective": "conversions", "total": 1400})
    bounds = [(100, 900), (0, 1400), (50, 1400)]
    names = [made.name for made in CAMPAIGNS]
    best = optimize.minimize(
        lambda x: -true_conversions(dict(zip(names, x, strict=True))),
        [500, 400, 500],
        bounds=[(low + 1e-6, high) for low, high in bounds],
        constraints={"type": "eq", "fun": lambda x: x.sum() - 1400},
    )
    assert found["feasible"] is True
    assert found["total"] == pytest.approx(1400)
    assert true_conversions(found["proposed"]) >= 0.99 * -best.fun
    assert found["expected_proposed"] == pytest.approx(true_conversions(found["proposed"]), rel=0.08)
    true_gain = true_conversions(found["proposed"]) / true_conversions(found["current"]) - 1
    assert found["expected_gain"] == pytest.approx(true_gain, abs=0.05)


def test_fitted_exponents_are_near_the_true_ones() -> None:
    curves, _ = fit_curves(SPACE, SPACE.last_day or 0)
    for made in CAMPAIGNS:
        assert curves[made.name].exponent == pytest.approx(made.exponent, abs=0.1)


def test_absent_total_is_current_spend() -> None:
    found = reallocate_budget(SPACE, {})
    assert found["total"] == pytest.approx(sum(found["current"].values()))
    assert found["expected_gain"] > 0


def test_what_is_kept_stays_and_changes_are_bounded() -> None:
    found = reallocate_budget(SPACE, {"keep": ["Beta"], "max_change": 0.2})
    assert found["proposed"]["Beta"] == pytest.approx(found["current"]["Beta"])
    for name, spend in found["proposed"].items():
        assert abs(spend / found["current"][name] - 1) <= 0.2 + 1e-9
    assert any("Beta is kept" in text for text in found["binding"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"total": 2500}, "budget.daily_total allows at most 1800.00"),
        ({"total": 120}, "lower limits add up to 150.00"),
        ({"total": 1700, "max_change": 0.01}, "upper limits add up to"),
        ({"limits": {"Alpha": {"min": 950}}}, "account's limit of at most 900.00"),
        ({"limits": {"Beta": {"max": 10}}, "keep": ["Beta"]}, "Beta is kept at"),
        ({"limits": {"Beta": {"min": 900, "max": 800}}}, "cannot hold both"),
    ],
)
def test_an_infeasible_wish_is_refused_by_the_name_of_the_limit(arguments: dict[str, Any], words: str) -> None:
    found = reallocate_budget(SPACE, arguments)
    assert found["feasible"] is False
    assert words in found["why_not"]
    assert found["proposed"] == found["current"]
    assert found["expected_gain"] == 0


def test_current_spend_above_the_daily_total_is_brought_below_it() -> None:
    found = reallocate_budget(workspace(*CAMPAIGNS, budget={"daily_total": 900}), {})
    assert found["total"] == pytest.approx(900)
    assert any("above budget.daily_total" in text for text in found["warnings"])


def test_days_of_a_fault_do_not_shape_the_curve() -> None:
    sound = workspace(Made(), Made("Beta", cvr=0.02), seed=4)
    broken = workspace(Made(fault=("broken_landing_page", 50, 0.7, None)), Made("Beta", cvr=0.02), seed=4)
    curves = [fit_curves(space, space.last_day or 0)[0]["Alpha"] for space in (sound, broken)]
    assert curves[1].conversions(400) == pytest.approx(curves[0].conversions(400), rel=0.08)
    assert any("diagnosed fault" in text for text in reallocate_budget(broken, {})["warnings"])


def test_spend_that_hardly_varies_is_told_as_an_assumption() -> None:
    space = workspace(Made(spend_noise=0.0), Made("Beta", spend_noise=0.0))
    warnings = reallocate_budget(space, {})["warnings"]
    assert any("hardly varied" in text and "assumption" in text for text in warnings)


def test_a_campaign_without_a_curve_keeps_its_spend() -> None:
    rows = [*plain_rows(5, campaign="New", cost=70.0)]
    space = workspace(*CAMPAIGNS)
    daily = [dict(zip(space.tables["daily"].columns, row, strict=True)) for row in space.tables["daily"].rows]
    found = reallocate_budget(small([*daily, *rows]), {})
    assert found["proposed"]["New"] == pytest.approx(70)
    assert any("too little data" in text and "New" in text for text in found["warnings"])


def test_an_account_without_any_curve_scales_all_campaigns_alike() -> None:
    found = reallocate_budget(small([*plain_rows(5), *plain_rows(5, campaign="Beta", cost=150.0)]), {"total": 400})
    assert found["proposed"] == pytest.approx({"Alpha": 100, "Beta": 300})
    assert found["expected_gain"] is None


@pytest.mark.parametrize("arguments", [{"keep": ["Omega"]}, {"limits": {"Omega": {"max": 3}}}])
def test_unknown_campaigns_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ToolFailure, match="unknown campaign in limits or keep: Omega; known: Alpha, Beta, Gamma"):
        reallocate_budget(SPACE, arguments)


def test_no_spend_is_no_budget() -> None:
    with pytest.raises(ToolFailure, match="no budget to move"):
        reallocate_budget(small(plain_rows(20, cost=0)), {})


limit = st.floats(0, 2000)
wishes = st.fixed_dictionaries(
    {},
    optional={
        "total": st.floats(0.01, 4000),
        "objective": st.sampled_from(["revenue", "conversions"]),
        "max_change": st.floats(0, 1),
        "keep": st.lists(st.sampled_from(["Alpha", "Beta", "Gamma"]), unique=True),
        "limits": st.dictionaries(
            st.sampled_from(["Alpha", "Beta", "Gamma"]), st.fixed_dictionaries({}, optional={"min": limit, "max": limit})
        ),
        "start": st.just(iso(56)),
    },
)


@settings(max_examples=300, deadline=None)
@given(wishes)
def test_no_wish_gets_more_than_is_allowed_or_less_than_nothing(wish: dict[str, Any]) -> None:
    found = reallocate_budget(SPACE, wish)
    if not found["feasible"]:
        assert found["why_not"]
        return
    own = {"Alpha": (100, 900), "Gamma": (50, math.inf)}
    assert sum(found["proposed"].values()) <= 1800 + 1e-6
    if "total" in wish:
        assert found["total"] == pytest.approx(wish["total"], abs=1e-5)
    for name, spend in found["proposed"].items():
        asked, current = wish.get("limits", {}).get(name, {}), found["current"][name]
        low, high = own.get(name, (0, math.inf))
        assert max(0, low, asked.get("min", 0)) - 1e-5 <= spend <= min(high, asked.get("max", math.inf)) + 1e-5
        if "max_change" in wish:
            assert abs(spend - current) <= wish["max_change"] * current + 1e-5
        if name in wish.get("keep", []):
            assert spend == pytest.approx(current, abs=1e-5)


curves = st.builds(Curve, st.floats(1e-6, 1e6), st.floats(0.15, 0.95), st.just(1.0))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(curves, st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=6), st.floats(0, 1))
def test_the_split_meets_the_total_and_no_small_move_improves_it(drawn: list[tuple[Curve, float, float]], share: float) -> None:
    fitted = {str(number): curve for number, (curve, _, _) in enumerate(drawn)}
    bounds = {str(number): Bounds(min(a, b), max(a, b)) for number, (_, a, b) in enumerate(drawn)}
    least, most = sum(bound.low for bound in bounds.values()), sum(bound.high for bound in bounds.values())
    total = least + share * (most - least)
    split = best_split(fitted, dict.fromkeys(fitted, 1.0), bounds, total)
    assert sum(split.values()) == pytest.approx(total, abs=1e-6)
    assert all(bounds[name].low - 1e-9 <= spend <= bounds[name].high + 1e-9 for name, spend in split.items())
    _no_move_improves(fitted, bounds, split)


def _no_move_improves(fitted: dict[str, Curve], bounds: dict[str, Bounds], split: dict[str, float]) -> None:
    value = sum(fitted[name].conversions(spend) for name, spend in split.items())
    for (giver, given_up), (taker, taken) in itertools.permutations(split.items(), 2):
        step = min(0.5, given_up - bounds[giver].low, bounds[taker].high - taken)
        if step > 1e-6:
            moved = {**split, giver: given_up - step, taker: taken + step}
            assert sum(fitted[name].conversions(spend) for name, spend in moved.items()) <= value * (1 + 1e-6) + 1e-9


def test_the_overview_of_limits_in_the_document_may_be_malformed() -> None:
    space: Workspace = workspace(*CAMPAIGNS, budget={"daily_total": "a lot", "limits": {"Alpha": {"min": "x", "max": None}}})
    found = reallocate_budget(space, {})
    assert found["feasible"] is True
    assert any("states no daily total" in text for text in found["warnings"])
