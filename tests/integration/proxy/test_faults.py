"""What the proxy survives, what it refuses, and what it never does, with real processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from goldfinch.core.rollout.failures import RouterUnreachable
from goldfinch.core.rollout.plan import SessionsOnRollback
from goldfinch.testing.traffic_router_contract import CANARY, STABLE
from tests.envoy_world import GOLDFINCH, World, world


async def second_proxy(it: World, *arguments: str) -> tuple[int, str]:
    command = (str(GOLDFINCH), "proxy", *arguments)
    process = await asyncio.create_subprocess_exec(*command, cwd=it.folder, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode().splitlines()[-1]


async def test_killed_envoy_comes_back_with_the_split_that_was_set_last(tmp_path: Path) -> None:
    async with world(tmp_path) as proxy:
        router = proxy.router()
        await router.set_canary_weight(50, canary=CANARY, stable=STABLE)
        before = await router.view()
        os.kill(proxy.envoy, signal.SIGKILL)
        await proxy.until_said("has ended by itself")
        await proxy.until_said("listens on", after=3)
        assert await router.view() == before
        assert (await proxy.client().ask()).status == 200


async def test_a_killed_proxy_leaves_envoy_serving_and_the_next_takes_it_over(tmp_path: Path) -> None:
    async with world(tmp_path) as proxy:
        await proxy.router().set_canary_weight(50, canary=CANARY, stable=STABLE)
        client, envoy, asked, over = proxy.client(), proxy.envoy, 0, asyncio.Event()

        async def load() -> int:
            nonlocal asked
            while not over.is_set():
                assert (await client.ask()).status == 200
                asked += 1
            return asked

        loading = asyncio.ensure_future(load())
        stream = asyncio.ensure_future(proxy.client().ask("/stream"))
        await proxy.logged(1, "start")
        await proxy.kill_proxy()
        await proxy.start()
        over.set()
        assert await loading > 0
        assert proxy.envoy == envoy
        for agent in (proxy.canary, proxy.stable):
            agent.finish_streams.set()
        assert (await stream).body.endswith(b"[DONE]\n\n")
        assert await proxy.stop() == 0


async def test_asked_to_end_it_lets_streams_end(tmp_path: Path) -> None:
    async with world(tmp_path) as proxy:
        await proxy.router().set_canary_weight(100, canary=CANARY, stable=STABLE)
        stream = asyncio.ensure_future(proxy.client().ask("/stream"))
        await proxy.logged(1, "start")
        ending = asyncio.ensure_future(proxy.stop())
        while True:
            try:
                await proxy.client().ask()
            except OSError:
                break
        assert not stream.done()
        proxy.canary.finish_streams.set()
        assert (await stream).body.endswith(b"[DONE]\n\n")
        assert await ending == 0


async def test_a_second_proxy_on_the_folder_and_one_on_the_port_are_refused_in_a_line(tmp_path: Path) -> None:
    async with world(tmp_path) as proxy:
        assert proxy.process is not None
        code, said = await second_proxy(proxy, "-e", "local")
        assert code == 2
        assert "E3101" in said
        assert f"process {proxy.process.pid}" in said
        code, said = await second_proxy(proxy, "-e", "staging")
        assert code == 2
        assert "E3102" in said
        assert str(proxy.port) in said


async def test_a_broken_split_starts_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as proxy:
        await proxy.stop()
        (proxy.proxy_folder / "split.json").write_text('{"version": 1, "percent": 500}')
        code, said = await second_proxy(proxy, "-e", "local")
        assert code == 3
        assert "E3105" in said
        assert "split.json" in said


async def test_a_request_that_may_have_had_effects_is_never_sent_twice(tmp_path: Path) -> None:
    async with world(tmp_path) as proxy:
        await proxy.router().set_canary_weight(100, canary=CANARY, stable=STABLE)
        reply = await proxy.client().ask("/cut", method="POST")
        assert reply.status == 503
        assert proxy.canary.requests == 1
        [line] = await proxy.logged(1)
        assert (line["attempts"], line["flags"]) == (1, "UC")


async def test_an_answer_that_does_not_begin_in_time_is_given_up_once(tmp_path: Path) -> None:
    async with world(tmp_path, "  first_byte_timeout: 1s\n") as proxy:
        from dataclasses import replace
        from datetime import timedelta

        proxy.options = replace(proxy.options, first_byte_timeout=timedelta(seconds=1))
        await proxy.router().set_canary_weight(100, canary=CANARY, stable=STABLE)
        streaming = asyncio.ensure_future(proxy.client().ask("/stream"))
        reply = await proxy.client().ask("/silent", method="POST")
        assert (reply.status, proxy.canary.sessions.total()) == (504, 2)
        proxy.canary.finish_streams.set()
        assert (await streaming).body.endswith(b"[DONE]\n\n")


async def test_huge_headers_are_refused(tmp_path: Path) -> None:
    async with world(tmp_path) as proxy:
        await proxy.router().set_canary_weight(0, canary=CANARY, stable=STABLE)
        assert (await proxy.client().ask(**{"x-big": "y" * 40_000})).status == 431
        assert (await proxy.client().ask(**{f"x-{number}": "1" for number in range(150)})).status == 431
        assert proxy.stable.requests == 0


async def test_slow_clients_are_refused(tmp_path: Path) -> None:
    async with world(tmp_path, "  request_timeout: 1s\n") as proxy:
        await proxy.router().set_canary_weight(0, canary=CANARY, stable=STABLE)
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nx")
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()
        await writer.wait_closed()


async def test_connections_beyond_the_limit_are_refused_and_the_others_served(tmp_path: Path) -> None:
    async with world(tmp_path, "  max_connections: 3\n") as proxy:
        await proxy.router().set_canary_weight(0, canary=CANARY, stable=STABLE)
        clients = [proxy.client() for _ in range(3)]
        for client in clients:
            assert (await client.ask()).status == 200
        with pytest.raises((OSError, EOFError)):
            await proxy.client().ask()
        assert (await clients[0].ask()).status == 200


async def test_without_a_controller_the_canary_gives_its_traffic_back(tmp_path: Path) -> None:
    async with world(tmp_path, "  dead_man: 2s\n") as proxy:
        router, client = proxy.router(), proxy.client()
        await router.set_canary_weight(50, canary=CANARY, stable=STABLE)
        await router.view()
        said = await proxy.until_said("DEAD-MAN SWITCH")
        assert CANARY in said
        assert "50 %" in said
        view = await router.view()
        assert (view.canary_percent, view.acknowledged, view.pinned_canary_sessions) == (0, True, 0)
        assert "watchdog" in view.foreign_change
        assert (await client.ask()).release == STABLE
        await router.set_canary_weight(50, canary=CANARY, stable=STABLE)
        assert (await router.view()).foreign_change == ""


async def test_the_emergency_path_works_while_no_file_can_be_written(tmp_path: Path) -> None:
    async with world(tmp_path) as proxy:
        router = proxy.router()
        await router.set_canary_weight(50, canary=CANARY, stable=STABLE)
        (proxy.proxy_folder / "split.json").unlink()
        (proxy.proxy_folder / "split.json").mkdir()
        with pytest.raises(Exception, match=r"split\.json"):
            await router.set_canary_weight(0, canary=CANARY, stable=STABLE)
        (proxy.proxy_folder / "split.json").rmdir()
        await router.set_canary_weight(0, canary=CANARY, stable=STABLE, second_path=True, sessions=SessionsOnRollback.BREAK)
        assert (await router.view()).canary_percent == 0


async def test_what_somebody_else_changes_is_seen(tmp_path: Path) -> None:
    async with world(tmp_path) as proxy:
        router = proxy.router()
        await router.set_canary_weight(50, canary=CANARY, stable=STABLE)
        file = proxy.proxy_folder / "xds" / "rds.json"
        routes = json.loads(file.read_text())
        routes["version_info"] = "mine"
        weighted = next(
            each["route"] for each in routes["resources"][0]["virtual_hosts"][0]["routes"] if "weighted_clusters" in each.get("route", {})
        )
        weighted["weighted_clusters"]["clusters"][0]["weight"] = 900
        weighted["weighted_clusters"]["clusters"][1]["weight"] = 100
        (file.parent / "new").write_text(json.dumps(routes))
        (file.parent / "new").replace(file)
        async with asyncio.timeout(10):
            while (view := await router.view()).acknowledged:
                await asyncio.sleep(0.01)
        assert view.foreign_change == "somebody else has changed the routes (xds/rds.json)"
        await router.set_canary_weight(50, canary=CANARY, stable=STABLE)
        assert ((await router.view()).foreign_change, (await router.view()).canary_percent) == ("", 50)


async def test_without_a_proxy_the_split_is_kept_for_it_and_cannot_be_read_back(tmp_path: Path) -> None:
    async with world(tmp_path) as proxy:
        await proxy.stop()
        router = proxy.router()
        await router.set_canary_weight(100, canary=CANARY, stable=STABLE)
        with pytest.raises(RouterUnreachable):
            await router.view()
        await proxy.start()
        assert (await router.view()).canary_percent == 100
        assert (await proxy.client().ask()).release == CANARY


async def test_the_folder_and_the_socket_are_its_users_alone(tmp_path: Path) -> None:
    async with world(tmp_path) as proxy:
        await proxy.router().set_canary_weight(50, canary=CANARY, stable=STABLE)
        await proxy.router().view()
        everything = [proxy.proxy_folder, *proxy.proxy_folder.rglob("*"), proxy.access, *proxy.access.rglob("*")]
        assert [str(path) for path in everything if path.stat().st_mode & 0o077] == []
