"""What tells people keeps the notifier's contract."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from goldfinch.adapters.notify.both import EveryNotifier
from goldfinch.adapters.notify.log import LogNotifier
from goldfinch.adapters.notify.webhook import Webhook
from goldfinch.core.errors import GoldfinchError, InfrastructureError
from goldfinch.core.rollout.commands import Notify, Urgency
from goldfinch.ports.notifier import Notifier
from goldfinch.testing.notifier import FakeNotifier
from goldfinch.testing.notifier_contract import NotifierContract
from goldfinch.testing.rollout_log import FakeRolloutLog


class Listener:
    """A server that keeps what is posted to it."""

    def __init__(self) -> None:
        self.posted: list[str] = []
        self.status = 204
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                listener.posted.append(body.decode())
                self.send_response(listener.status)
                self.send_header("location", "http://127.0.0.1:1/")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/secret-path"


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.server.shutdown()
    found.server.server_close()


class TestLogNotifier(NotifierContract):
    def open_notifier(self) -> Notifier:
        self.log = FakeRolloutLog()
        return LogNotifier(self.log)

    def heard(self) -> list[str]:
        return [json.dumps(facts) for facts in self.log.of("rollout.notify")]


class TestWebhook(NotifierContract):
    @pytest.fixture(autouse=True)
    def _listens(self, listener: Listener) -> None:
        self.listener = listener

    def open_notifier(self) -> Notifier:
        return Webhook(self.listener.url, allow_private=True)

    def heard(self) -> list[str]:
        return self.listener.posted


class TestEveryNotifier(NotifierContract):
    def open_notifier(self) -> Notifier:
        self.fake = FakeNotifier()
        return EveryNotifier(LogNotifier(FakeRolloutLog()), self.fake)

    def heard(self) -> list[str]:
        return [f"{rollout} {message.urgency} {message.text}" for rollout, message in self.fake.told]


MESSAGE = Notify(Urgency.PAGE, "rolling back")


async def test_a_webhook_is_not_called_at_a_private_address(listener: Listener) -> None:
    with pytest.raises(GoldfinchError, match="private or loopback") as refused:
        await Webhook(listener.url).tell("ro_1", MESSAGE)
    assert refused.value.code == "E3621"
    assert not listener.posted
    assert "secret-path" not in str(refused.value)


async def test_a_name_that_leads_to_the_cloud_metadata_is_refused_even_where_private_addresses_are_allowed() -> None:
    webhook = Webhook("http://good.example/", allow_private=True, resolve=lambda *_: [(2, 1, 6, "", ("169.254.169.254", 80))])
    with pytest.raises(GoldfinchError, match="metadata"):
        await webhook.tell("ro_1", MESSAGE)


async def test_a_redirect_is_an_answer_and_not_followed(listener: Listener) -> None:
    listener.status = 302
    with pytest.raises(InfrastructureError, match="answers 302"):
        await Webhook(listener.url, allow_private=True).tell("ro_1", MESSAGE)


async def test_a_server_that_answers_a_byte_at_a_time_holds_nobody_for_longer_than_the_limit() -> None:
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                while not done.wait(0.05):
                    connection.sendall(b"H")

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        webhook = Webhook(f"http://127.0.0.1:{server.getsockname()[1]}/", allow_private=True, timeout_s=0.5)
        try:
            with pytest.raises(InfrastructureError, match="does not answer"):
                await asyncio.wait_for(webhook.tell("ro_1", MESSAGE), 20)
        finally:
            done.set()
            thread.join()


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".example"])
async def test_a_host_that_can_be_no_name_is_refused_in_words(host: str) -> None:
    with pytest.raises(GoldfinchError, match="is no name of a host"):
        await Webhook(f"http://{host}/").tell("ro_1", MESSAGE)


@pytest.mark.parametrize("url", ["ftp://x/", "file:///etc/passwd", "http://", "http://a:b@host/", "http://host:port/", "nothing"])
def test_what_is_no_http_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(GoldfinchError) as refused:
        Webhook(url)
    assert refused.value.code == "E3621"


async def test_one_way_that_fails_keeps_no_other_from_telling() -> None:
    broken, working = FakeNotifier(), FakeNotifier()
    broken.failing = "pager down"
    with pytest.raises(InfrastructureError, match="pager down"):
        await EveryNotifier(broken, working).tell("ro_1", MESSAGE)
    assert working.told == [("ro_1", MESSAGE)]
