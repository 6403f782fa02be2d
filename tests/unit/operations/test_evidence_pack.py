"""A pack is written once a rollback is over, by whoever drove it; it holds up nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.recovery.pack import CanaryAnswer
from goldfinch.core.redaction import Redactor
from goldfinch.core.rollout.commands import Notify, Urgency
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import Phase, RolloutState
from goldfinch.operations.evidence_pack import CANDIDATES, FACTS, PAGE, PackingNotifier, PackTools, missing_packs, write_missing, write_pack
from goldfinch.ports.pack_sources import CanarySessions
from goldfinch.testing.notifier import FakeNotifier
from goldfinch.testing.release_ledger import InMemoryReleaseLedger, sample_release
from goldfinch.testing.rollout_log import FakeRolloutLog
from goldfinch.testing.rollout_store import InMemoryRolloutStore, sample_rollout

OLD, NEW = sample_release(1), sample_release(2)


@dataclass
class Packs:
    """A folder of packs, and what is left of sessions."""

    written: dict[str, Mapping[str, str]] = field(default_factory=dict)
    full: bool = False

    def has(self, rollout_id: str) -> bool:
        return rollout_id in self.written

    def write(self, rollout_id: str, files: Mapping[str, str]) -> str:
        if self.full:
            raise OSError(28, "No space left on device")
        self.written[rollout_id] = files
        return f"packs/{rollout_id}"

    def of(self, rollout: Rollout) -> CanarySessions:
        return CanarySessions(answers=(CanaryAnswer("t1", "s1", "how much?", "nothing"),), notes=("the access log: gone",))


@pytest.fixture
def packs() -> Packs:
    return Packs()


@pytest.fixture
def tools(packs: Packs) -> PackTools:
    store = InMemoryRolloutStore()
    ledger = InMemoryReleaseLedger(store.audit)
    row = sample_rollout("ro_1", canary=NEW.id, stable=OLD.id, state=RolloutState(Phase.ROLLED_BACK, trigger="safety", cause="it leaked"))
    audit = AuditDraft(row.created_at, "ada", "rollout.create", "rollout:ro_1")
    store.create(row, audit)
    for release in (OLD, NEW):
        ledger.add(release, audit)
    return PackTools(store, ledger, packs, packs, Redactor())


def test_a_pack_has_page_facts_and_candidates(tools: PackTools, packs: Packs) -> None:
    assert write_pack("ro_1", tools) == "packs/ro_1"
    files = packs.written["ro_1"]
    assert set(files) == {PAGE, FACTS, CANDIDATES}
    facts = json.loads(files[FACTS])
    assert (facts["trigger"], facts["reason"], facts["candidates"]) == ("safety", "it leaked", 1)
    assert facts["differences"]
    assert "the access log: gone" in files[PAGE]


def test_a_pack_is_written_once(tools: PackTools) -> None:
    assert missing_packs(tools, "agent", "production") == ("ro_1",)
    assert write_pack("ro_1", tools)
    assert write_pack("ro_1", tools) is None
    assert missing_packs(tools, "agent", "production") == ()


def test_what_has_not_rolled_back_has_no_pack(tools: PackTools, packs: Packs) -> None:
    audit = AuditDraft(tools.store.get("ro_1").created_at, "ada", "rollout.create", "rollout:ro_2")
    tools.store.create(sample_rollout("ro_2"), audit)
    assert write_pack("ro_2", tools) is None
    assert not packs.written


def test_a_release_that_nobody_knows_any_more_is_a_note(tools: PackTools, packs: Packs) -> None:
    tools.ledger.rows.clear()  # type: ignore[attr-defined]
    assert write_pack("ro_1", tools)
    assert "no release" in packs.written["ro_1"][FACTS]


@pytest.mark.parametrize("full", [False, True])
def test_telling_writes_the_pack_and_goes_on_whatever_comes_of_it(tools: PackTools, packs: Packs, full: bool) -> None:
    packs.full = full
    inner, log = FakeNotifier(), FakeRolloutLog()
    asyncio.run(PackingNotifier(inner, tools, log).tell("ro_1", Notify(Urgency.TELL, "rolled back")))
    assert packs.has("ro_1") is not full
    assert [event for event, _ in log.lines] == ["rollout.no_pack" if full else "rollout.pack"]
    assert len(inner.told) == 1


def test_a_pack_that_a_killed_controller_left_unwritten_is_written_by_the_next_one(tools: PackTools, packs: Packs) -> None:
    log = FakeRolloutLog()
    for _ in range(2):
        write_missing(tools, "agent", "production", log)
    assert packs.has("ro_1")
    assert [event for event, _ in log.lines] == ["rollout.pack"]
