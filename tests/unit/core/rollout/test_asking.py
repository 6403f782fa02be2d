"""Requests that can mean nothing are refused before they are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from goldfinch.core.rollout.asking import why_refused
from goldfinch.core.rollout.evidence import OperatorRequest, Verb
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.state import TERMINAL, Pause, PauseReason, Phase, RolloutState
from goldfinch.testing.rollout_store import sample_rollout

AT = datetime(2026, 1, 1, tzinfo=UTC)
HELD = Pause(PauseReason.OPERATOR_PAUSE, AT, timedelta(0))


def refusal(verb: Verb, phase: Phase, *, by: str = "grace", reason: str = "because", approval: bool = True) -> str:
    state = RolloutState(phase=phase, pause=HELD if phase is Phase.PAUSED else None)
    rollout = sample_rollout(state=state, plan=replace(RolloutPlan(), approval=approval))
    return why_refused(rollout, OperatorRequest("r", verb, by, AT, reason))


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("phase", TERMINAL)
def test_nothing_is_asked_of_a_rollout_that_has_ended(verb: Verb, phase: Phase) -> None:
    assert refusal(verb, phase) == f"the rollout has ended: {phase}"


@pytest.mark.parametrize("verb", Verb)
def test_nobody_asks_for_nothing(verb: Verb) -> None:
    assert "needs the name" in refusal(verb, Phase.PROGRESSING, by=" ")


@pytest.mark.parametrize(
    ("verb", "phase"),
    [
        (Verb.ABORT, Phase.PENDING),
        (Verb.ABORT, Phase.PROGRESSING),
        (Verb.ABORT, Phase.PAUSED),
        (Verb.ABORT, Phase.POST_PROMOTION_ANALYSIS),
        (Verb.PROMOTE, Phase.PROGRESSING),
        (Verb.PROMOTE, Phase.WAITING_PROMOTION),
        (Verb.PROMOTE_FULL, Phase.WAITING_APPROVAL),
        (Verb.PAUSE, Phase.PROGRESSING),
        (Verb.RESUME, Phase.PAUSED),
        (Verb.RETRY, Phase.ROLLBACK_FAILED),
        (Verb.APPROVE, Phase.WAITING_APPROVAL),
        (Verb.REJECT, Phase.PAUSED),
        (Verb.SUPERSEDE, Phase.PROGRESSING),
    ],
)
def test_what_means_something_is_kept(verb: Verb, phase: Phase) -> None:
    assert refusal(verb, phase) == ""


@pytest.mark.parametrize(
    ("verb", "phase"),
    [
        (Verb.RESUME, Phase.PROGRESSING),
        (Verb.RETRY, Phase.PROGRESSING),
        (Verb.ABORT, Phase.ROLLING_BACK),
        (Verb.PAUSE, Phase.ROLLBACK_FAILED),
        (Verb.PROMOTE, Phase.ROLLING_BACK),
        (Verb.PROMOTE, Phase.WAITING_APPROVAL),
        (Verb.APPROVE, Phase.PROGRESSING),
    ],
)
def test_what_means_nothing_is_refused_in_words(verb: Verb, phase: Phase) -> None:
    assert refusal(verb, phase) == f"{verb} means nothing while the rollout is {phase}"


def test_what_overrules_the_measurements_says_why() -> None:
    for verb in (Verb.PROMOTE, Verb.PROMOTE_FULL):
        assert refusal(verb, Phase.PROGRESSING, reason=" ") == f"{verb} needs a reason"
    assert refusal(Verb.ABORT, Phase.PROGRESSING, reason="") == ""


def test_nobody_approves_what_needs_no_approval() -> None:
    assert refusal(Verb.APPROVE, Phase.WAITING_APPROVAL, approval=False) == "the plan asks for no approval"
