"""A line of a recording: what is written can be read, is readable, follows its schema, and is not trusted."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from goldfinch.adapters.cassettes.format import LineInvalid, exchange_of, exchange_schema, line_of, open_for_reading
from goldfinch.core.wire.exchanges import GivenReply, SentRequest

REQUEST = SentRequest("POST", "${OPENAI_BASE_URL}/chat/completions", (("accept", "*/*"),), '{"a":"é","n":[1,2.5]}'.encode())
REPLY = GivenReply(200, (("content-type", "text/event-stream"),), (b"data: 1\n\n", b"\xff\x00", "é".encode()))


def line(**changes: Any) -> bytes:
    value = json.loads(line_of("run-1", 7, "2026-11-24T09:00:00.000Z", REQUEST, REPLY))
    for path, content in changes.items():
        *parents, last = path.split("__")
        inner = value
        for name in parents:
            inner = inner[name]
        inner[last] = content
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (REQUEST, REPLY),
        (SentRequest("GET", "https://a.example/"), GivenReply(429, (("retry-after", "2"),), (b'{"error": "x"}',))),
        (SentRequest("POST", "https://a.example/", (), b"\x00\xff"), GivenReply(500, (), (b"cut",), ended=False)),
        (SentRequest("POST", "https://a.example/", (), b'{"half":"\\ud83d"}'), GivenReply(200, (), (b"\xef\xbb\xbf",))),
        (SentRequest("POST", "https://a.example/", (), b'{"n":' + b"9" * 40 + b"}"), GivenReply(204)),
        (SentRequest("POST", "https://a.example/", (), b'{ "not": "canonical" }'), GivenReply(200)),
    ],
)
def test_what_is_written_is_read_again(request_: SentRequest, reply: GivenReply) -> None:
    written = line_of("run-1", 7, "2026-11-24T09:00:00.000Z", request_, reply)
    read = exchange_of(written)
    assert (read.recording, read.sequence, read.request, read.reply) == ("run-1", 7, request_, reply)
    assert written.count(b"\n") == 1
    Draft202012Validator(exchange_schema()).validate(json.loads(written))


def test_a_person_can_read_it() -> None:
    assert '"body":{"json":{"a":"é","n":[1,2.5]}}' in line_of("r", 1, "t", REQUEST, REPLY).decode()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"schema_version": 2}, "upgrade goldfinch-ci"),
        ({"reply__status": 101}, "status 101"),
        ({"reply__status": 99999}, "status 99999"),
        ({"reply__body": [{"base64": "!!"}]}, "a body that cannot be read"),
        ({"reply__headers": {"content-type": "x\r\nset-cookie: a"}}, "a header that no service sends"),
        ({"request__headers": {"a b": "x"}}, "a header that no service sends"),
        ({"reply__body": [{"file": "/etc/passwd"}]}, "unknown field"),
        ({"request": 5}, "no exchange"),
    ],
)
def test_a_line_that_is_no_exchange_says_why(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(LineInvalid, match=why):
        exchange_of(line(**changes))


def test_a_recording_cannot_bring_in_headers_that_are_not_recorded() -> None:
    read = exchange_of(line(reply__headers={"Set-Cookie": "a=b", "Location": "http://evil.example", "Content-Type": "text/plain"}))
    assert read.reply.headers == (("content-type", "text/plain"),)


def test_no_link_is_followed_and_no_pipe_waited_for(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
            open_for_reading(tmp_path / name)
