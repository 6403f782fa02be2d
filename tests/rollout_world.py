"""A router, a deployer, measurements, people and clocks that misbehave on demand, around the pure `advance`.

One `tick` is one pass of a controller: look, decide, keep the state as JSON, act. What must hold in every pass is asserted in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, make_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints

import msgspec

from goldfinch.core.health.outcome import Assessment, Call, HoldReason, Measured, MetricCheck, MetricState
from goldfinch.core.rollout.advance import advance
from goldfinch.core.rollout.commands import Command, Deny, Deploy, MakeStable, MovePins, Notify, Retire, RunStage, SetWeight
from goldfinch.core.rollout.describing import describe, next_of, status
from goldfinch.core.rollout.evidence import Evidence, OperatorRequest, RouterView, StageResult, TargetView, Verb
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.state import TERMINAL, PauseReason, Phase, RolloutState
from goldfinch.core.rollout.transition import Transition

START = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
CANARY, STABLE = "rel_new", "rel_old"
WITH_TRAFFIC = frozenset(
    {
        Phase.PROGRESSING,
        Phase.WAITING_PROMOTION,
        Phase.PROMOTING,
        Phase.POST_PROMOTION_ANALYSIS,
        Phase.FINALISING,
        Phase.PAUSED,
        Phase.ROLLING_BACK,
        Phase.SUCCEEDED,
    }
)
WAITS_FOR_A_PERSON = frozenset({Phase.WAITING_APPROVAL, Phase.WAITING_PROMOTION})
A_PERSONS_HOLDS = frozenset(
    {
        PauseReason.CANARY_PAUSE_STEP,
        PauseReason.INCONCLUSIVE_ANALYSIS,
        PauseReason.INSUFFICIENT_SAMPLES,
        PauseReason.OPERATOR_PAUSE,
        PauseReason.APPROVAL_TIMEOUT,
    }
)
RAISES = frozenset({Verb.PROMOTE, Verb.PROMOTE_FULL, Verb.RESUME})


@dataclass
class Target:
    running: bool = False
    ready: bool = True
    healthy: bool = True
    visible: bool = True

    def view(self) -> TargetView | None:
        return TargetView(self.running, self.running and self.ready, self.healthy, "as the world has it") if self.visible else None


_AS_TEXT = make_dataclass(
    "StateAsText", [(f.name, "str | None" if f.name == "part" else get_type_hints(RolloutState)[f.name], f) for f in fields(RolloutState)]
)
"""Two enums share a word, so the part is text in JSON."""


def restored(state: RolloutState) -> RolloutState:
    """What a controller that was started again reads of a state: JSON, and back."""
    kind = None if state.part is None else type(state.part)
    text: Any = msgspec.json.decode(msgspec.json.encode(state), type=_AS_TEXT)
    values = {f.name: getattr(text, f.name) for f in fields(RolloutState)}
    return RolloutState(**values | {"part": None if kind is None else kind(text.part)})


@dataclass
class World:
    plan: RolloutPlan
    first: bool = False
    state: RolloutState = field(default_factory=RolloutState)
    true_time: datetime = START
    clock_offset: timedelta = timedelta(0)
    observed: datetime = START
    weight: int = 0
    router_visible: bool = True
    router_refuses: bool = False
    router_acknowledges: bool = True
    router_lies: bool = False
    foreign: str = ""
    in_flight: int | None = 0
    canary: Target = field(default_factory=Target)
    stable: Target = field(default_factory=lambda: Target(running=True))
    deploys: bool = True
    retires: bool = True
    smoke: bool | None = True
    approved: bool | None = None
    refused: str = ""
    call: Call | None = Call.PASS
    hold: HoldReason | None = None
    measures: bool = True
    measured_until: datetime | None = None
    stages: set[str] = field(default_factory=set)
    denied: bool = False
    named_stable: str = STABLE
    requests: list[OperatorRequest] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    edges: set[tuple[str, str]] = field(default_factory=set)
    last: Transition | None = None
    watched: timedelta = timedelta(0)
    """Of the present bake: true time for which measurements exist. A source that is back has measured the time of its silence too."""
    unread: timedelta = timedelta(0)
    """Of the present bake: true time in which the source was silent, and not back yet."""

    def now(self) -> datetime:
        """As the controller gives it: never before the latest that it has seen."""
        return max(self.true_time + self.clock_offset, self.observed)

    def evidence(self) -> Evidence:
        stable = None if self.first else self.stable.view()
        router = RouterView(self.weight, self.router_acknowledges, self.foreign, 0, self.in_flight) if self.router_visible else None
        return Evidence(
            router=router,
            canary=self.canary.view(),
            stable=stable,
            assessment=self._assessment(),
            stages={stage: StageResult(self.smoke) for stage in self.stages},
            requests=tuple(self.requests),
            approved=self.approved,
            refused=self.refused,
            failures=tuple(self.failures),
            measured_until=self.measured_until,
            denied=self.denied,
            named_stable=self.named_stable,
        )

    def _assessment(self) -> Assessment | None:
        if self.call is None or not self.measures:
            return None
        hold = (self.hold or HoldReason.METRICS_UNAVAILABLE) if self.call is Call.HOLD else None
        value = Measured(0.01, 400, 4)
        check = MetricCheck("error_rate", MetricState.OK, value, value, 1.0, 0.0, 5.7, 1.05, False, 500, "1.0 % of 400 sessions on both")
        missing = ("error_rate: 400 of 500 canary sessions",) if self.call is Call.WAIT else ()
        trigger = "error_rate" if self.call is Call.ROLL_BACK else ""
        return Assessment(self.now(), self.call, "error rate 1.0 % of 400", (check,), hold, trigger, missing)

    def ask(self, verb: Verb, by: str = "anna") -> None:
        self.requests.append(OperatorRequest(f"{verb}-{len(self.requests)}-{self.true_time}", verb, by, self.now(), "as asked"))

    def tick(self, passing: timedelta = timedelta(minutes=1), *, acts: bool = True) -> Transition:
        """`acts` False: killed between the write and the acting."""
        self.true_time += passing
        if self.measures:
            self.measured_until = self.true_time
        if self.state.phase is Phase.PROGRESSING and self.state.part == "Baking":
            self.unread += passing
            if self.measures:
                self.watched, self.unread = self.watched + self.unread, timedelta(0)
        seen, now, before = self.evidence(), self.now(), self.state
        self.observed = now
        after = self._advance(before, seen, now)
        assert after == self._advance(before, seen, now)
        self.check(before, seen, after, now)
        self.edges.add((str(before.phase), str(after.state.phase)))
        if after.state.part != before.part or after.state.phase is not before.phase:
            self.unread = timedelta(0)
            self.watched = self.watched if after.state.phase is Phase.PAUSED or before.phase is Phase.PAUSED else timedelta(0)
        self.state = restored(after.state)
        assert self.state == after.state
        self.requests = [request for request in self.requests if request.id not in after.handled]
        self.failures = []
        if acts:
            for command in after.commands:
                self.carry_out(command)
        self.last = after
        return after

    def _advance(self, state: RolloutState, seen: Evidence, now: datetime) -> Transition:
        return advance(self.plan, state, seen, now, canary=CANARY, stable=None if self.first else STABLE)

    def carry_out(self, command: Command) -> None:
        match command:
            case SetWeight(percent, second_path):
                if self.router_refuses and not second_path:
                    self.failures.append("route refused")
                elif not self.router_lies:
                    self.weight, self.foreign = percent, ""
            case Deploy(release) if self.deploys:
                self.target(release).running = True
            case Retire(release, force) if self.retires or force:
                self.target(release).running = False
            case Retire(release):
                self.failures.append(f"{release} has requests in flight")
            case RunStage(stage):
                self.stages.add(stage)
            case Deny():
                self.denied = True
            case MakeStable(release):
                self.named_stable = release
            case Deploy() | MovePins() | Notify():
                pass

    def target(self, release: str) -> Target:
        return self.canary if release == CANARY else self.stable

    def behave(self) -> None:
        """From now on everything works; people and verdicts stay as they are."""
        self.router_visible = self.router_acknowledges = self.deploys = self.retires = self.measures = True
        self.router_refuses = self.router_lies = False
        self.foreign, self.in_flight = "", 0
        self.canary.ready = self.canary.healthy = self.canary.visible = True
        self.stable.ready = self.stable.healthy = self.stable.visible = True
        self.true_time, self.clock_offset = max(self.true_time, self.observed), timedelta(0)
        if self.smoke is None:
            self.smoke = True

    def is_settled(self) -> bool:
        """Ended, or a named person has to act."""
        pause = self.state.pause
        held = self.state.phase is Phase.PAUSED and pause is not None and pause.reason in A_PERSONS_HOLDS and pause.hold is None
        return self.state.phase in TERMINAL or self.state.phase in WAITS_FOR_A_PERSON or held

    def check(self, before: RolloutState, seen: Evidence, after: Transition, now: datetime) -> None:
        """The invariants of DELIVERY 4c-bis that a pass can show."""
        state = after.state
        ends = state.phase in TERMINAL
        assert bool(after.next_action) is not ends, "every state has a next action, and no end has one"
        assert after.reason
        if state != before:
            self.check_words(after, now)
        assert set(after.handled) == {request.id for request in seen.requests}, "each request once"
        assert state.phase in WITH_TRAFFIC or state.weight_percent == 0, "weight only where it may be"
        self._check_rise(before, seen, state)
        self._check_commands(after.commands, seen, state)
        if state.phase is Phase.ROLLED_BACK and before.phase is not state.phase:
            assert seen.router is not None
            assert state.weight_percent == 0 == seen.router.canary_percent, "rolled back is seen at weight 0"

    def check_words(self, after: Transition, now: datetime) -> None:
        assert describe(self.plan, after.state, canary=CANARY, now=now)
        assert str(status(self.plan, after.state, canary=CANARY, stable=STABLE, now=now))
        assert (after.next_action, after.next_at) == next_of(self.plan, after.state, now)

    def _check_rise(self, before: RolloutState, seen: Evidence, state: RolloutState) -> None:
        if state.weight_percent > before.weight_percent:
            assert seen.canary is not None
            assert seen.canary.ready, "weight rises to a ready canary only"
            assert state.weight_percent == self.plan.steps[state.step].weight_percent
        if state.step <= before.step and not (before.phase is Phase.POST_PROMOTION_ANALYSIS and state.phase is Phase.FINALISING):
            return
        asked = any(request.verb in RAISES for request in seen.requests)
        call = None if seen.assessment is None else seen.assessment.call
        by_plan = call is Call.WAIT and self.plan.on_inconclusive == "promote"
        starts = before.weight_percent == 0 and before.verified_weight_percent in (None, 0)
        assert asked or starts or call is Call.PASS or by_plan, "nothing goes on without a recorded pass or a person"
        if not asked and not starts and before.phase is Phase.PROGRESSING:
            assert self.watched >= self.plan.steps[before.step].bake, "no bake is shorter than planned"

    def _check_commands(self, commands: Iterable[Command], seen: Evidence, state: RolloutState) -> None:
        for command in commands:
            match command:
                case SetWeight(percent) if percent:
                    assert seen.canary is not None
                    assert seen.canary.ready
                    assert seen.canary.healthy
                    assert percent == state.weight_percent
                case Retire(release, force) if release == CANARY:
                    assert state.weight_percent == 0
                    assert force or state.phase is not Phase.ROLLBACK_FAILED
                case Retire():
                    assert state.phase is Phase.FINALISING
                    assert state.verified_weight_percent == 100
                case _:
                    pass
