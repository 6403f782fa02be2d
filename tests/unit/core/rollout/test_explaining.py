"""Why it stands where it stands, and what would change it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from goldfinch.core.rollout.explaining import decided, explain
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.state import Pause, PauseReason, Phase, RollbackPhase, RolloutState
from tests.shown_rollouts import BEGUN, DECISIONS, NOW, moved, shown_overview


def said(overview: RolloutOverview) -> dict[str, str]:
    return {paragraph.head: " | ".join(paragraph.sentences) for paragraph in explain(overview)}


def test_a_bake_is_explained_by_its_last_move_its_figures_and_what_ends_it() -> None:
    words = said(shown_overview())
    assert words["Since"].startswith("14:00Z Progressing(step 1: WarmingUp) -> Progressing(step 1: Baking): 10 % is verified")
    assert "canary 2 of 212 sessions, stable 19 of 1,900" in words["What was measured"]
    assert "promotion lacks error_rate: 212 of 500 canary sessions" in words["What was measured"]
    assert "next: 50 % if the measurements up to then pass, 14:30Z (in 17m30s)" in words["What would change it"]
    assert "extended once (×2), then held for a person" in words["What would change it"]


def test_only_what_would_not_be_refused_is_offered() -> None:
    baking = said(shown_overview())["What a person can do"]
    assert "goldfinch rollout promote ro_1 --reason WHY" in baking
    assert "goldfinch rollout abort ro_1" in baking
    assert "rollout resume" not in baking
    assert "rollout approve" not in baking
    held = RolloutState(
        phase=Phase.PAUSED, weight_percent=10, pause=Pause(PauseReason.OPERATOR_PAUSE, BEGUN, timedelta(minutes=5)), entered_at=BEGUN
    )
    assert "goldfinch rollout resume ro_1" in said(shown_overview(held))["What a person can do"]


def test_the_end_changes_no_more_and_says_how_to_try_again() -> None:
    over = RolloutState(phase=Phase.ROLLED_BACK, reason="rolled back", cause="error_rate: canary 31 of 302 sessions")
    words = said(shown_overview(over, decisions=(moved(0, "RollingBack(Draining)", "RolledBack"),)))
    assert words["What would change it"] == "nothing: it has ended as RolledBack"
    assert "it began with: error_rate" in words["Since"]
    assert "retry ro_1 --force --reason WHY" in words["What a person can do"]
    assert "What it cannot see" not in words


def test_a_rollback_that_goes_on_offers_a_retry() -> None:
    back = RolloutState(phase=Phase.ROLLING_BACK, part=RollbackPhase.VERIFYING, entered_at=BEGUN)
    assert "goldfinch rollout retry ro_1" in said(shown_overview(back))["What a person can do"]


def test_before_any_check_nothing_is_claimed() -> None:
    assert said(shown_overview(decisions=DECISIONS[:1]))["What was measured"] == "nothing yet: no check has been made"


def test_a_decision_names_the_person_who_made_it() -> None:
    line = decided(moved(0, "Paused(OperatorPause)", "Progressing(step 1: Baking)", "resume by grace", by="grace"), NOW)
    assert line == "14:00Z Paused(OperatorPause) -> Progressing(step 1: Baking), by grace: resume by grace"


def test_a_decision_of_another_day_has_its_date() -> None:
    assert decided(moved(0, "Pending", "Initializing"), NOW + timedelta(days=1)).startswith("2026-03-01 14:00Z Pending")


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in (Phase.PAUSED, Phase.PROGRESSING, Phase.ROLLING_BACK)])
def test_every_phase_can_be_explained(phase: Phase) -> None:
    assert explain(replace(shown_overview(RolloutState(phase=phase))))
