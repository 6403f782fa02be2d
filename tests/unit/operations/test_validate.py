"""Whether what runs is what was asked for: every question has its own answer, and one that nobody could answer is no yes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.recovery.failures import NoLiveAnswer
from goldfinch.core.recovery.validation import Validation
from goldfinch.core.rollout.state import Phase, RolloutState
from goldfinch.operations.validate import ValidationTools, validate
from goldfinch.ports.live_probe import LiveAnswer
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.deployer import FakeDeployer
from goldfinch.testing.release_ledger import InMemoryReleaseLedger, sample_release
from goldfinch.testing.rollout_store import InMemoryRolloutStore, sample_rollout

OLD, NEW = sample_release(1), sample_release(2)


class Door:
    def __init__(self, release: str) -> None:
        self._release = release

    async def ask(self, rollout_id: str, *, pinned_to: str = "") -> LiveAnswer:
        if not self._release:
            raise NoLiveAnswer("nobody listens")
        return LiveAnswer(self._release, 200)


def validated(state: RolloutState, serves: str = NEW.id, runs: str = NEW.id, smoke: bool | None = True) -> Validation:
    store = InMemoryRolloutStore()
    ledger = InMemoryReleaseLedger(store.audit)
    row = sample_rollout("ro_1", canary=NEW.id, stable=OLD.id, state=state)
    audit = AuditDraft(row.created_at, "ada", "rollout.create", "rollout:ro_1")
    store.create(row, audit)
    for release in (OLD, NEW):
        ledger.add(release, audit)

    async def ask() -> tuple[bool | None, str]:
        return smoke, "3 checks"

    deployer = FakeDeployer(FakeClock(), running=(runs,))
    return asyncio.run(validate(NEW.id, "agent", "production", ValidationTools(store, ledger, Door(serves), deployer, ask)))


AT_100 = RolloutState(Phase.POST_PROMOTION_ANALYSIS, weight_percent=100, verified_weight_percent=100)


@pytest.mark.parametrize("state", [RolloutState(Phase.SUCCEEDED), AT_100])
def test_what_serves_all_runs_and_answers_is_deployed(state: RolloutState) -> None:
    found = validated(state)
    assert found.exit_code == 0, found.sentence


@pytest.mark.parametrize(
    ("fields", "question", "code"),
    [
        ({"serves": OLD.id}, "traffic", 1),
        ({"serves": ""}, "traffic", 3),
        ({"runs": OLD.id}, "processes", 1),
        ({"smoke": False}, "smoke test", 1),
        ({"smoke": None}, "smoke test", 3),
        ({"state": RolloutState(Phase.ROLLED_BACK)}, "record", 1),
        ({"state": RolloutState(Phase.PROMOTING, weight_percent=100, verified_weight_percent=50)}, "record", 1),
    ],
)
def test_each_question_can_fail_by_itself(fields: dict[str, Any], question: str, code: int) -> None:
    found = validated(**{"state": RolloutState(Phase.SUCCEEDED), **fields})
    assert found.exit_code == code
    assert [answer.question for answer in found.answers if not answer.passed] == [question]
    assert question in found.sentence
