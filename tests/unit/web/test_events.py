"""The stream: the latest overview, at once, at every change and in between; bounded, resumable, and rid of who does not read."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from goldfinch.core.audit.failures import StoreUnavailable
from goldfinch.web.app import make_app
from tests.asgi_client import ask, streamed
from tests.rollout_page import BAKING, TOKENS, Desk

VIEWER = {"authorization": f"Bearer {TOKENS.viewer}"}
PATH = f"/v1/rollouts/{BAKING}/events"


def set_weight(desk: Desk, percent: int) -> None:
    row = desk.samples.store.rows[BAKING]
    desk.samples.store.rows[BAKING] = replace(row, state=replace(row.state, weight_percent=percent))


def weight(event: dict[str, str]) -> int:
    found: int = json.loads(event["data"])["rollout"]["state"]["weight_percent"]
    return found


async def test_begins_with_the_overview_and_tells_every_change() -> None:
    desk = Desk()
    async with streamed(make_app(desk.tools(events_every_s=0.001, events_at_least_s=3600)), PATH, VIEWER) as stream:
        first = await stream.event()
        set_weight(desk, 0)
        second = await stream.event()
    assert stream.answer.headers["content-type"].startswith("text/event-stream")
    assert (first["event"], weight(first), weight(second)) == ("overview", 50, 0)
    assert first["id"] != second["id"]


async def test_says_what_can_be_asked_now() -> None:
    async with streamed(make_app(Desk().tools(events_every_s=0.001)), PATH, VIEWER) as stream:
        assert json.loads((await stream.event())["data"])["verbs"] == ["promote", "promote_full", "pause", "abort"]


async def test_tells_it_again_where_only_time_has_passed() -> None:
    async with streamed(make_app(Desk().tools(events_every_s=0.001, events_at_least_s=0.002)), PATH, VIEWER) as stream:
        await stream.event()
        assert weight(await stream.event()) == 50


async def test_who_knows_the_version_is_not_told_it_again_before_something_changes() -> None:
    desk = Desk()
    still = desk.samples.now
    app = make_app(desk.tools(overview=lambda name: desk.samples.overview(name, still), events_every_s=0.001, events_at_least_s=3600))
    async with streamed(app, PATH, VIEWER) as stream:
        known = (await stream.event())["id"]
    async with streamed(app, PATH, VIEWER | {"last-event-id": known}) as stream:
        async with asyncio.timeout(20):
            while await stream.pieces.get() != ": nothing new\n\n":
                pass
        set_weight(desk, 10)
        assert weight(await stream.event()) == 10


async def test_a_store_that_is_away_is_told_and_its_return_too() -> None:
    desk = Desk()
    away = True

    def overview(name: str) -> Any:
        if away:
            raise StoreUnavailable("the disk is full")
        return desk.samples.overview(name)

    async with streamed(make_app(desk.tools(overview=overview, events_every_s=0.001)), PATH, VIEWER) as stream:
        told = await stream.event()
        away = False
        assert (told["event"], json.loads(told["data"])["code"]) == ("problem", "E2801")
        while (event := await stream.event())["event"] == "problem":
            pass
        assert weight(event) == 50


async def test_many_listeners_read_the_store_as_often_as_one() -> None:
    desk = Desk()
    reads = []

    def overview(name: str) -> Any:
        reads.append(name)
        return desk.samples.overview(name)

    app = make_app(desk.tools(overview=overview, events_every_s=3600))
    async with streamed(app, PATH, VIEWER) as one, streamed(app, PATH, VIEWER) as two, streamed(app, PATH, VIEWER) as three:
        assert {weight(await stream.event()) for stream in (one, two, three)} == {50}
    assert len(reads) == 1


async def test_more_listeners_than_may_are_told_to_wait_and_a_place_that_was_left_is_free() -> None:
    app = make_app(Desk().tools(most_listeners=1, events_every_s=0.001))
    async with streamed(app, PATH, VIEWER) as stream:
        await stream.event()
        answer = await ask(app, "GET", PATH, headers=VIEWER)
        assert (answer.status, answer.json["code"], answer.headers["retry-after"]) == (503, "E3658", "5")
    async with streamed(app, PATH, VIEWER) as stream:
        assert (await stream.event())["event"] == "overview"


async def test_who_does_not_read_is_dropped_and_keeps_nobody_waiting() -> None:
    app = make_app(Desk().tools(most_listeners=2, events_every_s=0.001, events_at_least_s=0.001, send_within_s=0.05))
    async with streamed(app, PATH, VIEWER) as slow, streamed(app, PATH, VIEWER) as quick:
        await slow.event()
        slow.reading.clear()
        async with asyncio.timeout(20):
            while (await ask_for_place(app)) == 503:
                await quick.event()


async def ask_for_place(app: Any) -> int:
    """The status that one more listener gets; it goes away at once."""
    return (await ask(app, "GET", PATH, headers=VIEWER)).status


async def test_an_unknown_rollout_is_a_plain_404() -> None:
    answer = await ask(make_app(Desk().tools()), "GET", "/v1/rollouts/ro_nowhere/events", headers=VIEWER)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
