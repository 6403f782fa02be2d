"""The receiver beside a rollout in the foreground: the doors and the sign-in are those of the server."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from goldfinch.bootstrap.access_tokens import access_tokens
from goldfinch.bootstrap.serving import Engine
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.testing.rollout_log import FakeRolloutLog
from goldfinch.web.receiving import receiving
from tests.received_spans import World


def loaded_in(folder: Path, host: str) -> LoadedSettings:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    file = folder / "goldfinch.yaml"
    file.write_text(f"service: shop\nserve: {{listen: '{host}:{port}'}}\n")
    return load_settings(file)


@pytest.fixture(params=["0.0.0.0", "127.0.0.1"])
def loaded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LoadedSettings]:
    world, found = World(), loaded_in(tmp_path, request.param)
    live = SimpleNamespace(intake=lambda: world.intake, tell=world.tell)
    with receiving(found, cast(Engine, SimpleNamespace(live=live, log=FakeRolloutLog()))):
        yield found


def status(loaded: LoadedSettings, **headers: str) -> int:
    port = int(loaded.settings.serve.listen.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/v1/traces", b"{}", {"Content-Type": "application/json", **headers})
        return connection.getresponse().status
    finally:
        connection.close()


def test_where_others_reach_it_the_senders_token_is_needed(loaded: LoadedSettings) -> None:
    is_open = loaded.settings.serve.listen.startswith("0.0.0.0")
    sender: dict[str, Any] = {"Authorization": f"Bearer {access_tokens(loaded.folder).sender}"}
    assert status(loaded) == (401 if is_open else 200)
    assert status(loaded, **sender) == 200


def test_another_name_and_a_foreign_page_are_refused(loaded: LoadedSettings) -> None:
    assert status(loaded, Host="rebound.example") == 421
    assert status(loaded, Origin="https://elsewhere.example") == 403
