"""The small model as `llm_provider: local` starts it: a real server in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from src.config import Config
from src.domain import ModelRequest, Task
from src.models import local_server
from src.models.openai_compatible import ChatModel
from src.models.replies import ModelFailed, UnusableReply


@pytest.fixture
def _installed() -> Iterator[None]:
    try:
        local_server.weights()
    except ModelFailed as missing:
        pytest.skip(str(missing))
    yield
    local_server.stop()


@pytest.mark.usefixtures("_installed")
async def test_a_real_small_model_replies_or_its_reply_is_named_and_one_server_serves_all() -> None:
    model = ChatModel(Config(llm_provider="local", test_mode=True))

    try:
        reply = await model.generate(ModelRequest("write", Task("Say hello."), max_tokens=700))
    except UnusableReply as rubbish:
        assert rubbish.usage is not None
        assert rubbish.usage.total > 0
    else:
        assert reply["usage"]["output_tokens"] > 0
    first = local_server.running()
    assert local_server.running() is first

    first.stop()
    assert not first.is_alive


def test_a_server_that_does_not_start_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_server, "weights", lambda: None)
    real = subprocess.Popen
    monkeypatch.setattr(local_server.subprocess, "Popen", lambda _, **how: real([sys.executable, "-c", "print('no')"], **how))

    with pytest.raises(ModelFailed, match="did not start"):
        local_server.running()


def test_a_server_that_hangs_is_killed() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    server = local_server.LocalServer(process, "http://127.0.0.1:1/v1")

    def impatient(timeout: float | None = None) -> int:
        if timeout is not None:
            raise subprocess.TimeoutExpired("server", timeout)
        return real_wait()

    real_wait = process.wait
    process.wait = impatient  # type: ignore[method-assign]
    server.stop()

    assert not server.is_alive
