"""One transition of one record (C30): `canary_deploy --percentage N`, the full plan without it, and the way back with `--rollback`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.event_loop import run_to_end
from goldfinch.bootstrap.local_desk import new_rollout_id, refuse_lost_store
from goldfinch.bootstrap.recovery import Place, driver, place
from goldfinch.bootstrap.rollout_plan import TIME_SCALE, plan_of
from goldfinch.bootstrap.starting import gate_hash
from goldfinch.core.errors import ExitCode, UsageError
from goldfinch.core.recovery import codes
from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.failures import RequestRefused, RolloutUnderWay
from goldfinch.core.rollout.plan import RolloutPlan, Step
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import TERMINAL, Phase
from goldfinch.operations.ask_rollout import Asked, ask_rollout
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.monitor import (
    RolloutReport,
    RolloutTools,
    RolloutWatch,
    exit_code,
    monitor_rollout,
    passed_step,
    report,
    waits_for_a_person,
)
from goldfinch.operations.start_rollout import StartRequest, start_rollout

LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Transition:
    """What a person typed. `percentage` None: the whole plan."""

    environment: str
    version: str
    percentage: int | None = None
    verdict: Path | None = None
    reason: str = ""
    by: str | None = None
    config: Path | None = None


def take_transition(asked: Transition, say: Callable[[str], None]) -> RolloutReport:
    """Until the share is verified, or the rollout has ended or waits for somebody. Typed again, it changes nothing.

    Raises `RolloutUnderWay`, `UsageError` (E3801) for a share that is no next one, and what `start_rollout` raises.
    """
    with place(asked.environment, asked.config, asked.by) as here:
        refuse_lost_store(here.loaded, asked.environment, os.environ)
        canary = here.store.releases.find(asked.version).id
        rollout = _begun(asked, here, canary, say)
        if asked.percentage is None:
            return _run(here, RolloutWatch(rollout.id, 0.0, here.by, roll_back=False, to_the_end=True), say)
        return _reach(here, rollout, asked.percentage, say)


def abort_latest(environment: str, reason: str, by: str | None, config: Path | None, say: Callable[[str], None]) -> RolloutReport | None:
    """What a pipeline does when it failed or was cancelled (C31); None: nothing was under way."""
    with place(environment, config, by) as here:
        found = here.store.rollouts.under_way(here.service, here.environment)
        if found is None:
            return None
        with suppress(RequestRefused):  # it goes back already, or is past it
            _ask(here, found, Verb.ABORT, reason)
        done = _run(here, RolloutWatch(found, 0.0, here.by, roll_back=False, to_the_end=True), say)
        back = done.exit_code is ExitCode.ROLLED_BACK or done.rollout.state.phase is Phase.CANCELLED
        return replace(done, exit_code=ExitCode.PASSED) if back else done


def _begun(asked: Transition, here: Place, canary: str, say: Callable[[str], None]) -> Rollout:
    """The one record of this version, begun where there is none."""
    store = here.store.rollouts
    if under_way := store.under_way(here.service, here.environment):
        rollout = store.get(under_way)
        if rollout.canary != canary:
            hint = f"wait for it, or end it: goldfinch rollout abort {rollout.id}"
            raise RolloutUnderWay(f"{rollout.id} is rolling out {rollout.canary}, not {canary}", hint=hint)
        return rollout
    latest = store.latest(here.service, here.environment)
    if latest is not None and latest.canary == canary and latest.state.phase is Phase.SUCCEEDED:
        say(f"{canary} is the stable release already: {latest.id}")
        return latest
    if latest is None:
        say("no baseline: nothing was ever rolled out here, so this is a first release; a person approves it, absolute limits watch it")
    request = StartRequest(
        rollout_id=new_rollout_id(SystemClock()),
        service=here.service,
        environment=here.environment,
        canary=canary,
        plan=_plan(asked, here),
        by=here.by,
        first_release=latest is None,
        reason=asked.reason,
        gate_hash=gate_hash(asked.verdict) if asked.verdict is not None else "",
    )
    return start_rollout(request, store, here.store.releases, SystemClock())


def _plan(asked: Transition, here: Place) -> RolloutPlan:
    plan = plan_of(here.loaded.settings, environment=asked.environment, time_scale=os.environ.get(TIME_SCALE) or None)
    return plan if asked.percentage is None else replace(plan, steps=in_single_steps(plan.steps, asked.percentage))


def in_single_steps(steps: tuple[Step, ...], percentage: int) -> tuple[Step, ...]:
    """The plan's steps, each of which waits for the next command; one of `percentage` is added, steps below it are left out."""
    longest = max((step.bake for step in steps), default=timedelta(0)) or timedelta(minutes=30)
    later = [step for step in steps if percentage < step.weight_percent < 100]
    mine = next((step for step in steps if step.weight_percent == percentage), Step(percentage, longest))
    waiting = [replace(step, bake=step.bake or longest, wait_for_person=True) for step in (mine, *later) if step.weight_percent < 100]
    return (*waiting, Step(100, timedelta(0)))


def _reach(here: Place, rollout: Rollout, percentage: int, say: Callable[[str], None]) -> RolloutReport:
    weights = [step.weight_percent for step in rollout.plan.steps]
    if percentage not in weights:
        what = f"{rollout.id} has the steps {', '.join(f'{weight} %' for weight in weights)}, and none of {percentage} %"
        raise UsageError(what, where="--percentage", hint="the steps are fixed when a rollout begins", code=codes.REFUSED)
    wanted, state = weights.index(percentage), rollout.state
    if state.phase in TERMINAL or state.step > wanted:
        return report(rollout, wanted, SystemClock().utc())
    if wanted == state.step + 1:
        if not passed_step(rollout):
            return _not_passed(rollout)
        say(f"{rollout.id}: {weights[state.step]} % has passed; {percentage} % is next")
        _ask(here, rollout.id, Verb.PROMOTE, f"canary_deploy --percentage {percentage}")
    elif wanted > state.step:
        what = f"{rollout.id} is at {weights[state.step]} %, and {weights[state.step + 1]} % comes before {percentage} %"
        raise UsageError(what, where="--percentage", hint="one transition at a time", code=codes.REFUSED)
    return run_to_end(lambda stop: _verified(here, rollout.id, wanted, percentage, say))  # noqa: ARG005


def _not_passed(rollout: Rollout) -> RolloutReport:
    share = rollout.plan.steps[rollout.state.step].weight_percent
    command = f"python scripts/monitor_canary.py --environment {rollout.environment} --duration 1800"
    words = f"{share} % has not passed yet ({rollout.state.reason}): {command}"
    return RolloutReport(rollout, ExitCode.INCONCLUSIVE, words)


async def _verified(here: Place, rollout_id: str, step: int, percentage: int, say: Callable[[str], None]) -> RolloutReport:
    """Drive it until the router verifiably serves the share; the watch that follows is another command's, or a server's."""
    clock, store = SystemClock(), here.store.rollouts
    driving = asyncio.ensure_future(driver(here.loaded, here.folder)(rollout_id))
    said = ""
    try:
        while True:
            rollout = store.get(rollout_id)
            state = rollout.state
            if state.reason != said:
                said = state.reason
                say(f"{state.phase}: {state.reason}")
            there = state.step == step and state.verified_weight_percent == percentage == state.weight_percent
            if there and state.phase not in TERMINAL and state.phase is not Phase.ROLLING_BACK:
                return RolloutReport(
                    rollout, ExitCode.PASSED, f"{rollout.id}: {percentage} % on {rollout.canary}, verified; {state.reason}"
                )
            if state.phase in TERMINAL or state.phase is Phase.ROLLBACK_FAILED or (waits_for_a_person(rollout) and state.step == step):
                return RolloutReport(rollout, exit_code(rollout, step), f"{rollout.id}: {state.phase}: {state.reason}")
            if driving.done() and driving.exception() is not None:
                driving.result()
            await clock.sleep(LOOK_S)
    finally:
        driving.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await driving


def _run(here: Place, watch: RolloutWatch, say: Callable[[str], None]) -> RolloutReport:
    tools = RolloutTools(here.store.rollouts, here.store.releases, SystemClock(), driver(here.loaded, here.folder), say)

    async def work(stop: StopSignal) -> RolloutReport:  # noqa: ARG001 - the rollout stays as it is
        return await monitor_rollout(watch, tools)

    return run_to_end(work)


def _ask(here: Place, rollout_id: str, verb: Verb, reason: str) -> None:
    clock = SystemClock()
    asked = Asked(f"{verb} {reason} {here.store.rollouts.get(rollout_id).state.step}", rollout_id, verb, here.by, reason)
    ask_rollout(asked, here.store.rollouts, here.store.releases, clock)
