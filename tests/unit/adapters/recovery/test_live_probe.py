"""Live requests through the proxy's door: marked, pinned where asked, and never taken for an answer that nobody gave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from goldfinch.adapters.recovery.live_probe import HttpLiveProbe
from goldfinch.core.recovery.failures import NoLiveAnswer
from goldfinch.core.rollout.arms import ARM_HEADER, PROBE_HEADER, RELEASE_HEADER, arm_token

KEY = b"k" * 32


@asynccontextmanager
async def door(seen: list[dict[str, str]], answer: Callable[[], web.Response]) -> AsyncIterator[str]:
    async def handle(request: web.Request) -> web.Response:
        seen.append(dict(request.headers))
        return answer()

    app = web.Application()
    app.router.add_get("/health/ready", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/health/ready"
    finally:
        await runner.cleanup()


def served() -> web.Response:
    return web.Response(headers={RELEASE_HEADER: "rel_a"}, status=200)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_bytes(KEY)
    return path


def test_it_says_who_answered_and_counts_for_nothing(key: Path) -> None:
    seen: list[dict[str, str]] = []

    async def main() -> None:
        async with door(seen, served) as url:
            probe = HttpLiveProbe(url, key, latest=lambda: "ro_latest")
            assert (await probe.ask("ro_1")).release == "rel_a"
            await probe.ask("ro_1", pinned_to="canary")
            await probe.ask("")

    asyncio.run(main())
    assert [headers.get(PROBE_HEADER) for headers in seen] == [
        arm_token(KEY, "ro_1", "probe"),
        arm_token(KEY, "ro_1", "probe"),
        arm_token(KEY, "ro_latest", "probe"),
    ]
    assert [headers.get(ARM_HEADER) for headers in seen] == [None, arm_token(KEY, "ro_1", "canary"), None]


def test_without_a_key_it_is_an_ordinary_session(tmp_path: Path) -> None:
    seen: list[dict[str, str]] = []

    async def main() -> None:
        async with door(seen, served) as url:
            await HttpLiveProbe(url, tmp_path / "none").ask("ro_1", pinned_to="canary")

    asyncio.run(main())
    assert PROBE_HEADER not in seen[0]
    assert ARM_HEADER not in seen[0]


def test_an_answer_of_the_proxy_itself_names_no_release(key: Path) -> None:
    async def main() -> None:
        async with door([], lambda: web.Response(status=503)) as url:
            answer = await HttpLiveProbe(url, key).ask("ro_1")
            assert (answer.release, answer.status) == ("", 503)

    asyncio.run(main())


def test_nobody_listens(key: Path) -> None:
    with pytest.raises(NoLiveAnswer, match="does goldfinch proxy run"):
        asyncio.run(HttpLiveProbe("http://127.0.0.1:1/health", key).ask("ro_1"))


def test_a_door_that_never_answers(key: Path) -> None:
    async def main() -> None:
        over = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await over.wait()
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            try:
                await HttpLiveProbe(f"http://127.0.0.1:{port}/", key, timeout_s=0.05).ask("ro_1")
            finally:
                over.set()
                await asyncio.sleep(0)

    with pytest.raises(NoLiveAnswer, match="no answer within"):
        asyncio.run(main())
