from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.wire.sse import EventReader, EventStreamTooLong, ServerEvent


def read(*chunks: bytes) -> list[ServerEvent]:
    reader = EventReader()
    events = [event for chunk in chunks for event in reader.feed(chunk)]
    last = reader.close()
    return events if last is None else [*events, last]


def test_reads_data_types_comments_and_several_lines() -> None:
    stream = b"\xef\xbb\xbf: hello\nevent: delta\ndata: one\ndata:two\nid: 7\n\ndata\n\nretry: 5\n\ndata:  x\n\n"
    assert read(stream) == [ServerEvent("one\ntwo", "delta"), ServerEvent(""), ServerEvent(" x")]


def test_keeps_an_event_that_the_end_of_the_stream_leaves_open() -> None:
    assert read(b"data: a\n\ndata: b") == [ServerEvent("a"), ServerEvent("b")]


def test_refuses_an_event_without_end() -> None:
    reader = EventReader(max_event_bytes=100)
    for _ in range(6):
        assert reader.feed(b"data: 0123456789\n") == []
    with pytest.raises(EventStreamTooLong, match="100 bytes"):
        reader.feed(b"data: 0123456789\n")


def test_refuses_a_line_without_end() -> None:
    with pytest.raises(EventStreamTooLong):
        EventReader(max_event_bytes=100).feed(b"data: " + b"x" * 200)


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\r\n\ufeff", codec="utf-8")), max_size=5), st.data())
def test_where_the_bytes_are_cut_makes_no_difference(texts: list[str], data: st.DataObject) -> None:
    end = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    stream = "".join(f"data: {text}{end}{end}" for text in texts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [event.data for event in read(*chunks)] == texts


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_are_read_without_an_error_and_alike_in_one_piece(chunks: list[bytes]) -> None:
    assert read(*chunks) == read(b"".join(chunks))


def test_an_empty_piece_between_the_two_halves_of_a_line_end_is_no_line() -> None:
    reader = EventReader()
    events = [event for piece in (b"data: a\r", b"", b"\ndata: b\r", b"\n", b"\r\n") for event in reader.feed(piece)]
    assert [event.data for event in events] == ["a\nb"]
