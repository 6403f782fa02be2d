"""Every state that a small world can lead to, breadth first: each pass one thing may go wrong, be asked for, or be seen. No dead ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from goldfinch.core.health.metrics import HealthRules
from goldfinch.core.health.outcome import Assessment, Call, HoldReason
from goldfinch.core.rollout.advance import advance
from goldfinch.core.rollout.commands import Deny, Deploy, MakeStable, Retire, RunStage, SetWeight
from goldfinch.core.rollout.diagram import TRANSITIONS
from goldfinch.core.rollout.evidence import Evidence, OperatorRequest, RouterView, StageResult, TargetView, Verb
from goldfinch.core.rollout.plan import OnInconclusive, RolloutPlan, Step
from goldfinch.core.rollout.state import TERMINAL, PauseReason, Phase, RollbackPhase, RolloutState, StepPhase
from goldfinch.core.rollout.transition import Transition
from tests.rollout_world import CANARY, STABLE, START, World

TICK = timedelta(minutes=1)
SHORT = RolloutPlan(
    steps=(Step(10, 2 * TICK, wait_for_person=True), Step(50, TICK, wait_for_person=True), Step(100, timedelta(0))),
    health=HealthRules(check_every=TICK),
    warm_up=TICK,
    approval=True,
    approval_timeout=TICK,
    ready_within=TICK,
    verify_within=2 * TICK,
    drain_within=TICK,
    max_hold=2 * TICK,
    post_promotion=TICK,
    session_drain=TICK,
    migrations=True,
    stage_within=TICK,
)
ALONE = replace(SHORT, steps=(Step(10, 2 * TICK), Step(100, timedelta(0))), approval=False, on_inconclusive=OnInconclusive.ROLLBACK)
BARE = replace(ALONE, steps=(Step(10, TICK), Step(100, timedelta(0))), migrations=False, max_extension=1.0)
FIRST = replace(SHORT, migrations=False)
BRIEF = replace(BARE, steps=(Step(100, timedelta(0)),), max_hold=TICK, verify_within=TICK, session_drain=timedelta(0))


@dataclass(frozen=True)
class Around:
    """What the world is between two passes."""

    weight: int = 0
    canary_runs: bool = False
    stable_runs: bool = True
    stages: frozenset[str] = frozenset()
    denied: bool = False
    named: str = STABLE
    failed: bool = False


Node = tuple[RolloutState, Around]
See = Callable[[Evidence], Evidence]


def sights(around: Around) -> Iterator[tuple[str, See]]:
    """What a pass may see, one thing at a time."""
    router = RouterView(around.weight, True, canary_in_flight=0, pinned_canary_sessions=0)
    yield "as it should be", lambda seen: seen
    yield "router silent", lambda seen: replace(seen, router=None)
    yield "unacknowledged", lambda seen: replace(seen, router=replace(router, acknowledged=False))
    yield "busy", lambda seen: replace(seen, router=replace(router, canary_in_flight=3))
    yield "drift", lambda seen: replace(seen, router=replace(router, canary_percent=33, foreign_change="ci set 33 %"))
    yield "canary unseen", lambda seen: replace(seen, canary=None)
    yield "canary slow", lambda seen: replace(seen, canary=TargetView(True, ready=False))
    yield "canary dead", lambda seen: replace(seen, canary=TargetView(True, ready=True, healthy=False))
    yield "stable unseen", lambda seen: replace(seen, stable=None)
    yield "stable dead", lambda seen: replace(seen, stable=TargetView(True, ready=False, healthy=False))
    yield "stage failed", lambda seen: replace(seen, stages=dict.fromkeys(seen.stages, StageResult(False)))
    yield "stage runs", lambda seen: replace(seen, stages=dict.fromkeys(seen.stages, StageResult(None)))
    yield "not approved", lambda seen: replace(seen, approved=None)
    yield "rejected", lambda seen: replace(seen, approved=False)
    yield "refused", lambda seen: replace(seen, refused="denied")
    yield "place taken", lambda seen: replace(seen, waits_for="ro_1")
    yield "no check", lambda seen: replace(seen, assessment=None)
    yield "nothing measured", lambda seen: replace(seen, measured_until=None)
    for call, hold in ((Call.WAIT, None), (Call.ROLL_BACK, None), *((Call.HOLD, hold) for hold in HoldReason)):
        yield f"{call} {hold}", lambda seen, call=call, hold=hold: replace(seen, assessment=checked(call, hold))  # type: ignore[misc]
    yield "undecided", lambda seen: replace(seen, assessment=replace(checked(Call.WAIT), missing=()))
    for verb in Verb:
        request = OperatorRequest("r", verb, "anna", START)
        yield f"asked to {verb}", lambda seen, request=request: replace(seen, requests=(request,))  # type: ignore[misc]


def checked(call: Call, hold: HoldReason | None = None) -> Assessment:
    missing = ("error_rate: 1 of 9 canary sessions",) if call is Call.WAIT and hold is None else ()
    return Assessment(START, call, "error rate 1 % on both", hold=hold, missing=missing)


class Exploration:
    def __init__(self, plan: RolloutPlan, *, first: bool = False) -> None:
        self.plan, self.first = plan, first
        self.stable = None if first else STABLE
        self.checker = World(plan, first=first, watched=timedelta.max)
        self.nodes: dict[object, Node] = {}
        self.edges: set[tuple[Phase, Phase]] = set()
        self.nominal: dict[object, object] = {}
        self.passes = 0

    def run(self) -> None:
        start: Node = (RolloutState(), Around())
        self.nodes[key(start)] = start
        queue = deque([start])
        while queue:
            node = queue.popleft()
            if node[0].phase in TERMINAL:
                continue
            for name, see in sights(node[1]):
                for works in (True, False) if name == "as it should be" else (True,):
                    after = self.step(node, see, works)
                    if name == "as it should be" and works:
                        self.nominal[key(node)] = key(after)
                    if key(after) not in self.nodes:
                        self.nodes[key(after)] = after
                        queue.append(after)

    def step(self, node: Node, see: See, works: bool) -> Node:
        state, around = node
        now = START + TICK
        seen = see(self.sight(around, now))
        transition = advance(self.plan, state, seen, now, canary=CANARY, stable=self.stable)
        self.checker.check(state, seen, transition, now)
        self.edges.add((state.phase, transition.state.phase))
        self.passes += 1
        return shifted(transition.state, TICK), self.act(around, transition, works)

    def sight(self, around: Around, now: datetime) -> Evidence:
        return Evidence(
            router=RouterView(around.weight, True, canary_in_flight=0, pinned_canary_sessions=0),
            canary=TargetView(around.canary_runs, around.canary_runs),
            stable=None if self.first else TargetView(around.stable_runs, around.stable_runs),
            assessment=checked(Call.PASS),
            stages=dict.fromkeys(around.stages, StageResult(True)),
            approved=True,
            failures=("it does not work",) if around.failed else (),
            measured_until=now,
            denied=around.denied,
            named_stable=around.named,
        )

    def act(self, around: Around, transition: Transition, works: bool) -> Around:
        if not works:
            return replace(around, failed=bool(transition.commands))
        for command in transition.commands:
            match command:
                case SetWeight(percent):
                    around = replace(around, weight=percent)
                case Deploy(release) | Retire(release):
                    runs = isinstance(command, Deploy)
                    around = replace(around, canary_runs=runs) if release == CANARY else replace(around, stable_runs=runs)
                case RunStage(stage):
                    around = replace(around, stages=around.stages | {stage})
                case Deny():
                    around = replace(around, denied=True)
                case MakeStable(release):
                    around = replace(around, named=release)
                case _:
                    pass
        return replace(around, failed=False)

    def dead_ends(self) -> list[Node]:
        """States from which a world without faults leads neither to an end nor to a person, however long."""
        return [self.nodes[at] for at in self.nodes if not self._settles(at)]

    def _settles(self, at: object) -> bool:
        seen = set()
        while at not in seen:
            seen.add(at)
            self.checker.state = self.nodes[at][0]
            if self.checker.is_settled():
                return True
            at = self.nominal[at]
        return False


def shifted(state: RolloutState, by: timedelta) -> RolloutState:
    """The same state, seen from `by` later; times that are long past are all the same."""

    def back(at: datetime | None) -> datetime | None:
        return None if at is None else max(at - by, START - 4 * TICK)

    pause = state.pause and replace(state.pause, since=START, seen_at=back(state.pause.seen_at))
    attempts = min(state.attempts, 6)
    return replace(state, entered_at=back(state.entered_at), deadline=back(state.deadline), pause=pause, attempts=attempts)


def key(node: Node) -> object:
    return replace(node[0], reason="", cause="", trigger=""), node[1]


def explored(plan: RolloutPlan, *, first: bool = False) -> Exploration:
    exploration = Exploration(plan, first=first)
    exploration.run()
    ends = exploration.dead_ends()
    assert not ends, f"{len(ends)} of {len(exploration.nodes)} states, such as {ends[0]}"
    return exploration


def edges_of(*explorations: Exploration) -> set[tuple[Phase, Phase]]:
    return set().union(*(exploration.edges for exploration in explorations)) - {(phase, phase) for phase in Phase}


def test_no_state_of_a_short_rollout_is_a_dead_end() -> None:
    exploration = explored(BRIEF)
    assert len(exploration.nodes) > 500
    assert edges_of(exploration) <= TRANSITIONS


@pytest.mark.long
def test_every_phase_part_and_hold_is_reached_without_a_dead_end_as_the_table_says() -> None:
    explorations = [explored(SHORT), explored(ALONE), explored(BARE), explored(FIRST, first=True)]
    assert edges_of(*explorations) == TRANSITIONS
    states = [state for exploration in explorations for state, _ in exploration.nodes.values()]
    assert {state.phase for state in states} == set(Phase)
    assert {state.part for state in states if state.phase is Phase.PROGRESSING} == set(StepPhase)
    assert {state.part for state in states if state.phase is Phase.ROLLING_BACK} == set(RollbackPhase)
    assert {state.pause.reason for state in states if state.pause} == set(PauseReason)
