"""Probe sessions as a process that drives rollouts wires them: what is said at once, and what reaches the proxy."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from goldfinch.bootstrap.probing import probe_sessions
from goldfinch.bootstrap.rollout_folder import RolloutFolder
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.core.errors import ConfigurationError, UsageError
from goldfinch.core.health.events import PROBE_SCORE, TurnNote
from goldfinch.core.health.metrics import Arm
from goldfinch.core.rollout.arms import arm_token
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import Phase, RolloutState

KEY = b"k" * 32
BAKING = RolloutState(Phase.PROGRESSING, weight_percent=10, verified_weight_percent=10)
ROLLOUT = Rollout("r1", "support", "production", "new", "old", RolloutPlan(), BAKING, datetime(2026, 1, 1, tzinfo=UTC), "ada")
SETTINGS = """
scorers: [must_include]
proxy: {{listen: "0.0.0.0:{port}"}}
live:
  probes:
    dataset: cases.jsonl
    per_minute: 600
    agent: {{kind: http, url: "http://localhost/ask", body: {{say: "{{{{ input }}}}"}}, text_path: answer}}
"""


@dataclass
class Notes:
    kept: list[TurnNote] = field(default_factory=list)

    def add(self, notes: Iterable[TurnNote]) -> None:
        self.kept += notes


@dataclass
class Proxy:
    """Serves the arm whose token comes, as Envoy does."""

    port: int = 0
    headers: list[dict[str, str]] = field(default_factory=list)

    async def ask(self, request: web.Request) -> web.Response:
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        release = "new" if request.headers["x-goldfinch-arm"] == arm_token(KEY, "r1", Arm.CANARY) else "old"
        return web.json_response({"answer": "Ada"}, headers={"x-goldfinch-release": release})


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    proxy, app = Proxy(), web.Application()
    app.router.add_post("/ask", proxy.ask)
    runner = web.AppRunner(app)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    proxy.port = listening.getsockname()[1]
    await web.SockSite(runner, listening).start()
    yield proxy
    await runner.cleanup()


def loaded(folder: Path, port: int = 9, text: str = SETTINGS) -> LoadedSettings:
    (folder / "goldfinch.yaml").write_text(text.format(port=port))
    (folder / "cases.jsonl").write_text(json.dumps({"id": "c", "input": "Who am I?", "expected": {"must_include": ["Ada"]}}))
    return load_settings(folder / "goldfinch.yaml")


async def test_both_arms_are_reached_through_the_proxy_by_their_tokens(proxy: Proxy, tmp_path: Path) -> None:
    folder, notes, said = RolloutFolder(tmp_path / "rollout"), Notes(), list[str]()
    folder.proxy.mkdir(parents=True)
    (folder.proxy / "key").write_bytes(KEY)
    probes = probe_sessions(loaded(tmp_path, proxy.port), folder, current=lambda: ROLLOUT, notes=notes, say=said.append)
    assert probes is not None
    task = asyncio.create_task(probes.run())
    async with asyncio.timeout(10):
        while len(notes.kept) < 2:
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert said == []
    assert {(note.arm, (note.scores or {})[PROBE_SCORE], note.probe) for note in notes.kept[:2]} == {
        (Arm.CANARY, 1.0, True),
        (Arm.STABLE, 1.0, True),
    }
    assert {headers["x-goldfinch-probe"] for headers in proxy.headers} == {arm_token(KEY, "r1", "probe")}
    assert {headers["x-session-id"] for headers in proxy.headers[:2]} == {note.session for note in notes.kept[:2]}


async def test_without_a_dataset_there_are_no_probes(tmp_path: Path) -> None:
    settings = loaded(tmp_path, text="service: support\n")
    assert probe_sessions(settings, RolloutFolder(tmp_path), current=lambda: None, notes=Notes(), say=print) is None


async def test_what_could_never_be_probed_is_said_before_a_rollout_begins(tmp_path: Path) -> None:
    no_way = "live: {{probes: {{dataset: cases.jsonl}}}}\n"
    with pytest.raises(ConfigurationError, match="no setting says how"):
        probe_sessions(loaded(tmp_path, text=no_way), RolloutFolder(tmp_path), current=lambda: None, notes=Notes(), say=print)
    no_case = SETTINGS.replace("per_minute: 600", "tags: [none]")
    with pytest.raises(UsageError, match="no case fits"):
        probe_sessions(loaded(tmp_path, text=no_case), RolloutFolder(tmp_path), current=lambda: None, notes=Notes(), say=print)


async def test_a_key_that_is_not_there_yet_is_said_and_waited_for(tmp_path: Path) -> None:
    said = list[str]()
    probes = probe_sessions(loaded(tmp_path), RolloutFolder(tmp_path / "none"), current=lambda: ROLLOUT, notes=Notes(), say=said.append)
    assert probes is not None
    task = asyncio.create_task(probes.run())
    async with asyncio.timeout(10):
        while not said:
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert said[0].startswith("probe sessions wait: ")
    assert "no key of the proxy" in said[0]
