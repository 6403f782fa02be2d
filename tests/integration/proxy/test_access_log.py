"""What the proxy writes of each request, and how its files follow one another."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldfinch.testing.traffic_router_contract import CANARY, STABLE
from tests.envoy_world import world

MEMBERS = {
    "type", "time", "duration_ms", "request_id", "session", "minted", "pinned", "release", "status", "flags", "method", "path", "bytes",
    "attempts", "probe", "details",
}  # fmt: skip


async def test_a_line_when_a_request_begins_and_one_when_it_has_ended(tmp_path: Path) -> None:
    async with world(tmp_path) as proxy:
        await proxy.router().set_canary_weight(100, canary=CANARY, stable=STABLE)
        client = proxy.client()
        first = await client.ask("/a?secret=1", method="POST")
        await client.ask("/b", **{"x-session-id": first.headers["x-session-id"]})
        ends, starts = await proxy.logged(2), await proxy.logged(2, "start")
    assert all(set(line) == MEMBERS for line in (*ends, *starts))
    assert [(line["path"], line["minted"], line["pinned"], line["status"], line["attempts"]) for line in ends] == [
        ("/a", True, False, 200, 1), ("/b", False, True, 200, 1),
    ]  # fmt: skip
    assert [line["release"] for line in starts] == [CANARY, CANARY]
    assert [line["request_id"] for line in starts] == [line["request_id"] for line in ends]
    assert len({line["session"] for line in (*starts, *ends)}) == 1


async def test_a_request_under_way_has_its_first_line(tmp_path: Path) -> None:
    async with world(tmp_path) as proxy:
        await proxy.router().set_canary_weight(100, canary=CANARY, stable=STABLE)
        reader = proxy.client()
        import asyncio

        stream = asyncio.ensure_future(reader.ask("/stream"))
        [line] = await proxy.logged(1, "start")
        assert (line["release"], line["path"]) == (CANARY, "/stream")
        assert (await proxy.router().view()).canary_in_flight == 1
        proxy.canary.finish_streams.set()
        assert (await stream).body.endswith(b"[DONE]\n\n")


async def test_a_full_file_gets_its_number_and_no_line_is_lost(tmp_path: Path) -> None:
    async with world(tmp_path, "  access_log_mb: 1\n") as proxy:
        await proxy.router().set_canary_weight(0, canary=CANARY, stable=STABLE)
        client, asked = proxy.client(), 0
        path = "/" + "x" * 400
        while not list(proxy.access.glob("access-*.jsonl")):
            await client.ask(path)
            asked += 1
            assert asked < 5000
        for _ in range(10):
            await client.ask(path)
        assert len(await proxy.logged(asked + 10)) == asked + 10
        assert (proxy.access / "access-000001.jsonl").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("header", ["x-envoy-retry-on", "x-envoy-upstream-rq-timeout-ms"])
async def test_nobody_outside_gives_orders_to_the_proxy(tmp_path: Path, header: str) -> None:
    async with world(tmp_path) as proxy:
        await proxy.router().set_canary_weight(0, canary=CANARY, stable=STABLE)
        reply = await proxy.client().ask(**{header: "5xx", "x-request-id": "forged"})
        assert header not in reply.seen["headers"]
        [line] = await proxy.logged(1)
        assert line["request_id"] != "forged"
