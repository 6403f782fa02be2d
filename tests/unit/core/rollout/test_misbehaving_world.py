"""Whatever router, deployer, measurements, people and clocks do: the invariants of `rollout_world` hold in every pass, and once the world
behaves, a bounded number of passes leads to an end or to a named person's action."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from goldfinch.core.health.metrics import HealthRules, OnNoData
from goldfinch.core.health.outcome import Call, HoldReason
from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.plan import OnInconclusive, RolloutPlan, SessionsOnRollback, Step
from goldfinch.core.rollout.state import TERMINAL, Phase
from tests.rollout_world import World

MINUTE = timedelta(minutes=1)
PASSES_TO_SETTLE = 400


def plans() -> st.SearchStrategy[RolloutPlan]:
    bakes = st.integers(2, 6).map(lambda n: n * MINUTE)
    rising = st.lists(st.integers(1, 99), max_size=3, unique=True).map(sorted)
    steps = st.tuples(rising, bakes, st.booleans()).map(
        lambda drawn: (*(Step(weight, drawn[1], wait_for_person=drawn[2]) for weight in drawn[0]), Step(100, timedelta(0)))
    )
    return st.builds(
        RolloutPlan,
        steps=steps,
        health=st.builds(HealthRules, on_no_data=st.sampled_from(OnNoData)),
        warm_up=st.sampled_from((timedelta(0), MINUTE)),
        max_extension=st.sampled_from((1.0, 2.0)),
        on_inconclusive=st.sampled_from(OnInconclusive),
        approval=st.booleans(),
        approval_timeout=st.just(20 * MINUTE),
        ready_within=st.just(5 * MINUTE),
        verify_within=st.just(3 * MINUTE),
        drain_within=st.just(4 * MINUTE),
        max_hold=st.just(10 * MINUTE),
        post_promotion=st.just(5 * MINUTE),
        session_drain=st.sampled_from((timedelta(0), 3 * MINUTE)),
        sessions=st.sampled_from(SessionsOnRollback),
        migrations=st.booleans(),
        stage_within=st.just(5 * MINUTE),
    )


class Misbehaving(RuleBasedStateMachine):
    world: World

    @initialize(plan=plans(), first=st.booleans())
    def start(self, plan: RolloutPlan, first: bool) -> None:
        self.world = World(plan, first=first, named_stable="" if first else "rel_old")

    @rule(passes=st.integers(1, 12), seconds=st.sampled_from((1, 20, 60, 60, 60, 600)))
    def time_passes(self, passes: int, seconds: int) -> None:
        for _ in range(passes):
            self.world.tick(timedelta(seconds=seconds))

    @rule()
    def killed_before_it_acts(self) -> None:
        self.world.tick(acts=False)

    @rule(hours=st.sampled_from((-1, 1)))
    def clock_jumps(self, hours: int) -> None:
        self.world.clock_offset += timedelta(hours=hours)

    @rule(visible=st.booleans(), refuses=st.booleans(), lies=st.booleans(), acknowledges=st.booleans())
    def router(self, visible: bool, refuses: bool, lies: bool, acknowledges: bool) -> None:
        world = self.world
        world.router_visible, world.router_refuses, world.router_lies, world.router_acknowledges = visible, refuses, lies, acknowledges

    @rule(percent=st.integers(0, 100), named=st.booleans())
    def somebody_else_sets_the_route(self, percent: int, named: bool) -> None:
        self.world.weight, self.world.foreign = percent, "kubectl apply by ci" if named else ""

    @rule(
        which=st.sampled_from(("canary", "stable")), running=st.booleans(), ready=st.booleans(), healthy=st.booleans(), seen=st.booleans()
    )
    def target(self, which: str, running: bool, ready: bool, healthy: bool, seen: bool) -> None:
        target = getattr(self.world, which)
        target.running, target.ready, target.healthy, target.visible = running, ready, healthy, seen

    @rule(deploys=st.booleans(), retires=st.booleans(), in_flight=st.sampled_from((None, 0, 3)))
    def deployer(self, deploys: bool, retires: bool, in_flight: int | None) -> None:
        self.world.deploys, self.world.retires, self.world.in_flight = deploys, retires, in_flight

    @rule(call=st.sampled_from((None, Call.PASS, Call.PASS, Call.WAIT, Call.HOLD)), hold=st.sampled_from(HoldReason))
    def measurements(self, call: Call | None, hold: HoldReason) -> None:
        self.world.call, self.world.hold = call, hold

    @rule()
    def harm(self) -> None:
        self.world.call = Call.ROLL_BACK

    @rule(measures=st.booleans())
    def source(self, measures: bool) -> None:
        self.world.measures = measures

    @rule(verb=st.sampled_from(Verb), twice=st.booleans())
    def person(self, verb: Verb, twice: bool) -> None:
        self.world.ask(verb)
        if twice:
            self.world.ask(Verb.RESUME, "boris")

    @rule(approved=st.sampled_from((None, True, True, False)), refused=st.sampled_from(("", "", "", "denied since yesterday")))
    def approvals(self, approved: bool | None, refused: str) -> None:
        self.world.approved, self.world.refused = approved, refused

    @rule(smoke=st.sampled_from((None, True, True, False)))
    def smoke(self, smoke: bool | None) -> None:
        self.world.smoke = smoke

    @invariant()
    def weights_of_ended_rollouts(self) -> None:
        if hasattr(self, "world") and self.world.state.phase in TERMINAL - {Phase.SUCCEEDED}:
            assert self.world.state.weight_percent == 0

    def teardown(self) -> None:
        """The world behaves from now on."""
        if not hasattr(self, "world"):
            return
        world = self.world
        world.behave()
        if world.call in (None, Call.HOLD):
            world.call = Call.PASS
        was_going_back = world.state.phase in (Phase.ROLLING_BACK, Phase.ROLLBACK_FAILED)
        for _ in range(PASSES_TO_SETTLE):
            if world.is_settled():
                break
            world.tick()
        assert world.is_settled(), f"no end in sight: {world.state}"
        assert not was_going_back or (world.state.phase is Phase.ROLLED_BACK and world.weight == 0)


TestMisbehaving = Misbehaving.TestCase
TestMisbehaving.settings = settings(
    max_examples=200, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
