"""The controller: finds every rollout that has not ended, and drives each in a task of its own."""

from __future__ import annotations

import asyncio

from goldfinch.core.audit.failures import StoreDamaged, StoreUnavailable
from goldfinch.operations.roll_out.acting import why
from goldfinch.operations.roll_out.driver import Driver
from goldfinch.operations.roll_out.outage import Outage
from goldfinch.operations.roll_out.surroundings import SurroundingsOf
from goldfinch.operations.roll_out.tools import Tools


class Controller:
    """One per process. Several may run on one store: each rollout has one that acts, by its lease.

    `owner` names this process in leases; two processes that run at the same time must not share it.
    """

    def __init__(self, tools: Tools, surroundings_of: SurroundingsOf, owner: str) -> None:
        self._tools = tools
        self._surroundings_of = surroundings_of
        self._owner = owner
        self._outage = Outage(tools.clock, tools.pace, tools.log)
        self._driven: dict[str, asyncio.Task[None]] = {}

    async def run(self, *, until_idle: bool = False) -> None:
        """Drive until cancelled; with `until_idle` until no rollout is left that has not ended. Leases are given up at the end."""
        try:
            while True:
                wait_s = self._search()
                if until_idle and wait_s is None and not self._driven:
                    return
                await self._tools.clock.sleep(wait_s or self._tools.pace.search_s)
        finally:
            await self._stop()

    async def drive(self, rollout_id: str) -> None:
        """This one rollout alone, until it has ended."""
        await self._driver(rollout_id).run()

    def _search(self) -> float | None:
        """Start a driver for every rollout that has none. Seconds to wait where the store does not answer."""
        self._driven = {rollout_id: task for rollout_id, task in self._driven.items() if not task.done()}
        try:
            found = self._tools.store.unfinished_ids()
        except StoreUnavailable as error:
            return self._outage.began(error)
        except StoreDamaged as error:
            self._tools.log.write("store.damaged", {"why": why(error), "code": error.code})
            return self._tools.pace.store_retry_at_most_s
        self._outage.over()
        for rollout_id in found:
            if rollout_id not in self._driven:
                self._driven[rollout_id] = asyncio.ensure_future(self._driver(rollout_id).run())
        return None

    def _driver(self, rollout_id: str) -> Driver:
        return Driver(rollout_id, self._tools, self._surroundings_of, self._owner, self._outage)

    async def _stop(self) -> None:
        for task in self._driven.values():
            task.cancel()
        await asyncio.gather(*self._driven.values(), return_exceptions=True)
