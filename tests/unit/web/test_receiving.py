"""The receiver beside a rollout in the foreground stands behind the same doors as the one of the server: its spans are evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldfinch.bootstrap.access_tokens import access_tokens
from goldfinch.bootstrap.ingest import DECODERS
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.web.otlp import OtlpReceiver
from goldfinch.web.receiving import guarded
from tests.asgi_client import ask
from tests.received_spans import World

SPANS = {"content-type": "application/json"}


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedSettings:
    (tmp_path / "goldfinch.yaml").write_text("service: demo\n")
    return load_settings(tmp_path / "goldfinch.yaml")


async def posted(loaded: LoadedSettings, listens_on: str, *, host: str, token: str = "") -> int:
    world = World()
    receiver = OtlpReceiver(world.intake, DECODERS, tell=world.tell)
    headers = {**SPANS, **({"authorization": f"Bearer {token}"} if token else {})}
    app = guarded(receiver, loaded, listens_on, lambda _: None)
    status = (await ask(app, "POST", "/v1/traces", headers=headers, body=b"{}", host=host)).status
    await receiver.close()
    return status


async def test_on_this_machine_alone_no_token_is_asked_for(loaded: LoadedSettings) -> None:
    assert await posted(loaded, "127.0.0.1", host="127.0.0.1:4318") == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:4318", "169.254.169.254"])
async def test_a_page_whose_name_was_pointed_at_this_machine_is_refused(loaded: LoadedSettings, host: str) -> None:
    assert await posted(loaded, "127.0.0.1", host=host) == 421


async def test_where_others_reach_it_spans_need_the_senders_token(loaded: LoadedSettings) -> None:
    tokens = access_tokens(loaded.folder)
    assert await posted(loaded, "0.0.0.0", host="127.0.0.1") == 401
    assert await posted(loaded, "0.0.0.0", host="127.0.0.1", token=tokens.viewer) == 401
    assert await posted(loaded, "0.0.0.0", host="127.0.0.1", token=tokens.sender) == 200
