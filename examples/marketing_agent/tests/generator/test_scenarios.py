"""The fixtures show what they are named for."""

from __future__ import annotations

import functools
import json
from typing import get_args

import pytest
from reported import rate

from generator import scenarios, truth_of
from generator.account import FaultKind
from generator.scenarios import SCENARIOS, TABLES, Scenario, context_of, text_of

account_of = functools.cache(scenarios.account_of)
each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.kind)


def test_all_four_faults_and_a_contradiction_have_a_scenario() -> None:
    assert {scenario.kind for scenario in SCENARIOS} == {*get_args(FaultKind), "contradiction"}


@each_scenario
def test_a_scenario_has_its_cause_and_a_sound_campaign_beside_it(scenario: Scenario) -> None:
    account = account_of(scenario)
    assert set(account.truth.curves) == {scenario.campaign, scenario.beside}
    kinds: dict[str, str] = {fault.campaign: fault.kind for fault in account.truth.faults}
    kinds |= {str(defect.campaign): defect.kind for defect in account.truth.defects if defect.campaign}
    assert kinds == {scenario.campaign: scenario.kind}


@each_scenario
def test_the_cause_begins_within_the_days_shown_with_two_weeks_before_it(scenario: Scenario) -> None:
    account = account_of(scenario)
    planted = {fault.campaign: fault.start for fault in account.truth.faults}
    planted |= {str(defect.campaign): defect.start for defect in account.truth.defects}
    start = planted[scenario.campaign]
    assert 14 <= truth_of.window_days(account).index(start) <= len(truth_of.window_days(account)) - 12


@each_scenario
def test_a_campaign_with_a_fault_underperforms(scenario: Scenario) -> None:
    """Platform conversions per money fall by a third and more from before the fault to the last two weeks."""
    account = account_of(scenario)
    fault = truth_of.faults(account).get(scenario.campaign)
    if fault is None:
        assert scenario.kind == "contradiction"
        return
    before = rate(account, "cpa", campaign=scenario.campaign, start=truth_of.window_days(account)[0], end=fault.start)
    after = rate(account, "cpa", campaign=scenario.campaign, start="2026-10-18")
    assert after > 1.5 * before


@each_scenario
def test_current_spend_is_within_the_budget_of_the_scenario(scenario: Scenario) -> None:
    account = account_of(scenario)
    current = truth_of.current_spend(account)
    assert sum(current.values()) < account.document["budget"]["daily_total"]
    assert set(account.document["budget"]["limits"]) == set(current)
    assert truth_of.best_allocation(account, sum(current.values()))


@each_scenario
def test_the_text_is_the_context_and_has_neither_truth_nor_people_nor_orders_to_the_reader(scenario: Scenario) -> None:
    context = context_of(account_of(scenario))
    text = text_of(context)
    assert json.loads(text) == context
    assert set(context["account"]["tables"]) == set(TABLES)
    assert not [word for word in ("@", "555-", "ignore", "forget your", "truth", "exponent", "canary") if word in text.lower()]
