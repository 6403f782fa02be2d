"""Whatever bytes a recording holds, its reader gives exchanges that hold what they promise, or one of our errors; scrubbing never fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import strategies as st

from goldfinch.adapters.cassettes.format import FILE, LineInvalid, exchange_of, line_of
from goldfinch.adapters.cassettes.replaying import Replaying
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.redaction import Redactor
from goldfinch.core.wire.exchanges import GivenReply, Matching, Scrubber, SentRequest, request_key
from goldfinch.core.wire.misses import miss_line
from goldfinch.ports.exchanges import NotRecorded

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]

SECRET = 'pa"ss\\wörd/4711'
SCRUBBER = Scrubber(Redactor([SECRET]))
SCRUBBED = SCRUBBER.request("POST", "https://a.example/v1", {"Accept": "*/*"}, b'{"a":[1,{"b":"c"}]}')
LINES = line_of("r", 1, "t", SCRUBBED, GivenReply(200, (("content-type", "text/event-stream"),), (b"data: 1\n\n", b"\xff"))) + line_of(
    "r", 2, "t", SentRequest("GET", "https://a.example/"), GivenReply(429, (("retry-after", "1"),), (b"{}",), ended=False)
)
PIECES = [
    *(b"\x00", b"\xff", b"\n", b"\r\n", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"true", b"NaN", b"-1", b"1e999"),
    *(b"9" * 400, b"[" * 3_000, b'{"a":' * 3_000, b'"status":', b'"base64":"===="', b'"text":"\\ud83d"', b'"headers":{"a":"\\r\\n"}'),
    *(b'"ended":0', b'"schema_version":9', b'"../../../etc/passwd"', b"\xf0\x9f\xa6\x9c"),
]


@st.composite
def changed(draw: st.DrawFn, valid: bytes) -> bytes:
    content = valid
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(content)))
        stop = start + draw(st.sampled_from([0, 0, 0, 1, 2, 5, 40]))
        content = content[:start] + draw(st.one_of(st.sampled_from([b"", *PIECES]), st.binary(max_size=4))) + content[stop:]
    return content


def test_a_reader_gives_sound_exchanges_or_one_clear_error(fuzz: Fuzz, tmp_path: Path) -> None:
    @fuzz(
        600, st.one_of(changed(LINES), changed(LINES), st.lists(st.sampled_from(PIECES), max_size=9).map(b"".join), st.binary(max_size=60))
    )
    def _(content: bytes) -> None:
        (tmp_path / FILE).write_bytes(content)
        replaying = opened(tmp_path)
        if isinstance(replaying, ConfigurationError):
            assert replaying.code in ("E2002", "E2003")
            assert len(str(replaying).splitlines()) == 1
            return
        with closing(replaying):
            for reply in (recalled(replaying, "POST", b'{"a":[1,{"b":"c"}]}'), recalled(replaying, "GET", b"")):
                if isinstance(reply, str):
                    assert len(reply.splitlines()) == 1
                    continue
                assert 200 <= reply.status <= 599
                assert all(isinstance(chunk, bytes) for chunk in reply.chunks)
                assert all("\r" not in value and "\n" not in value for _, value in reply.headers)


def opened(folder: Path) -> Replaying | ConfigurationError:
    try:
        return Replaying(folder, SCRUBBER, Matching(ignore_body=("a.1.b",)))
    except ConfigurationError as error:
        return error


def recalled(replaying: Replaying, method: str, body: bytes) -> GivenReply | str:
    try:
        return replaying.recall(replaying.asked(method, "https://a.example/v1" if body else "https://a.example/", {}, body))
    except NotRecorded as miss:
        return str(miss)


def test_every_cut_of_a_recording_keeps_the_whole_lines_before_it(tmp_path: Path) -> None:
    first = LINES.index(b"\n") + 1
    for end in range(first, len(LINES)):
        (tmp_path / FILE).write_bytes(LINES[:end])
        with closing(Replaying(tmp_path, SCRUBBER, Matching())) as replaying:
            assert replaying.recall(replaying.asked("POST", "https://a.example/v1", {}, b'{"a":[1,{"b":"c"}]}')).status == 200


def test_any_exchange_is_scrubbed_written_and_read_again_as_it_was(fuzz: Fuzz) -> None:
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=8,
    )
    bodies = st.one_of(
        st.binary(max_size=80),
        st.lists(st.sampled_from([SECRET.encode(), *PIECES, b'{"k": "', b'"}', b"data: ", b"\n\n"]), max_size=8).map(b"".join),
        values.map(lambda value: json.dumps(value).encode()),
    )

    @fuzz(800, bodies, st.lists(bodies, max_size=4), st.booleans())
    def _(body: bytes, chunks: list[bytes], is_stream: bool) -> None:
        request = SCRUBBER.request("post", "https://A.example:443/v1?b=1", {"accept": "x"}, body)
        content_type = "text/event-stream" if is_stream else "application/json"
        reply = SCRUBBER.reply(200, [("Content-Type", content_type)], chunks)
        line = line_of("r", 1, "t", request, reply)
        assert json.dumps(SECRET)[1:-1].encode() not in line
        read = exchange_of(line)
        assert (read.request, read.reply.body) == (request, reply.body)
        assert request_key(read.request, Matching()) == request_key(request, Matching())
        again = SCRUBBER.request("post", "https://a.example/v1?b=1", {}, request.body)
        assert request_key(again, Matching()) == request_key(request, Matching())
        assert miss_line(request, [read.request, SCRUBBED], Matching()).isprintable()


@pytest.mark.parametrize("bomb", [b"[" * 1_000_000, b'{"a":' * 500_000, b'{"reply":{"status":' + b"9" * 1_000_000 + b"}}"])
def test_a_bomb_is_refused(bomb: bytes) -> None:
    with pytest.raises(LineInvalid):
        exchange_of(bomb)
