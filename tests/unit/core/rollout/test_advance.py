"""One example for each row of DELIVERY 4b and 4c."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from goldfinch.core.health.metrics import HealthRules, OnNoData
from goldfinch.core.health.outcome import Call, HoldReason
from goldfinch.core.rollout.advance import advance
from goldfinch.core.rollout.commands import Command, Deny, Deploy, MakeStable, MovePins, Notify, Retire, SetWeight, Urgency
from goldfinch.core.rollout.evidence import Evidence, Verb
from goldfinch.core.rollout.plan import OnInconclusive, RolloutPlan, SessionsOnRollback, Step
from goldfinch.core.rollout.state import TERMINAL, Completion, PauseReason, Phase, RollbackPhase, StepPhase
from goldfinch.core.rollout.transition import Transition
from tests.rollout_world import CANARY, STABLE, START, World

MINUTE = timedelta(minutes=1)
PLAN = RolloutPlan(
    steps=(Step(10, 5 * MINUTE), Step(50, 5 * MINUTE), Step(100, timedelta(0))),
    ready_within=5 * MINUTE,
    verify_within=3 * MINUTE,
    drain_within=4 * MINUTE,
    max_hold=10 * MINUTE,
    post_promotion=5 * MINUTE,
    session_drain=2 * MINUTE,
    approval_timeout=6 * MINUTE,
    stage_within=5 * MINUTE,
)


def until(
    world: World, phase: Phase, part: StepPhase | RollbackPhase | None = None, *, step: int | None = None, passes: int = 100
) -> Transition:
    """Tick until the rollout stands there."""
    for _ in range(passes):
        transition = world.tick()
        state = transition.state
        if state.phase is phase and part in (None, state.part) and step in (None, state.step):
            return transition
    raise AssertionError(f"{phase} {part} was not reached: {world.state}")


def baking(plan: RolloutPlan = PLAN, *, step: int = 0) -> World:
    world = World(plan)
    until(world, Phase.PROGRESSING, StepPhase.BAKING, step=step)
    return world


def held(call: Call = Call.HOLD, hold: HoldReason | None = None, plan: RolloutPlan = PLAN) -> World:
    world = baking(plan)
    world.tick()
    world.call, world.hold = call, hold
    until(world, Phase.PAUSED)
    return world


def pages(commands: tuple[Command, ...]) -> list[str]:
    return [command.text for command in commands if isinstance(command, Notify) and command.urgency is Urgency.PAGE]


def reason_of(world: World) -> PauseReason | None:
    return None if world.state.pause is None else world.state.pause.reason


def test_a_good_release_takes_every_step_and_becomes_the_stable_one() -> None:
    world = World(PLAN)
    weights = []
    while world.state.phase not in TERMINAL:
        world.tick()
        weights.append(world.weight)
    assert world.state.phase is Phase.SUCCEEDED
    assert world.state.completion is Completion.PROMOTED
    assert [weight for i, weight in enumerate(weights) if weight not in weights[:i]] == [0, 10, 50, 100]
    assert world.named_stable == CANARY
    assert not world.stable.running


def test_waits_in_its_place_while_another_is_under_way() -> None:
    world = World(PLAN)
    transition = advance(PLAN, world.state, Evidence(waits_for="ro_1"), START, canary=CANARY, stable=STABLE)
    assert transition.state.phase is Phase.PENDING
    assert not transition.commands


@pytest.mark.parametrize("verb", [Verb.SUPERSEDE, Verb.ABORT])
def test_a_rollout_without_traffic_gives_its_place_up_and_leaves_nothing_running(verb: Verb) -> None:
    world = World(PLAN)
    until(world, Phase.SMOKE_TESTING)
    world.ask(verb)
    until(world, Phase.SUPERSEDED if verb is Verb.SUPERSEDE else Phase.CANCELLED)
    assert not world.canary.running
    assert not world.denied


def test_a_smoke_test_that_fails_ends_it_and_production_is_untouched() -> None:
    world = World(PLAN, smoke=False)
    transition = until(world, Phase.FAILED)
    assert "smoke failed" in transition.reason
    assert world.weight == 0
    assert not world.canary.running


def test_a_stage_that_never_ends_fails_in_time() -> None:
    world = World(PLAN, smoke=None)
    assert "did not end in time" in until(world, Phase.FAILED).reason


def test_migrations_run_after_the_smoke_test_and_before_traffic() -> None:
    world = World(replace(PLAN, migrations=True))
    until(world, Phase.MIGRATING)
    world.tick()
    assert world.weight == 0
    assert world.stages == {"smoke", "migrate"}
    until(world, Phase.PROGRESSING)


def test_an_approval_is_waited_for_and_its_rejection_ends_it() -> None:
    world = World(replace(PLAN, approval=True))
    until(world, Phase.WAITING_APPROVAL)
    assert "approve" in world.tick().next_action
    world.approved = False
    until(world, Phase.CANCELLED)


def test_an_approval_that_nobody_gives_holds_without_traffic_until_somebody_does() -> None:
    world = World(replace(PLAN, approval=True))
    until(world, Phase.PAUSED)
    assert reason_of(world) is PauseReason.APPROVAL_TIMEOUT
    for _ in range(100):
        world.tick()
    assert reason_of(world) is PauseReason.APPROVAL_TIMEOUT
    world.approved = True
    until(world, Phase.SUCCEEDED)


def test_an_approval_that_lapses_before_any_traffic_is_asked_for_anew() -> None:
    world = World(replace(PLAN, approval=True), approved=True)
    until(world, Phase.PROGRESSING, StepPhase.SCALING_UP)
    world.approved = None
    until(world, Phase.WAITING_APPROVAL)
    assert world.weight == 0


def test_a_denied_release_is_refused_before_it_is_started() -> None:
    world = World(PLAN, refused="denied by boris on Monday")
    assert "denied by boris" in until(world, Phase.FAILED).reason
    assert not world.canary.running


def test_an_unhealthy_stable_release_stops_the_start_unless_a_named_person_decides() -> None:
    world = World(PLAN)
    world.stable.healthy = False
    until(world, Phase.FAILED)
    other = World(PLAN)
    other.stable.healthy = False
    until(other, Phase.INITIALIZING)
    other.ask(Verb.PROMOTE_FULL, "chen")
    assert other.tick().by == "chen"
    assert "chen decided" in until(other, Phase.STAGING_DEPLOYING).reason
    until(other, Phase.SUCCEEDED)
    assert other.state.completion is Completion.FAST_PROMOTED


def test_a_canary_that_never_gets_ready_fails_before_any_traffic() -> None:
    world = World(PLAN)
    world.canary.ready = False
    until(world, Phase.FAILED)
    assert world.weight == 0


def test_a_canary_that_is_not_ready_for_the_next_step_is_rolled_back_and_got_no_more_weight() -> None:
    world = baking()
    until(world, Phase.PROGRESSING, StepPhase.SCALING_UP, step=1)
    world.canary.ready = False
    until(world, Phase.ROLLING_BACK)
    assert world.state.trigger == "not_ready"
    assert world.weight in (0, 10)


def test_the_bake_begins_when_the_weight_is_verified_and_warm() -> None:
    world = World(PLAN, router_acknowledges=False)
    until(world, Phase.PROGRESSING, StepPhase.VERIFYING)
    assert world.state.verified_weight_percent is None
    world.router_acknowledges = True
    warm = until(world, Phase.PROGRESSING, StepPhase.WARMING_UP)
    assert warm.state.deadline == world.now() + PLAN.warm_up
    begun = until(world, Phase.PROGRESSING, StepPhase.BAKING)
    assert begun.state.deadline == world.now() + PLAN.steps[0].bake


def test_a_router_that_never_serves_the_weight_is_rolled_back() -> None:
    world = World(PLAN, router_lies=True)
    until(world, Phase.ROLLING_BACK)
    assert world.state.trigger == "router"
    until(world, Phase.ROLLED_BACK)


def test_nothing_passes_before_the_time_is_over_and_measured() -> None:
    world = baking()
    deadline = world.state.deadline
    assert deadline is not None
    late = deadline + timedelta(hours=1)
    seen = replace(world.evidence(), measured_until=deadline - MINUTE)
    assert advance(PLAN, world.state, seen, late, canary=CANARY, stable=STABLE).state == world.state
    seen = replace(world.evidence(), measured_until=None)
    assert advance(PLAN, world.state, seen, late, canary=CANARY, stable=STABLE).state == world.state
    seen = replace(world.evidence(), measured_until=deadline, assessment=None)
    assert advance(PLAN, world.state, seen, late, canary=CANARY, stable=STABLE).state == world.state
    seen = replace(world.evidence(), measured_until=deadline)
    assert advance(PLAN, world.state, seen, deadline, canary=CANARY, stable=STABLE).state.step == 1


def test_a_restart_in_a_bake_neither_shortens_nor_lengthens_it() -> None:
    world = baking()
    deadline = world.state.deadline
    for _ in range(3):
        world.tick(acts=False)
    assert world.state.deadline == deadline


def test_harm_with_evidence_rolls_back_at_once_and_denies_the_release() -> None:
    world = baking(step=1)
    world.call = Call.ROLL_BACK
    transition = world.tick()
    assert transition.state.phase is Phase.ROLLING_BACK
    assert SetWeight(0) in transition.commands
    assert MovePins(SessionsOnRollback.BREAK) in transition.commands
    assert pages(transition.commands)
    ended = until(world, Phase.ROLLED_BACK)
    assert (world.weight, world.denied, world.canary.running) == (0, True, False)
    assert "error rate 1.0 % of 400" in ended.reason
    assert world.state.completion is Completion.ABORTED


def test_harm_goes_before_a_person_who_promotes_in_the_same_pass() -> None:
    world = baking()
    world.call = Call.ROLL_BACK
    world.ask(Verb.PROMOTE)
    transition = world.tick()
    assert transition.state.phase is Phase.ROLLING_BACK
    assert "promote by anna refused" in transition.reason


def test_harm_rolls_back_a_rollout_that_a_person_paused() -> None:
    world = baking()
    world.ask(Verb.PAUSE)
    until(world, Phase.PAUSED)
    world.call = Call.ROLL_BACK
    until(world, Phase.ROLLING_BACK)


def test_too_few_sessions_extend_the_bake_once_then_a_person_decides() -> None:
    world = baking()
    first = world.state.deadline
    world.call = Call.WAIT
    until(world, Phase.PAUSED)
    assert first is not None
    assert world.now() == first + PLAN.steps[0].bake
    assert reason_of(world) is PauseReason.INSUFFICIENT_SAMPLES
    for _ in range(200):
        assert world.tick().state.phase is Phase.PAUSED, "a hold for a person is not limited"
    world.ask(Verb.RESUME)
    again = world.tick()
    assert again.state.part is StepPhase.BAKING
    assert again.state.deadline == world.now() + PLAN.steps[0].bake


@pytest.mark.parametrize(("choice", "step"), [(OnInconclusive.PROMOTE, 1), (OnInconclusive.ROLLBACK, 0)])
def test_what_is_inconclusive_goes_by_the_plan(choice: OnInconclusive, step: int) -> None:
    world = baking(replace(PLAN, on_inconclusive=choice, max_extension=1.0))
    world.call = Call.WAIT
    until(world, Phase.PROGRESSING if choice is OnInconclusive.PROMOTE else Phase.ROLLING_BACK, None, step=step)


def test_a_plan_that_goes_on_inconclusive_does_not_go_on_unmeasured() -> None:
    world = baking(replace(PLAN, on_inconclusive=OnInconclusive.PROMOTE, max_extension=1.0))
    for _ in range(4):
        world.tick()
    world.call = Call.WAIT
    seen = world.evidence()
    assert seen.assessment is not None
    assert world.state.deadline is not None
    seen = replace(seen, assessment=replace(seen.assessment, checks=()), measured_until=world.state.deadline)
    after = advance(world.plan, world.state, seen, world.state.deadline, canary=CANARY, stable=STABLE)
    assert after.state.phase is Phase.PAUSED


@pytest.mark.parametrize(
    ("hold", "reason"),
    [
        (HoldReason.METRICS_UNAVAILABLE, PauseReason.METRICS_UNAVAILABLE),
        (HoldReason.BASELINE_DEGRADED, PauseReason.BASELINE_DEGRADED),
        (HoldReason.SAMPLE_RATIO, PauseReason.SAMPLE_RATIO_MISMATCH),
        (HoldReason.NO_TRAFFIC, PauseReason.INSUFFICIENT_SAMPLES),
    ],
)
def test_a_comparison_in_doubt_holds_the_weight_then_rolls_back(hold: HoldReason, reason: PauseReason) -> None:
    world = held(hold=hold)
    begun = world.now()
    assert reason_of(world) is reason
    assert world.weight == 10
    ended = until(world, Phase.ROLLING_BACK)
    assert world.now() - begun == PLAN.max_hold
    assert "held for 10m" in ended.reason


def test_a_hold_for_want_of_traffic_is_not_limited_where_the_rules_pause() -> None:
    world = held(hold=HoldReason.NO_TRAFFIC, plan=replace(PLAN, health=HealthRules(on_no_data=OnNoData.PAUSE)))
    for _ in range(100):
        world.tick()
    assert world.state.phase is Phase.PAUSED


def test_a_hold_ends_with_its_cause_and_the_bake_keeps_what_it_had_left() -> None:
    world = baking()
    world.tick(2 * MINUTE)
    world.call, world.measures = Call.HOLD, True
    world.tick()
    assert world.state.pause is not None
    assert world.state.pause.bake_left == 2 * MINUTE
    world.call = Call.WAIT
    back = world.tick()
    assert back.state.part is StepPhase.BAKING
    assert back.state.deadline == world.now() + 2 * MINUTE


def test_no_jump_of_a_clock_shortens_a_hold() -> None:
    world = held()
    world.tick()
    world.clock_offset = timedelta(hours=1)
    world.tick()
    assert world.state.phase is Phase.PAUSED
    world.clock_offset = timedelta(0)
    world.tick()
    assert world.state.phase is Phase.PAUSED


def test_a_pause_of_a_person_takes_the_limit_off_a_hold() -> None:
    world = held()
    world.ask(Verb.PAUSE)
    for _ in range(100):
        world.tick()
    assert reason_of(world) is PauseReason.OPERATOR_PAUSE


def test_foreign_changes_of_the_route_are_shown_and_not_fought() -> None:
    world = baking()
    world.weight, world.foreign = 40, "kubectl apply set 40 %"
    transition = world.tick()
    assert reason_of(world) is PauseReason.ROUTE_DRIFT
    assert "kubectl apply set 40 %" in transition.reason
    assert not [command for command in world.tick().commands if isinstance(command, SetWeight)]
    world.ask(Verb.RESUME)
    world.tick()
    assert world.weight == 10
    until(world, Phase.PROGRESSING, StepPhase.BAKING)


def test_a_stop_that_the_plan_asks_for_goes_on_by_a_person_only() -> None:
    steps = (Step(10, 5 * MINUTE, wait_for_person=True), Step(50, 5 * MINUTE, wait_for_person=True), Step(100, timedelta(0)))
    world = baking(replace(PLAN, steps=steps))
    until(world, Phase.PAUSED)
    assert reason_of(world) is PauseReason.CANARY_PAUSE_STEP
    for _ in range(100):
        world.tick()
    world.ask(Verb.PROMOTE)
    assert world.tick().state.step == 1
    until(world, Phase.WAITING_PROMOTION)
    world.ask(Verb.PROMOTE, "dana")
    assert world.tick().by == "dana"
    until(world, Phase.SUCCEEDED)


def test_promote_leaves_the_bake_out_by_a_persons_name() -> None:
    world = baking()
    world.call = None
    world.ask(Verb.PROMOTE, "dana")
    transition = world.tick()
    assert (transition.state.step, transition.by) == (1, "dana")
    assert "promote by dana (as asked)" in transition.reason


def test_promote_full_goes_straight_to_everything_and_is_watched_there() -> None:
    world = baking()
    world.ask(Verb.PROMOTE_FULL)
    until(world, Phase.POST_PROMOTION_ANALYSIS)
    world.call = Call.ROLL_BACK
    until(world, Phase.ROLLED_BACK)


def test_promote_is_refused_while_no_weight_is_verified() -> None:
    world = World(PLAN, router_acknowledges=False)
    until(world, Phase.PROGRESSING, StepPhase.VERIFYING)
    world.ask(Verb.PROMOTE)
    transition = world.tick()
    assert transition.state.step == 0
    assert "refused" in transition.reason
    assert len(transition.handled) == 1


@pytest.mark.parametrize(("verb", "denied"), [(Verb.ABORT, True), (Verb.SUPERSEDE, False)])
def test_with_traffic_the_way_back_comes_first(verb: Verb, denied: bool) -> None:
    world = baking(step=1)
    world.ask(verb)
    until(world, Phase.ROLLED_BACK)
    assert world.denied is denied
    assert world.state.completion is (Completion.ABORTED if denied else Completion.SUPERSEDED)


def test_a_dead_canary_is_rolled_back_without_statistics() -> None:
    world = baking()
    world.call = None
    world.canary.healthy = False
    assert world.tick().state.trigger == "unhealthy"


def test_harm_at_100_rolls_back_while_the_old_release_is_warm() -> None:
    world = World(PLAN)
    until(world, Phase.POST_PROMOTION_ANALYSIS)
    assert world.stable.running
    world.call = Call.ROLL_BACK
    until(world, Phase.ROLLED_BACK)
    assert world.weight == 0


def test_traffic_does_not_go_back_to_a_release_that_cannot_serve() -> None:
    world = World(PLAN)
    until(world, Phase.POST_PROMOTION_ANALYSIS)
    world.stable.ready = False
    world.call = Call.ROLL_BACK
    transition = world.tick()
    assert transition.state.phase is Phase.ROLLING_BACK
    assert pages(transition.commands)
    for _ in range(50):
        world.tick()
    assert world.weight == 100
    world.stable.ready = True
    until(world, Phase.ROLLED_BACK)


def test_a_person_may_send_traffic_back_to_a_release_that_cannot_serve() -> None:
    world = World(PLAN)
    until(world, Phase.POST_PROMOTION_ANALYSIS)
    world.stable.ready = False
    world.call = Call.ROLL_BACK
    world.tick()
    world.ask(Verb.RETRY, "eli")
    assert world.tick().state.forced_by == "eli"
    until(world, Phase.ROLLED_BACK)


def test_a_stopped_stable_release_is_brought_up_before_traffic_goes_back() -> None:
    world = World(PLAN, deploys=False)
    world.canary.running = True
    until(world, Phase.POST_PROMOTION_ANALYSIS)
    world.stable.running = False
    world.call = Call.ROLL_BACK
    transition = world.tick()
    assert Deploy(STABLE) in transition.commands
    assert world.weight == 100


def test_a_router_that_refuses_is_tried_on_another_path_then_the_canary_is_stopped_and_people_are_called() -> None:
    world = baking()
    world.router_refuses = world.router_lies = True
    world.call = Call.ROLL_BACK
    transition = until(world, Phase.ROLLBACK_FAILED)
    assert pages(transition.commands)
    seen: list[Command] = []
    for _ in range(60):
        seen += world.tick(timedelta(seconds=20)).commands
    assert SetWeight(0, second_path=True) in seen
    assert Retire(CANARY, force=True) in seen
    assert world.state.phase is Phase.ROLLBACK_FAILED, "never the end"
    world.router_refuses = world.router_lies = False
    until(world, Phase.ROLLED_BACK)


def test_failed_tries_of_a_rollback_back_off() -> None:
    world = baking()
    world.router_lies = True
    world.call = Call.ROLL_BACK
    until(world, Phase.ROLLBACK_FAILED)
    tries = 0
    for _ in range(600):
        world.failures.append("refused")
        tries += any(isinstance(command, SetWeight) for command in world.tick(timedelta(seconds=1)).commands)
    assert 5 <= tries <= 40


def test_draining_waits_for_requests_in_flight_until_its_deadline() -> None:
    world = baking()
    world.in_flight = 2
    world.call = Call.ROLL_BACK
    until(world, Phase.ROLLING_BACK, RollbackPhase.DRAINING)
    begun = world.now()
    assert world.canary.running
    until(world, Phase.ROLLED_BACK)
    assert world.now() - begun >= PLAN.drain_within


def test_a_canary_that_gets_traffic_again_while_it_drains_is_set_back_again() -> None:
    world = baking()
    world.in_flight = 2
    world.call = Call.ROLL_BACK
    until(world, Phase.ROLLING_BACK, RollbackPhase.DRAINING)
    world.weight = 10
    world.tick()
    assert world.state.part is RollbackPhase.SHIFTING_BACK
    until(world, Phase.ROLLED_BACK)
    assert world.weight == 0


def test_the_name_moves_before_the_old_release_ends() -> None:
    world = World(PLAN)
    commands = until(world, Phase.FINALISING).commands
    kinds = [type(command) for command in commands]
    assert kinds.index(MakeStable) < kinds.index(Retire)


def test_an_old_release_that_cannot_be_stopped_holds_up_nothing() -> None:
    world = World(PLAN, retires=False)
    until(world, Phase.SUCCEEDED)
    assert not world.stable.running, "by force in the end"


def test_an_abort_that_comes_too_late_says_what_to_do() -> None:
    world = World(PLAN)
    until(world, Phase.FINALISING)
    world.ask(Verb.ABORT)
    assert "start a rollout of the release that you want" in world.tick().reason


def test_a_first_release_takes_no_steps_and_needs_an_approval_and_says_so() -> None:
    world = World(PLAN, first=True, named_stable="")
    assert "first release" in until(world, Phase.STAGING_DEPLOYING).reason
    until(world, Phase.WAITING_APPROVAL)
    world.approved = True
    until(world, Phase.PROMOTING)
    until(world, Phase.SUCCEEDED)
    assert world.named_stable == CANARY


def test_a_first_release_beyond_an_absolute_limit_is_taken_away_again() -> None:
    world = World(PLAN, first=True, named_stable="", approved=True)
    until(world, Phase.POST_PROMOTION_ANALYSIS)
    world.call = Call.ROLL_BACK
    until(world, Phase.ROLLED_BACK)
    assert world.weight == 0


def test_an_ended_rollout_refuses_every_request() -> None:
    world = World(PLAN)
    until(world, Phase.SUCCEEDED)
    for verb in Verb:
        world.ask(verb)
    transition = world.tick()
    assert len(transition.handled) == len(Verb)
    assert transition.state.phase is Phase.SUCCEEDED


@pytest.mark.parametrize("phase", [Phase.PENDING, Phase.INITIALIZING, Phase.SMOKE_TESTING])
def test_a_rollout_that_has_not_begun_leaves_the_traffic_of_others_alone(phase: Phase) -> None:
    world = World(PLAN, weight=50)
    if phase is not Phase.PENDING:
        until(world, phase)
    world.ask(Verb.ABORT)
    until(world, Phase.CANCELLED)
    assert world.weight == 50


def test_a_canary_that_got_traffic_from_somebody_else_before_its_first_step_is_set_back() -> None:
    world = World(PLAN)
    until(world, Phase.PROGRESSING, StepPhase.SCALING_UP)
    world.weight = 30
    world.ask(Verb.ABORT)
    until(world, Phase.ROLLED_BACK)
    assert world.weight == 0


def test_a_start_that_is_paused_starts_no_canary() -> None:
    world = World(PLAN)
    world.stable.ready = False
    until(world, Phase.INITIALIZING)
    world.ask(Verb.PAUSE)
    for _ in range(20):
        world.tick()
    assert world.state.phase is Phase.PAUSED
    assert not world.canary.running


def test_measurements_that_are_ahead_of_the_clock_end_no_bake() -> None:
    world = baking()
    assert world.state.deadline is not None
    seen = replace(world.evidence(), measured_until=world.state.deadline + timedelta(hours=1))
    assert advance(PLAN, world.state, seen, world.state.deadline - MINUTE, canary=CANARY, stable=STABLE).state == world.state


def test_a_bake_that_begins_under_a_clock_that_was_put_back_is_as_long_as_planned() -> None:
    world = World(PLAN)
    until(world, Phase.PROGRESSING, StepPhase.WARMING_UP)
    ahead = world.now() + timedelta(hours=1)
    assert world.state.deadline is not None
    seen = replace(world.evidence(), measured_until=ahead)
    begun = advance(PLAN, world.state, seen, world.state.deadline, canary=CANARY, stable=STABLE)
    assert begun.state.part is StepPhase.BAKING
    assert begun.state.deadline == ahead + PLAN.steps[0].bake


def test_only_measured_time_counts_as_baked_when_a_bake_is_interrupted() -> None:
    world = baking()
    assert world.state.entered_at is not None
    assert world.state.deadline is not None
    world.call = Call.HOLD
    seen = replace(world.evidence(), measured_until=world.state.entered_at + MINUTE)
    late = world.state.deadline + timedelta(hours=1)
    after = advance(PLAN, world.state, seen, late, canary=CANARY, stable=STABLE)
    assert after.state.pause is not None
    assert after.state.pause.bake_left == PLAN.steps[0].bake - MINUTE


def test_no_weight_is_asked_for_while_the_canary_is_not_ready() -> None:
    world = World(PLAN)
    until(world, Phase.PROGRESSING, StepPhase.SCALING_UP)
    world.tick(acts=False)
    assert (world.state.part, world.weight) == (StepPhase.SHIFTING, 0)
    world.canary.ready = False
    transition = world.tick()
    assert not [command for command in transition.commands if isinstance(command, SetWeight)]
    world.canary.ready = True
    assert SetWeight(10) in world.tick().commands


def test_a_rollback_is_verified_only_when_every_proxy_acknowledged_it() -> None:
    world = baking()
    world.call = Call.ROLL_BACK
    world.tick()
    world.router_acknowledges = False
    until(world, Phase.ROLLING_BACK, RollbackPhase.VERIFYING)
    world.tick()
    assert (world.state.part, world.state.verified_weight_percent) == (RollbackPhase.VERIFYING, 10)
    world.router_acknowledges = True
    world.tick()
    assert world.state.verified_weight_percent == 0


def test_a_rollback_ends_only_when_the_denial_was_seen() -> None:
    world = baking()
    world.call = Call.ROLL_BACK
    until(world, Phase.ROLLING_BACK, RollbackPhase.SCALING_DOWN)
    world.canary.running, world.denied = False, False
    transition = advance(PLAN, world.state, world.evidence(), world.now(), canary=CANARY, stable=STABLE)
    assert transition.state.phase is Phase.ROLLING_BACK
    assert any(isinstance(command, Deny) for command in transition.commands)


def test_a_promotion_ends_only_when_the_name_was_seen_to_move() -> None:
    world = World(PLAN)
    until(world, Phase.FINALISING)
    world.stable.running, world.named_stable = False, STABLE
    transition = advance(PLAN, world.state, world.evidence(), world.now(), canary=CANARY, stable=STABLE)
    assert transition.state.phase is Phase.FINALISING
    assert MakeStable(CANARY) in transition.commands


def test_sessions_that_come_late_end_a_hold_for_want_of_them() -> None:
    world = baking()
    world.call = Call.WAIT
    until(world, Phase.PAUSED)
    world.call = Call.PASS
    until(world, Phase.PROGRESSING, step=1, passes=5)


def test_a_release_that_is_denied_while_it_has_traffic_is_rolled_back() -> None:
    world = baking()
    world.refused = "the gate results that it was let through with do not hold"
    assert world.tick().state.trigger == "refused"
    until(world, Phase.ROLLED_BACK)
