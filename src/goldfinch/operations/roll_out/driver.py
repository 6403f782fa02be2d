"""Drives one rollout to its end, or until another controller has it; whatever goes wrong holds this rollout and no other."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from goldfinch.core.audit.failures import StoreDamaged, StoreUnavailable
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.health.failures import HealthStateUnreadable
from goldfinch.core.rollout.failures import RolloutUnderWay, RowEdited, StaleWrite, UnknownRollout
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import TERMINAL
from goldfinch.operations.roll_out.acting import Actor, why
from goldfinch.operations.roll_out.lease_keeping import LeaseKeeper, LeaseLost
from goldfinch.operations.roll_out.one_pass import Pass
from goldfinch.operations.roll_out.outage import Outage
from goldfinch.operations.roll_out.steady_clock import JUMP, SteadyClock
from goldfinch.operations.roll_out.surroundings import SurroundingsOf
from goldfinch.operations.roll_out.tools import Tools
from goldfinch.operations.roll_out.trusting import TrustedRow


class Driver:
    """One controller's hold on one rollout."""

    def __init__(self, rollout_id: str, tools: Tools, surroundings_of: SurroundingsOf, owner: str, outage: Outage) -> None:
        self._id = rollout_id
        self._tools = tools
        self._surroundings_of = surroundings_of
        self._lease = LeaseKeeper(rollout_id, owner, tools, self._now)
        self._row = TrustedRow(tools.store)
        self._outage = outage
        self._time: SteadyClock | None = None
        self._observed_at: datetime | None = None
        self._pass: Pass | None = None
        self._trouble = ""
        self._failed = 0

    async def run(self) -> None:
        """Pass after pass until the end; gives up the lease and finishes telling people when it stops."""
        try:
            while (wait_s := await self._next()) is not None:
                await self._tools.clock.sleep(wait_s)
        finally:
            self._let_go()
            if self._pass is not None:
                await self._pass.actor.finish_telling()

    async def _next(self) -> float | None:
        """One pass, and what to do about what it raised. Seconds until the next one; None: there is none."""
        try:
            wait_s = await self._one()
        except StoreUnavailable as error:
            return self._outage.began(error)
        except UnknownRollout as error:
            self._say("rollout.gone", why(error))
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is holds this rollout; it must not end the controller of the others
            return self._held(error)
        self._outage.over()
        self._failed = 0
        return wait_s

    def _held(self, error: Exception) -> float:
        """Say why this rollout is not acted on; seconds until it is looked at again."""
        pace = self._tools.pace
        match error:
            case LeaseLost() | StaleWrite():
                self._lease.forget()
                self._say("rollout.lost", why(error) if isinstance(error, StaleWrite) else "the lease is another's, or may be")
                return pace.look_s
            case RolloutUnderWay():
                self._say("rollout.waits", why(error))
            case RowEdited() | StoreDamaged() | HealthStateUnreadable():
                self._say("rollout.held", self._named(error), code=error.code)
            case _:
                self._failed += 1
                self._say("rollout.failed_pass", self._named(error), kind=type(error).__name__)
                return pace.command_retry_s(self._failed, shifting=False)
        return pace.search_s

    async def _one(self) -> float | None:
        self._heed_jumps()
        if self._time is None:
            self._begin(self._tools.store.get(self._id))
        if not self._lease.keep():
            self._say("rollout.elsewhere", "another controller drives it")
            return None if self._has_ended() else self._tools.pace.look_s
        rollout = self._tools.store.get(self._id)
        self._lease.confirm(rollout)
        if self._pass is None:
            self._pass = self._first_pass(rollout)
        self._observed_at = rollout.observed_at
        wait_s = await self._pass.make(rollout, self._now())
        self._trouble = ""
        return wait_s

    def _begin(self, rollout: Rollout) -> None:
        self._time = SteadyClock(self._tools.clock, rollout.observed_at)
        if self._time.ahead > JUMP:
            seconds = self._time.ahead.total_seconds()
            words = f"the clock stands {seconds:.0f} s before the last time that this rollout has seen; it goes on from there"
            self._say("rollout.clock", words, seconds=-seconds)

    def _first_pass(self, rollout: Rollout) -> Pass:
        world = self._surroundings_of(rollout)
        return Pass(self._tools, world, self._lease, self._row, Actor(world, self._lease, self._tools))

    def _now(self) -> datetime:
        """This rollout's time, which nobody puts back: not the wall clock, not another controller."""
        assert self._time is not None  # nosec B101 - begun before
        now = self._time.now()
        return now if self._observed_at is None else max(now, self._observed_at)

    def _heed_jumps(self) -> None:
        moved = self._time.jump() if self._time is not None else None
        if moved is not None:
            seconds = moved.total_seconds()
            way = "ahead" if seconds > 0 else "back"
            words = f"the clock was put {way} by {abs(seconds):.0f} s; this controller keeps its own time"
            self._tools.log.write("rollout.clock", {"rollout": self._id, "why": words, "seconds": seconds})

    def _has_ended(self) -> bool:
        return self._tools.store.get(self._id).state.phase in TERMINAL

    def _named(self, error: Exception) -> str:
        words = why(error)
        return words if self._id in words else f"rollout {self._id}: {words}"

    def _say(self, event: str, words: str, **facts: object) -> None:
        """Once, not in every pass."""
        if self._trouble != words:
            self._trouble = words
            self._tools.log.write(event, {"rollout": self._id, "why": words, **facts})

    def _let_go(self) -> None:
        with suppress(GoldfinchError):
            self._lease.give_up()
