from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from src.api.problems import Problem
from src.api.serving import server_of
from src.api.settings import ServiceSettings
from src.domain import Task
from tests.unit.api.conftest import Running, Serve
from tests.unit.api.test_tasks import release, until_started


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def with_clock(running: Running, clock: Clock) -> None:
    running.service._clock = clock


async def test_a_serving_instance_is_not_drained(serve: Serve) -> None:
    async with serve() as running:
        assert not running.service.is_drained()


async def test_an_idle_instance_is_drained_at_once(serve: Serve, clock: Clock) -> None:
    async with serve() as running:
        with_clock(running, clock)
        running.service.drain()
        assert running.service.is_drained()


@pytest.mark.parametrize("stream", [False, True])
async def test_running_tasks_are_finished_and_new_ones_refused(serve: Serve, clock: Clock, stream: bool) -> None:
    async with serve() as running:
        with_clock(running, clock)
        held = running.client.start("POST", "/v1/tasks", {"description": "hold", "stream": stream})
        await until_started(running)
        running.service.drain()
        assert not running.service.is_drained()
        refused = await running.client.task("hi")
        release(running.agent, running)
        await held.done
        assert running.service.is_drained()
    assert held.answer.status == 200
    assert (refused.status, refused.headers["retry-after"], refused.headers["connection"]) == (503, "1", "close")


async def test_tasks_are_taken_during_the_drain_delay(serve: Serve, clock: Clock) -> None:
    async with serve(ServiceSettings(drain_delay_s=5)) as running:
        with_clock(running, clock)
        running.service.drain()
        assert not running.service.is_drained()
        assert (await running.client.task("hi")).status == 200
        clock.now += 5
        assert running.service.is_drained()
        assert (await running.client.task("hi")).status == 503


@pytest.mark.parametrize("stream", [False, True])
async def test_what_outlasts_the_grace_is_stopped_and_told(serve: Serve, clock: Clock, stream: bool) -> None:
    async with serve(ServiceSettings(grace_s=30)) as running:
        with_clock(running, clock)
        held = running.client.start("POST", "/v1/tasks", {"description": "hold", "stream": stream})
        await until_started(running)
        if stream:
            await held.until("plan")
        running.service.drain()
        clock.now += 29
        assert not running.service.is_drained()
        clock.now += 1
        assert running.service.is_drained()
        await held.done
        assert [line["stopped"] for line in running.lines("grace_over")] == [1]
    told: Any = held.answer.events()[-1][1] if stream else held.answer.json()
    assert told["type"] == "urn:marketing-agent:problem:stopping"


async def test_a_second_signal_ends_at_once(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[int] = []
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("signal.raise_signal", raised.append)
    async with serve() as running:
        server = server_of(running.client.app)
        server.handle_exit(15, None)
        assert (raised, await server.on_tick(1)) == ([], True)
        server.handle_exit(15, None)
    assert raised == [15]


async def test_the_agents_memory_is_closed_at_the_end(serve: Serve) -> None:
    async with serve() as running:
        await running.client.task("hi")
    assert running.agent.memory.is_closed
    assert not running.service.agents._thread.is_alive()


async def test_an_application_that_never_served_closes(app: FastAPI) -> None:
    await app.state.service.close()


@pytest.fixture
def app() -> FastAPI:
    from src.api.app import create_app

    return create_app()


async def test_starting_a_task_while_stopping_is_a_problem(serve: Serve, clock: Clock) -> None:
    async with serve() as running:
        with_clock(running, clock)
        running.service.drain()
        with pytest.raises(Problem, match="about to end"):
            running.service.begin(Task("x"), {}, {})
        await asyncio.sleep(0)
