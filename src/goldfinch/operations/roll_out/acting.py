"""Carrying out what a decision asks for: each command by itself, in time, and again later where it failed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
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
from goldfinch.operations.roll_out.lease_keeping import LeaseKeeper
from goldfinch.operations.roll_out.surroundings import Surroundings
from goldfinch.operations.roll_out.time_limit import within
from goldfinch.operations.roll_out.tools import Tools

CONTROLLER = "controller"


@dataclass(slots=True)
class _Failed:
    times: int
    again_at_s: float


class Actor:
    """Acts for one rollout, under its lease. What failed is asked for again by the next decision, and tried when its time has come."""

    def __init__(self, surroundings: Surroundings, lease: LeaseKeeper, tools: Tools) -> None:
        self._world = surroundings
        self._lease = lease
        self._ledger, self._clock, self._pace, self._log = tools.ledger, tools.clock, tools.pace, tools.log
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
        asked, pins = _for_the_adapters(commands)
        self._failed = {command: failed for command, failed in self._failed.items() if command in asked}
        self._done &= set(asked)
        failures = []
        for command in asked:
            if not self._waits(command) and (failure := await self._try(rollout, command, pins, now)):
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

    async def _try(self, rollout: Rollout, command: Command, pins: MovePins | None, now: datetime) -> str:
        self._lease.renew(self._pace.act_s)
        self._lease.check(self._pace.act_s)
        try:
            await within(self._clock, self._pace.act_s, self._act(rollout, command, pins, now))
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

    async def _act(self, rollout: Rollout, command: Command, pins: MovePins | None, now: datetime) -> None:
        deployer = self._world.deployer
        match command:
            case SetWeight(percent, second_path):
                await self._shift(rollout, percent, pins, second_path=second_path)
            case MovePins():
                await self._shift(rollout, rollout.state.weight_percent, pins)
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

    async def _shift(self, rollout: Rollout, percent: int, pins: MovePins | None, *, second_path: bool = False) -> None:
        sessions = pins.sessions if pins else None
        await self._world.router.set_canary_weight(
            percent,
            canary=rollout.canary,
            stable=rollout.stable,
            sessions=sessions,
            second_path=second_path,
            fence=self._lease.fence,
        )

    def _deny(self, rollout: Rollout, release: str, reason: str, now: datetime) -> None:
        if self._ledger.denial(release) is None:
            detail = {"reason": reason, "rollout": rollout.id}
            audit = AuditDraft(now, CONTROLLER, "release.deny", f"release:{release}", detail=detail)
            self._ledger.deny(Denial(release, now, CONTROLLER, reason), audit)


def _for_the_adapters(commands: Iterable[Command]) -> tuple[list[Command], MovePins | None]:
    """What is carried out one by one; where pinned sessions go is part of the change of weight, where there is one (DELIVERY 5)."""
    asked = [command for command in commands if not isinstance(command, Notify)]
    pins = next((command for command in asked if isinstance(command, MovePins)), None)
    shifts = any(isinstance(command, SetWeight) for command in asked)
    return [command for command in asked if not (shifts and isinstance(command, MovePins))], pins


def in_words(command: Command) -> str:
    """As the decision and the log show it."""
    return _words_of_traffic(command) if isinstance(command, SetWeight | MovePins | Notify) else _words_of_releases(command)


def _words_of_traffic(command: SetWeight | MovePins | Notify) -> str:
    match command:
        case SetWeight(percent, second_path):
            return f"canary's share to {percent} %" + (" by the second path" if second_path else "")
        case MovePins(sessions):
            return f"pinned sessions of the canary: {sessions}"
        case Notify(urgency, text):
            return f"{urgency}: {text}"


def _words_of_releases(command: Deploy | Retire | RunStage | MakeStable | Deny) -> str:
    match command:
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


def why(error: BaseException) -> str:
    """One line of whatever was raised, safe to show."""
    words = str(error).strip() or type(error).__name__
    return for_terminal_line(words.splitlines()[0])[:500]
