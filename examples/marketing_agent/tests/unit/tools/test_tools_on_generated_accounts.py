"""The tools against the generator's truth, over ten seeds that no threshold was chosen on: the error rates that docs/tools.md states."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from statistics import mean
from typing import Any

import pytest

from generator import truth_of
from generator.account import Account
from generator.accounts import generate
from src.config import Config
from src.tools import Workspace, registry

SEEDS = range(101, 111)
TOOLS = registry(Config())


@pytest.fixture(scope="module")
def opened() -> list[tuple[Account, Workspace]]:
    accounts = [account for seed in SEEDS for account in generate(seed)]
    return [(account, Workspace.from_inline({"account": {**account.document, "tables": account.tables}})) for account in accounts]


def call(space: Workspace, name: str, **arguments: Any) -> Mapping[str, Any]:
    seen = asyncio.run(TOOLS.call("s1", name, arguments, space))
    assert seen.error is None
    return seen.result or {}


def test_at_least_95_of_100_faults_are_named_and_dated_and_at_most_5_of_100_sound_campaigns_are_called_sick(
    opened: list[tuple[Account, Workspace]],
) -> None:
    named, dated, sick, sound = [], [], [], 0
    for account, space in opened:
        faults = truth_of.faults(account)
        for campaign in space.campaigns:
            found = call(space, "diagnose_campaign", campaign=campaign)
            if campaign not in faults:
                sound += 1
                sick += [(account.name, campaign, found["cause"])] if found["cause"] != "none" else []
                continue
            named.append(found["cause"] == faults[campaign].kind)
            allowed = 7 if faults[campaign].kind == "creative_fatigue" else 2
            dated.append(bool(found["since"]) and abs((date.fromisoformat(found["since"]) - faults[campaign].start).days) <= allowed)
    assert len(named) == 5 * len(SEEDS)
    assert mean(named) >= 0.95
    assert mean(dated) >= 0.95
    assert len(sick) <= 0.05 * sound, sick


@pytest.mark.parametrize("objective", ["revenue", "conversions"])
def test_proposals_reach_95_of_100_of_the_true_optimum_and_expect_what_is_true(
    opened: list[tuple[Account, Workspace]], objective: str
) -> None:
    reached, errors = [], []
    for account, space in opened:
        current = truth_of.current_spend(account)
        total = min(1.05 * sum(current.values()), account.document["budget"]["daily_total"])
        found = call(space, "reallocate_budget", total=total, objective=objective)
        best = truth_of.best_allocation(account, total, objective=objective)  # type: ignore[arg-type]
        value = {
            name: truth_of.expected(account, split)[objective]
            for name, split in (("found", found["proposed"]), ("best", best), ("now", current))
        }
        reached.append(value["found"] / value["best"])
        errors.append(abs(found["expected_gain"] - (value["found"] / value["now"] - 1)))
    assert min(reached) >= 0.95
    assert mean(reached) >= 0.99
    assert max(errors) <= 0.08


def test_drops_by_chance_are_not_significant(opened: list[tuple[Account, Workspace]]) -> None:
    drops = [(space, drop) for account, space in opened for drop in account.truth.noise_drops]
    assert drops
    for space, drop in drops:
        earlier = {
            "start": date.fromordinal(drop.start.toordinal() - 7).isoformat(),
            "end": date.fromordinal(drop.start.toordinal() - 1).isoformat(),
        }
        later = {"start": drop.start.isoformat(), "end": drop.end.isoformat()}
        found = call(
            space, "test_significance", metric="cvr", a={**earlier, "campaign": drop.campaign}, b={**later, "campaign": drop.campaign}
        )
        assert found["relative_change"] < -0.1
        assert found["significant"] is False


def test_figures_are_the_true_ones(opened: list[tuple[Account, Workspace]]) -> None:
    for account, space in opened[:4]:
        for group in call(space, "compute_kpis", group_by="campaign", start="2026-10-01")["groups"]:
            for metric in ("ctr", "cvr", "cpa", "cpc", "roas"):
                expected = truth_of.kpi(account, metric, start="2026-10-01", campaign=group["key"])
                assert group[metric]["value"] == pytest.approx(expected)


def test_defects_of_the_data_are_warned_of(opened: list[tuple[Account, Workspace]]) -> None:
    words = {"missing_days": "missing days", "empty_cells": "missing (empty cells)", "contradiction": "contradict the shop's orders"}
    seen = set()
    for account, space in opened:
        for defect in truth_of.defects(account):
            seen.add(defect.kind)
            warnings = call(space, "compute_kpis", start=defect.start.isoformat(), end=defect.end.isoformat())["warnings"]
            assert any(words[defect.kind] in text for text in warnings), (account.name, defect)
    assert seen == set(words)
