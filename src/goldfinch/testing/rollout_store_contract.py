"""What every store of rollouts must do, as tests to inherit: the fake, SQLite and PostgreSQL pass the same suite."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.health.events import SessionState
from goldfinch.core.health.metrics import Arm, GatedMetric, HealthRules, MetricKind
from goldfinch.core.health.outcome import Assessment, Call, HoldReason, Measured, MetricCheck, MetricState
from goldfinch.core.releases.approval import Approval
from goldfinch.core.rollout.evidence import OperatorRequest, Verb
from goldfinch.core.rollout.failures import RolloutUnderWay, StaleWrite, UnknownRollout
from goldfinch.core.rollout.plan import RolloutPlan, Step
from goldfinch.core.rollout.record import Change, Decision, Lease, Rollout
from goldfinch.core.rollout.state import Completion, Pause, PauseReason, Phase, RollbackPhase, RolloutState, StepPhase
from goldfinch.ports.audit_log import AuditLog
from goldfinch.ports.rollout_store import RolloutStore
from goldfinch.testing.rollout_store import sample_rollout

_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_PENDING = RolloutState()
_BAKING = RolloutState(phase=Phase.PROGRESSING, part=StepPhase.BAKING, weight_percent=10, verified_weight_percent=10, entered_at=_AT)
_ROLLED_BACK = RolloutState(phase=Phase.ROLLED_BACK, completion=Completion.ABORTED)


def audit_of(action: str) -> AuditDraft:
    """A line of the audit log for a test."""
    return AuditDraft(_AT, "ada", action, "rollout:ro_1")


def full_assessment() -> Assessment:
    """A check in which every field has a value that is easily lost: infinities, tiny and long floats, counts."""
    checks = (
        MetricCheck("error_rate", MetricState.BREACH, Measured(0.1 + 0.2, 10_000_000, 3_000_000), Measured(0.0, 7, 0), math.inf, 709.78,
                    math.log(3 / 0.01), 1.05, True, 500, "10.0 % of …"),
        MetricCheck("p95", MetricState.NO_DATA, Measured(None, 0), Measured(5e-324, 1), None, -math.inf, 5.7, 1.3, False, 20, "", 812.25),
    )  # fmt: skip
    return Assessment(_AT, Call.HOLD, "größe \x00 \ud800", checks, HoldReason.SAMPLE_RATIO, "error_rate", ("212 of 500",))


class RolloutStoreContract(ABC):
    """Inherit, implement `open_store`, and let pytest collect the class."""

    @abstractmethod
    def open_store(self) -> tuple[RolloutStore, AuditLog]:
        """An empty store, and the log that it writes to."""

    def test_gives_back_exactly_what_was_created(self) -> None:
        store, _ = self.open_store()
        metric = GatedMetric("näme \x00", MetricKind.SCORE, 1 / 3, cap=1e-300, flag="tool_error")
        rules = HealthRules(metrics=(metric,), alpha=0.1 + 0.2, check_every=timedelta(microseconds=1), absolute_limits={"p95": 1e308})
        plan = RolloutPlan((Step(1, timedelta(days=9, microseconds=7)),), health=rules, time_scale=60.0)
        state = replace(_BAKING, part=RollbackPhase.VERIFYING, deadline=_AT + timedelta(microseconds=1), reason="\x00 \ud800 \\ \\u0000")
        health = {"e": 0.1 + 0.2, "inf": math.inf, "tiny": 5e-324, "big": 2**60, "list": [1.0, None, {"x": [-math.inf]}], "t": True}
        rollout = sample_rollout(
            plan=plan, state=state, health=health, stable=None, cursor="\x00:9", created_by="ä\x00", service="\x00 \ud800"
        )
        created = store.create(rollout, audit_of("rollout.create"))
        assert created == store.get(rollout.id) == rollout
        assert [str(one) for one in created.health["list"]] == [str(one) for one in health["list"]]  # type: ignore[attr-defined]

    def test_gives_back_every_phase_and_part(self) -> None:
        store, _ = self.open_store()
        rollout = store.create(sample_rollout(), audit_of("rollout.create"))
        lease = _take(store)
        pause = Pause(PauseReason.BASELINE_DEGRADED, _AT, timedelta(seconds=1.5), Phase.PROMOTING)
        for number, part in enumerate([None, *StepPhase, *RollbackPhase]):
            state = replace(_BAKING, part=part, pause=pause, extended=True, attempts=number, trigger="p95")
            rollout = store.commit(_change(rollout, lease, state=state))
            assert rollout.state == store.get(rollout.id).state == state
        for phase in Phase:
            rollout = store.commit(_change(rollout, lease, state=RolloutState(phase=phase)))
            assert store.get(rollout.id).state.phase is phase

    def test_says_when_a_rollout_is_unknown(self) -> None:
        store, _ = self.open_store()
        request = OperatorRequest("r", Verb.ABORT, "ada", _AT)
        calls: list[Callable[[], object]] = [
            lambda: store.get("ro_9"),
            lambda: store.take_lease("ro_9", "a", _AT, _MINUTE),
            lambda: store.ask("ro_9", request, audit_of("rollout.ask")),
            lambda: store.open_requests("ro_9"),
            lambda: store.decisions("ro_9"),
            lambda: list(store.sessions("ro_9")),
        ]
        for call in calls:
            refused(UnknownRollout, call)
        assert store.unfinished() == ()
        assert store.latest("agent", "production") is None

    def test_one_rollout_of_a_service_and_environment_is_under_way(self) -> None:
        store, log = self.open_store()
        store.create(sample_rollout("ro_1"), audit_of("rollout.create"))
        refused(RolloutUnderWay, lambda: store.create(sample_rollout("ro_2"), audit_of("rollout.create")))
        refused(RolloutUnderWay, lambda: store.create(sample_rollout("ro_1", service="other"), audit_of("rollout.create")))
        store.create(sample_rollout("ro_3", environment="staging"), audit_of("rollout.create"))
        store.create(sample_rollout("ro_4", service="other"), audit_of("rollout.create"))
        assert [rollout.id for rollout in store.unfinished()] == ["ro_1", "ro_3", "ro_4"]
        assert log.head().sequence == 3

    def test_another_may_begin_when_the_one_before_has_ended(self) -> None:
        store, _ = self.open_store()
        rollout = store.create(sample_rollout("ro_1"), audit_of("rollout.create"))
        store.commit(_change(rollout, _take(store), state=_ROLLED_BACK))
        store.create(sample_rollout("ro_2"), audit_of("rollout.create"))
        assert [rollout.id for rollout in store.unfinished()] == ["ro_2"]
        latest = store.latest("agent", "production")
        assert latest is not None
        assert latest.id == "ro_2"

    def test_the_recent_ones_come_newest_first_also_those_that_ended(self) -> None:
        store, _ = self.open_store()
        assert store.recent() == ()
        rollout = store.create(sample_rollout("ro_1"), audit_of("rollout.create"))
        store.commit(_change(rollout, _take(store), state=_ROLLED_BACK))
        store.create(sample_rollout("ro_2"), audit_of("rollout.create"))
        store.create(sample_rollout("ro_3", service="other"), audit_of("rollout.create"))
        assert [row.id for row in store.recent()] == ["ro_3", "ro_2", "ro_1"]
        assert [row.id for row in store.recent(2)] == ["ro_3", "ro_2"]

    def test_one_waits_in_the_place_of_the_one_that_waited(self) -> None:
        store, log = self.open_store()
        store.create(sample_rollout("ro_1"), audit_of("rollout.create"))
        for name in ("ro_2", "ro_3"):
            store.create(sample_rollout(name, state=_PENDING), audit_of("rollout.create"))
        assert [rollout.id for rollout in store.unfinished()] == ["ro_1", "ro_3"]
        gone = store.get("ro_2")
        assert (gone.state.phase, gone.state.completion, gone.revision) == (Phase.SUPERSEDED, Completion.SUPERSEDED, 1)
        assert "ro_3" in gone.state.reason
        assert [decision.to_phase for decision in store.decisions("ro_2")] == ["Superseded"]
        assert [entry.draft.action for entry in log.entries()] == [*["rollout.create"] * 3, "rollout.supersede"]

    def test_the_one_that_waits_cannot_begin_before_the_place_is_free(self) -> None:
        store, _ = self.open_store()
        first = store.create(sample_rollout("ro_1"), audit_of("rollout.create"))
        waiting = store.create(sample_rollout("ro_2", state=_PENDING), audit_of("rollout.create"))
        lease = _take(store, "ro_2")
        begin = _change(waiting, lease, state=RolloutState(phase=Phase.INITIALIZING))
        refused(RolloutUnderWay, lambda: store.commit(begin))
        store.commit(_change(first, _take(store, "ro_1"), state=_ROLLED_BACK))
        assert store.commit(begin).state.phase is Phase.INITIALIZING

    def test_writes_the_whole_change(self) -> None:
        store, log = self.open_store()
        rollout = store.create(sample_rollout(), audit_of("rollout.create"))
        lease = _take(store)
        request = OperatorRequest("r1", Verb.PAUSE, "ada", _AT, "lunch")
        store.ask(rollout.id, request, audit_of("rollout.ask"))
        decision = Decision(
            _AT, "Initializing", "Progressing(step 1: Baking)", "because", "ada", full_assessment(), ("weight 10 %", "\x00")
        )
        seen = SessionState("s\x00\ud800", Arm.CANARY, 0, 1.1, 2.2, frozenset({"error_rate", "x"}), frozenset({"p95_latency"}))
        health = {"e": 0.1}
        change = _change(
            rollout, lease, state=_BAKING, health=health, cursor="17", decision=decision, sessions=(seen,), requests_done=("r1",),
            audit=(audit_of("rollout.pause"), audit_of("rollout.shift")),
        )  # fmt: skip
        written = store.commit(change)
        expected = replace(rollout, state=_BAKING, health=health, cursor="17", revision=1, observed_at=_AT, lease=lease)
        assert written == store.get(rollout.id) == expected
        assert store.decisions(rollout.id) == (decision,)
        assert tuple(store.sessions(rollout.id)) == (seen,)
        assert store.open_requests(rollout.id) == ()
        actions = [entry.draft.action for entry in log.entries()]
        assert actions == ["rollout.create", "rollout.ask", "rollout.pause", "rollout.shift"]

    def test_writes_nothing_where_the_revision_is_not_the_rows_any_more(self) -> None:
        store, log = self.open_store()
        rollout = store.create(sample_rollout(), audit_of("rollout.create"))
        lease = _take(store)
        first = store.commit(_change(rollout, lease))
        seen = SessionState("s", Arm.STABLE, None, 1.0, 1.0)
        stale = _change(rollout, lease, cursor="x", decision=_decision(), sessions=(seen,), audit=(audit_of("rollout.shift"),))
        refused(StaleWrite, lambda: store.commit(stale))
        refused(StaleWrite, lambda: store.commit(replace(stale, expected_revision=7)))
        assert store.get(rollout.id) == first
        assert store.decisions(rollout.id) == ()
        assert tuple(store.sessions(rollout.id)) == ()
        assert log.head().sequence == 1

    def test_a_write_under_an_older_fence_fails(self) -> None:
        store, _ = self.open_store()
        rollout = store.create(sample_rollout(), audit_of("rollout.create"))
        refused(StaleWrite, lambda: store.commit(_change(rollout, Lease("nobody", 0, _AT))))
        old = _take(store, owner="old")
        new = store.take_lease(rollout.id, "new", _AT + 2 * _MINUTE, _MINUTE)
        assert new is not None
        assert new.fence > old.fence
        refused(StaleWrite, lambda: store.commit(_change(rollout, old)))
        assert store.commit(_change(rollout, new)).revision == 1

    def test_a_lease_is_held_until_it_expires(self) -> None:
        store, _ = self.open_store()
        store.create(sample_rollout(), audit_of("rollout.create"))
        lease = store.take_lease("ro_1", "a", _AT, _MINUTE)
        assert lease == store.get("ro_1").lease == Lease("a", 1, _AT + _MINUTE)
        assert store.take_lease("ro_1", "b", _AT + _MINUTE - timedelta(microseconds=1), _MINUTE) is None
        assert store.take_lease("ro_1", "a", _AT + _MINUTE / 2, _MINUTE) == Lease("a", 1, _AT + _MINUTE * 1.5)
        assert store.take_lease("ro_1", "b", _AT + _MINUTE * 1.5, _MINUTE) == Lease("b", 2, _AT + _MINUTE * 2.5)
        assert store.take_lease("ro_1", "b", _AT + _MINUTE * 3, _MINUTE) == Lease("b", 3, _AT + _MINUTE * 4)
        assert store.get("ro_1").revision == 0

    def test_a_lease_that_was_given_up_is_free_and_its_fence_is_spent(self) -> None:
        store, _ = self.open_store()
        rollout = store.create(sample_rollout(), audit_of("rollout.create"))
        first = _take(store, owner="a")
        store.give_up_lease("ro_1", replace(first, owner="b"))
        store.give_up_lease("ro_1", replace(first, fence=9))
        assert store.take_lease("ro_1", "b", _AT, _MINUTE) is None
        store.give_up_lease("ro_1", first)
        assert store.get("ro_1").lease is None
        refused(StaleWrite, lambda: store.commit(_change(rollout, first)))
        assert store.take_lease("ro_1", "b", _AT, _MINUTE) == Lease("b", 2, _AT + _MINUTE)

    def test_a_clock_that_was_put_back_does_not_take_back_what_was_observed(self) -> None:
        store, _ = self.open_store()
        rollout = store.create(sample_rollout(), audit_of("rollout.create"))
        lease = _take(store)
        rollout = store.commit(_change(rollout, lease, at=_AT + _MINUTE))
        assert store.commit(_change(rollout, lease, at=_AT)).observed_at == _AT + _MINUTE

    def test_a_request_is_kept_until_it_is_dealt_with_once(self) -> None:
        store, log = self.open_store()
        rollout = store.create(sample_rollout(), audit_of("rollout.create"))
        first, second = (OperatorRequest(name, Verb.PROMOTE, "ada", _AT, "größe") for name in ("r2", "r1"))
        for request in (first, second, replace(first, verb=Verb.ABORT)):
            store.ask(rollout.id, request, audit_of("rollout.ask"))
        assert store.open_requests(rollout.id) == (first, second)
        assert log.head().sequence == 3
        lease = _take(store)
        rollout = store.commit(_change(rollout, lease, requests_done=("r2", "r2")))
        store.ask(rollout.id, first, audit_of("rollout.ask"))
        assert store.open_requests(rollout.id) == (second,)
        refused(StaleWrite, lambda: store.commit(_change(rollout, lease, cursor="x", requests_done=("r1", "r2"))))
        refused(StaleWrite, lambda: store.commit(_change(rollout, lease, cursor="x", requests_done=("unheard of",))))
        assert store.get(rollout.id).cursor == ""
        assert store.open_requests(rollout.id) == (second,)

    def test_sessions_are_replaced_and_forgotten(self) -> None:
        store, _ = self.open_store()
        rollout = store.create(sample_rollout(), audit_of("rollout.create"))
        lease = _take(store)
        sessions = {f"s{number}": SessionState(f"s{number}", Arm.STABLE, number, 1.0, 2.0) for number in range(1000)}
        rollout = store.commit(_change(rollout, lease, sessions=tuple(sessions.values())))
        assert {session.session: session for session in store.sessions(rollout.id)} == sessions
        changed = replace(sessions["s7"], last_seen_s=0.1 + 0.2, bad=frozenset({"x"}))
        forgotten = (*(f"s{number}" for number in range(8, 1000)), "never seen")
        rollout = store.commit(_change(rollout, lease, sessions=(sessions["s7"], changed), forgotten=forgotten))
        assert {session.session: session for session in store.sessions(rollout.id)} == {
            **{name: sessions[name] for name in ("s0", "s1", "s2", "s3", "s4", "s5", "s6")},
            "s7": changed,
        }

    def test_decisions_stay_in_order(self) -> None:
        store, _ = self.open_store()
        rollout = store.create(sample_rollout(), audit_of("rollout.create"))
        lease = _take(store)
        decided = tuple(replace(_decision(), reason=f"check {number}") for number in range(12))
        for decision in decided:
            rollout = store.commit(_change(rollout, lease, decision=decision))
        assert store.decisions(rollout.id) == decided

    def test_approvals_are_of_a_release_and_an_environment(self) -> None:
        store, log = self.open_store()
        yes = Approval("a1", "rel_1", "production", "gg", True, "bob", _AT, _AT + _MINUTE, "größe")
        no = Approval("a2", "rel_1", "production", "gg", False, "eve", _AT, _AT + _MINUTE)
        elsewhere = Approval("a3", "rel_1", "staging", "gg", True, "bob", _AT, _AT + _MINUTE)
        for approval in (yes, no, elsewhere, replace(yes, granted=False)):
            store.approve(approval, audit_of("approval.grant"))
        assert store.approvals("rel_1", "production") == (yes, no)
        assert store.approvals("rel_2", "production") == ()
        assert log.head().sequence == 3


def refused(error: type[GoldfinchError], call: Callable[[], object]) -> None:
    """Raises `AssertionError` where `call` does not raise `error`."""
    try:
        call()
    except error:
        return
    raise AssertionError(f"{error.__name__} was not raised")


def _take(store: RolloutStore, rollout_id: str = "ro_1", owner: str = "a") -> Lease:
    lease = store.take_lease(rollout_id, owner, _AT, _MINUTE)
    assert lease is not None
    return lease


def _decision() -> Decision:
    return Decision(_AT, "Progressing", "Progressing", "a check")


def _change(rollout: Rollout, lease: Lease, **fields: object) -> Change:
    defaults: dict[str, object] = {"at": _AT, "state": rollout.state, "health": rollout.health, "cursor": rollout.cursor, **fields}
    return Change(rollout.id, rollout.revision, lease.fence, **defaults)  # type: ignore[arg-type]  # fields of Change
