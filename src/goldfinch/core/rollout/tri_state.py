"""A rollout in one of three words, for a machine that asks (DELIVERY 6): pass, fail, or inconclusive, which is all that is unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from goldfinch.core.health.outcome import Call
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.state import Phase

_STALE_CHECKS: Final = 5
_LEAST_PATIENCE: Final = timedelta(minutes=2)
_FAILED: Final = frozenset({Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED, Phase.ROLLED_BACK, Phase.FAILED})
_GIVEN_UP: Final = frozenset({Phase.SUPERSEDED, Phase.CANCELLED})


class TriState(StrEnum):
    """Argo Rollouts' successCondition and failureCondition compare with these."""

    PASS = "pass"  # noqa: S105  # nosec B105 - a verdict, no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Answer:
    verdict: TriState
    reason: str
    rollout: str = ""


def tri_state(overview: RolloutOverview, *, canary: str = "", stable: str = "") -> Answer:
    """`canary` and `stable`, where given, are beginnings of the ids that the asker means: of another pair nothing is known here."""
    rollout = overview.rollout
    for asked, has, arm in ((canary, rollout.canary, "canary"), (stable, rollout.stable or "", "stable")):
        if asked and not has.startswith(asked):
            return Answer(TriState.INCONCLUSIVE, f"the {arm} of {rollout.id} is {has or 'none'}, not what was asked for", rollout.id)
    verdict, reason = _of_phase(overview) or _of_check(overview)
    return Answer(verdict, reason, rollout.id)


def _of_phase(overview: RolloutOverview) -> tuple[TriState, str] | None:
    phase, reason = overview.rollout.state.phase, overview.rollout.state.reason
    if phase is Phase.SUCCEEDED:
        return TriState.PASS, f"{phase}: {reason}"
    if phase in _FAILED:
        return TriState.FAIL, f"{phase}: {overview.rollout.state.cause or reason}"
    if phase in _GIVEN_UP or phase is Phase.PAUSED:
        return TriState.INCONCLUSIVE, f"{overview.title}: {reason}"
    return None


def _of_check(overview: RolloutOverview) -> tuple[TriState, str]:
    check, state = overview.assessment, overview.rollout.state
    if check is None:
        return TriState.INCONCLUSIVE, "no check has been made yet"
    if check.call is Call.ROLL_BACK:
        return TriState.FAIL, check.reason
    if state.entered_at is not None and check.at < state.entered_at:
        return TriState.INCONCLUSIVE, f"no check since {overview.title} began"
    patience = max(_STALE_CHECKS * overview.rollout.plan.health.check_every, _LEAST_PATIENCE)
    if overview.now - check.at > patience:
        return TriState.INCONCLUSIVE, f"the last check is {round((overview.now - check.at).total_seconds())} s old"
    return (TriState.PASS if check.call is Call.PASS else TriState.INCONCLUSIVE), check.reason
