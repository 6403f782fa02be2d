"""One reader per rollout that somebody looks at, and any number of listeners: a hundred open pages cost the store what one costs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from starlette.concurrency import run_in_threadpool

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.rollout.asking import possible_verbs
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.overview_json import overview_facts
from goldfinch.core.serving import codes
from goldfinch.ports.clock import Clock
from goldfinch.web.problems import Refused, json_text, problem_facts, status_of
from goldfinch.web.shown import visible


@dataclass(frozen=True, slots=True)
class News:
    """One message: a new `number` for each, the same `version` as long as nothing but the time has changed."""

    number: int
    version: str
    event: str
    data: str
    shown: str
    """`data` as the page may show it."""


@dataclass(eq=False)
class _Watch:
    listeners: int = 0
    news: News | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    reader: asyncio.Task[None] | None = None


class Broadcast:
    """Listeners always get the latest overview, and never a queue of old ones: memory is bounded by what one overview takes."""

    def __init__(
        self, overview: Callable[[str], RolloutOverview], clock: Clock, *, every_s: float, at_least_s: float, most_listeners: int
    ) -> None:
        self._overview, self._clock = overview, clock
        self._every_s, self._at_least_s, self._most = every_s, at_least_s, most_listeners
        self._watches: dict[str, _Watch] = {}

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return sum(watch.listeners for watch in self._watches.values())

    def listen(self, rollout_id: str) -> Listener:
        """Raises `Refused` (503) where as many listen as may."""
        if self.listeners >= self._most:
            what = f"{self._most} clients listen already"
            raise Refused(what, code=codes.TOO_MANY_LISTENERS, hint="close a page that nobody looks at", retry_after_s=5)
        watch = self._watches.setdefault(rollout_id, _Watch())
        watch.listeners += 1
        if watch.reader is None:
            watch.reader = asyncio.create_task(self._read(rollout_id, watch))
        return Listener(self, rollout_id, watch)

    def leave(self, rollout_id: str, watch: _Watch) -> None:
        """The last one to leave ends the reading."""
        watch.listeners -= 1
        if not watch.listeners:
            self._watches.pop(rollout_id, None)
            if watch.reader is not None:
                watch.reader.cancel()

    async def _read(self, rollout_id: str, watch: _Watch) -> None:
        told_at = float("-inf")
        while True:
            event, version, facts = await run_in_threadpool(self._look, rollout_id)
            now = self._clock.monotonic_s()
            if watch.news is None or version != watch.news.version or now - told_at >= self._at_least_s:
                number = 1 if watch.news is None else watch.news.number + 1
                news = News(number, version, event, json_text(facts), json_text(visible(facts)))
                told_at = now
                async with watch.changed:
                    watch.news = news
                    watch.changed.notify_all()
            await self._clock.sleep(self._every_s)

    def _look(self, rollout_id: str) -> tuple[str, str, dict[str, Any]]:
        """Event, version, facts. What cannot be read now is told, and read again."""
        try:
            overview = self._overview(rollout_id)
            facts = {**overview_facts(overview), "verbs": possible_verbs(overview.rollout, overview.now)}
        except GoldfinchError as error:
            facts = problem_facts(error, status_of(error))
            return "problem", _version(facts), facts
        return "overview", _version({**facts, "now": None}), facts


def _version(facts: dict[str, Any]) -> str:
    return sha256(json_text(facts).encode()).hexdigest()[:16]


class Listener:
    """One client's place. Leave it in a `finally`."""

    def __init__(self, broadcast: Broadcast, rollout_id: str, watch: _Watch) -> None:
        self._broadcast, self._rollout_id, self._watch = broadcast, rollout_id, watch
        self._seen = 0

    async def next(self) -> News:
        """The latest message that was not given yet; those in between are left out."""
        async with self._watch.changed:
            while (news := self._watch.news) is None or news.number <= self._seen:
                await self._watch.changed.wait()
        self._seen = news.number
        return news

    def leave(self) -> None:
        self._broadcast.leave(self._rollout_id, self._watch)
