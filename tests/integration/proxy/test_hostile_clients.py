"""Clients that mean harm, before the real Envoy: what they send is refused, or counts for no release."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path

import pytest

from goldfinch.core.live.access_line import read_access_line
from goldfinch.testing.traffic_router_contract import CANARY, STABLE
from tests.envoy_world import World, world


async def said(port: int, request: bytes) -> bytes:
    """What comes back until the proxy closes the connection, or half a second is over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    found = b""
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(0.5):
            while piece := await reader.read(65536):
                found += piece
    writer.close()
    return found


async def the_only_line(proxy: World) -> bytes:
    [line] = await proxy.logged(1)
    return json.dumps(line).encode()


@pytest.mark.parametrize("second", [b"bb", b"b\xff"])
async def test_two_headers_of_a_session_are_refused_also_where_one_is_no_text(tmp_path: Path, second: bytes) -> None:
    async with world(tmp_path) as proxy:
        await proxy.router().set_canary_weight(50, canary=CANARY, stable=STABLE)
        answer = await said(proxy.port, b"GET / HTTP/1.1\r\nhost: a\r\nx-session-id: aa\r\nx-session-id: " + second + b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert proxy.canary.requests + proxy.stable.requests == 0
        assert read_access_line(await the_only_line(proxy)).release is None


@pytest.mark.parametrize("name", ["x_session_id", "X-Session_Id", "x_session-id"])
async def test_no_agent_is_told_another_session_by_a_header_with_underscores(tmp_path: Path, name: str) -> None:
    async with world(tmp_path) as proxy:
        await proxy.router().set_canary_weight(50, canary=CANARY, stable=STABLE)
        answer = await said(proxy.port, f"GET / HTTP/1.1\r\nhost: a\r\nx-session-id: mine\r\n{name}: forged\r\n\r\n".encode())
    seen = json.loads(answer.partition(b"\r\n\r\n")[2])["headers"]
    assert seen["x-session-id"] == "mine"
    assert "forged" not in seen.values()


async def test_a_protocol_that_is_not_spoken_makes_no_release_look_well(tmp_path: Path) -> None:
    async with world(tmp_path) as proxy:
        await proxy.router().set_canary_weight(100, canary=CANARY, stable=STABLE)
        answer = await said(proxy.port, b"GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert proxy.canary.requests == 0
        assert read_access_line(await the_only_line(proxy)).release is None


async def test_a_request_that_never_comes_whole_says_nothing_of_a_release(tmp_path: Path) -> None:
    async with world(tmp_path, "  request_timeout: 1s\n") as proxy:
        await proxy.router().set_canary_weight(100, canary=CANARY, stable=STABLE)
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc")
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        writer.close()
        assert read_access_line(await the_only_line(proxy)).release is None
