"""HTTP/1.1 responses, however they are cut into pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.adapters.load.response import MAX_HEAD_BYTES, ResponseInvalid, ResponseReader, header

FIXED = b"HTTP/1.1 200 OK\r\nServer-Timing: provider;dur=5\r\nContent-Length: 11\r\n\r\nhello world"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5;x=1\r\nworld\r\n0\r\nTrailer: 1\r\n\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"


def feed(reader: ResponseReader, whole: bytes, cuts: list[int]) -> bool:
    edges = sorted({0, len(whole), *(cut % (len(whole) + 1) for cut in cuts)})
    done = False
    for start, end in pairwise(edges):
        assert not done
        done = reader.feed(whole[start:end])
    return done


@given(st.sampled_from([FIXED, CHUNKED, EMPTY]), st.lists(st.integers(0, 200), max_size=12))
def test_a_response_is_whole_at_its_last_byte_wherever_it_is_cut(whole: bytes, cuts: list[int]) -> None:
    reader = ResponseReader(keep_body=True)
    assert feed(reader, whole, cuts)
    assert bytes(reader.body) == (b"" if whole is EMPTY else b"hello world")
    assert reader.status == (204 if whole is EMPTY else 200)
    assert not reader.closes


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    reader = ResponseReader(keep_body=True)
    assert not reader.feed(b"HTTP/1.0 200 OK\r\n\r\nhello")
    assert reader.closed()
    assert reader.closes


def test_a_connection_that_ends_in_the_middle_is_no_whole_response() -> None:
    reader = ResponseReader()
    assert not reader.feed(FIXED[:-1])
    assert not reader.closed()


def test_the_body_is_not_kept_unless_it_is_asked_for() -> None:
    reader = ResponseReader()
    assert reader.feed(FIXED)
    assert reader.body == b""


def test_connection_close_is_heeded() -> None:
    reader = ResponseReader()
    assert reader.feed(b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n")
    assert reader.closes


@pytest.mark.parametrize(
    "bad",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 9 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b" " * 5000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc",
        b"a" * (MAX_HEAD_BYTES + 1),
    ],
)
def test_what_is_no_response_is_refused(bad: bytes) -> None:
    with pytest.raises(ResponseInvalid):
        ResponseReader().feed(bad)


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldfinch.adapters.load.response.MAX_BODY_BYTES", 10)
    with pytest.raises(ResponseInvalid, match="longer than 10 bytes"):
        ResponseReader().feed(FIXED)


def test_headers_are_found_by_their_whole_name() -> None:
    head = b"http/1.1 200 ok\r\nx-content-length: 5\r\ncontent-length:7"
    assert header(head, b"content-length") == b"7"
    assert header(head, b"length") is None
