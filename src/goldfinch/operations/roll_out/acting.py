"""Carrying out what a decision asks for: each command by itself, in time, and again later where it failed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.escaping import for_terminal_line
from goldfinch.core.releases.release import Denial
from goldfinch.core.rollout.commands import (
    Command,
    Deny,
    Deploy,
    MakeStable,
    MovePins,
    Notify,
    Retire,
    RunStage,
    SetWeight,
)
from goldfinch.core.rollout.record import Rollout
from goldfinch.operations.roll_out.lease_keeping import LeaseKeeper, LeaseLost
from goldfinch.operations.roll_out.pace import Pace
from goldfinch.operations.roll_out.surroundings import Surroundings
from goldfinch.operations.roll_out.time_limit import within
from goldfinch.ports.clock import Clock
from goldfinch.ports.release_ledger import ReleaseLedger
from goldfinch.ports.rollout_log import RolloutLog

CONTROLLER = "controller"


@dataclass(slots=True)
class _Failed:
    times: int
    again_at_s: float


class Actor:
    """Acts for one rollout, under its lease. What failed is asked for again by the next decision, and tried when its time has come."""

    def __init__(
        self, surroundings: Surroundings, ledger: ReleaseLedger, lease: LeaseKeeper, clock: Clock, pace: Pace, log: RolloutLog
    ) -> None:
        self._world = surroundings
        self._ledger = ledger
        self._lease = lease
        self._clock = clock
        self._pace = pace
        self._log = log
        self._failed: dict[Command, _Failed] = {}
        self._done: set[Command] = set()
        """Carried out and said so, as long as they are asked for."""
        self._telling: set[asyncio.Task[None]] = set()

    @property
    def retry_in_s(self) -> float | None:
        """Seconds until the first command that failed may be tried again."""
        waits = [failed.again_at_s - self._clock.monotonic_s() for failed in self._failed.values()]
        return max(0.0, min(waits)) if waits else None

    async def carry_out(self, rollout: Rollout, commands: Iterable[Command], now: datetime) -> tuple[str, ...]:
        """What failed, each in words. Raises `LeaseLost` before the first command that the lease does not cover."""
        asked = _with_pins(rollout, [command for command in commands if not isinstance(command, Notify)])
        self._failed = {command: failed for command, failed in self._failed.items() if command in dict(asked)}
        self._done &= dict(asked).keys()
        failures = []
        for command, act in asked:
            if not self._waits(command) and (failure := await self._try(rollout, command, act, now)):
                failures.append(failure)
        return tuple(failures)

    def tell(self, rollout: Rollout, commands: Iterable[Command]) -> None:
        """Tell people, without waiting for it."""
        for command in commands:
            if isinstance(command, Notify):
                task = asyncio.ensure_future(self._tell(rollout.id, command))
                self._telling.add(task)
                task.add_done_callback(self._telling.discard)

    async def finish_telling(self) -> None:
        """Wait for what is being told; each has its own time limit."""
        while self._telling:
            await asyncio.wait(set(self._telling))

    def _waits(self, command: Command) -> bool:
        failed = self._failed.get(command)
        return failed is not None and self._clock.monotonic_s() < failed.again_at_s

    def has_failed(self, commands: Iterable[Command]) -> bool:
        """One of these failed, and has not been carried out since."""
        return any(command in self._failed for command in commands)

    async def _try(self, rollout: Rollout, command: Command, act: _Act, now: datetime) -> str:
        self._lease.check(self._pace.act_s)
        try:
            await within(self._clock, self._pace.act_s, act(self, rollout, command, now))
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - whatever an adapter raises is a command that failed, never the end of a rollout
            return self._note_failure(rollout, command, error)
        self._failed.pop(command, None)
        if command not in self._done:
            self._done.add(command)
            self._log.write("rollout.command", {"rollout": rollout.id, "command": in_words(command)})
        return ""

    def _note_failure(self, rollout: Rollout, command: Command, error: Exception) -> str:
        times = self._failed[command].times + 1 if command in self._failed else 1
        wait_s = self._pace.command_retry_s(times, shifting=isinstance(command, SetWeight | MovePins))
        self._failed[command] = _Failed(times, self._clock.monotonic_s() + wait_s)
        words = f"{in_words(command)}: {why(error)}"
        self._log.write("rollout.command_failed", {"rollout": rollout.id, "command": in_words(command), "why": why(error), "times": times})
        return words

    async def _tell(self, rollout_id: str, message: Notify) -> None:
        try:
            await within(self._clock, self._pace.tell_s, self._world.notifier.tell(rollout_id, message))
        except Exception as error:  # noqa: BLE001 - a notifier never blocks a rollout
            self._log.write("rollout.not_told", {"rollout": rollout_id, "text": message.text, "why": why(error)})

    async def shift(self, rollout: Rollout, command: Command, pins: MovePins | None) -> None:
        """Ask the router for the split, and in the same change say where pinned sessions go."""
        percent = command.percent if isinstance(command, SetWeight) else rollout.state.weight_percent
        await self._world.router.set_canary_weight(
            percent,
            canary=rollout.canary,
            stable=rollout.stable,
            sessions=pins.sessions if pins else None,
            second_path=isinstance(command, SetWeight) and command.second_path,
        )

    async def run(self, rollout: Rollout, command: Command, now: datetime) -> None:
        """Any command but those of the router and of the notifier."""
        deployer = self._world.deployer
        match command:
            case Deploy(release):
                await deployer.deploy(release)
            case Retire(release, force):
                await deployer.retire(release, force=force)
            case RunStage(stage, release):
                await deployer.run_stage(stage, release)
            case MakeStable(release):
                await deployer.make_stable(release)
            case Deny(release, reason):
                self._deny(rollout, release, reason, now)

    def _deny(self, rollout: Rollout, release: str, reason: str, now: datetime) -> None:
        if self._ledger.denial(release) is None:
            detail = {"reason": reason, "rollout": rollout.id}
            audit = AuditDraft(now, CONTROLLER, "release.deny", f"release:{release}", detail=detail)
            self._ledger.deny(Denial(release, now, CONTROLLER, reason), audit)


_Act = Callable[[Actor, Rollout, Command, datetime], "Awaitable[None]"]


def _with_pins(rollout: Rollout, commands: list[Command]) -> list[tuple[Command, _Act]]:
    """How each command is carried out: weight and pins go to the router as one change (DELIVERY 5, rollback)."""
    pins = next((command for command in commands if isinstance(command, MovePins)), None)
    shifts = any(isinstance(command, SetWeight) for command in commands)
    acts: list[tuple[Command, _Act]] = []
    for command in commands:
        if isinstance(command, SetWeight) or (isinstance(command, MovePins) and not shifts):
            acts.append((command, lambda actor, row, asked, _: actor.shift(row, asked, pins)))
        elif not isinstance(command, MovePins):
            acts.append((command, lambda actor, row, asked, now: actor.run(row, asked, now)))
    return acts


def in_words(command: Command) -> str:
    """As the decision and the log show it."""
    match command:
        case SetWeight(percent, second_path):
            return f"canary's share to {percent} %" + (" by the second path" if second_path else "")
        case MovePins(sessions):
            return f"pinned sessions of the canary: {sessions}"
        case Deploy(release):
            return f"deploy {release}"
        case Retire(release, force):
            return f"retire {release}" + (" by force" if force else "")
        case RunStage(stage, release):
            return f"{stage} for {release}"
        case MakeStable(release):
            return f"make {release} the stable release"
        case Deny(release, reason):
            return f"deny {release}: {reason}"
        case Notify(urgency, text):
            return f"{urgency}: {text}"


def why(error: BaseException) -> str:
    """One line of whatever was raised, safe to show."""
    words = str(error).strip() or type(error).__name__
    return for_terminal_line(words.splitlines()[0])[:500]
