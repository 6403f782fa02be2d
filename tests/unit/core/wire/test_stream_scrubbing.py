"""A secret in an event stream, whole or in pieces over several events, is not stored."""

from __future__ import annotations

import json
from typing import Any

from goldfinch.core.redaction import MASK, Redactor
from goldfinch.core.wire.sse import EventReader
from goldfinch.core.wire.stream_scrubbing import scrubbed_stream

SECRET = "correct-horse-battery-9911"
REDACT = Redactor([SECRET])


def event(text: str) -> bytes:
    return f"data: {json.dumps({'id': 'x', 'choices': [{'delta': {'content': text}}]})}\n\n".encode()


def texts(chunks: tuple[bytes, ...]) -> str:
    reader = EventReader()
    events: list[Any] = [json.loads(one.data) for chunk in chunks for one in reader.feed(chunk) if one.data != "[DONE]"]
    return "".join(one["choices"][0]["delta"]["content"] for one in events)


def test_a_stream_without_a_secret_is_kept_with_its_pieces() -> None:
    whole = b"".join(event(text) for text in ("Hel", "lo")) + b"data: [DONE]\n\n"
    chunks = (whole[:7], whole[7:30], whole[30:])
    assert scrubbed_stream(chunks, REDACT) == chunks


def test_a_secret_in_one_event_is_masked_and_the_others_stay() -> None:
    kept = scrubbed_stream((event("say "), event(SECRET), event(" now")), REDACT)
    assert texts(kept) == f"say {MASK} now"


def test_a_secret_in_pieces_is_masked() -> None:
    pieces = [SECRET[at : at + 5] for at in range(0, len(SECRET), 5)]
    kept = scrubbed_stream(tuple(event(piece) for piece in ("key: ", *pieces, "!")), REDACT)
    assert texts(kept) == f"key: {MASK}!"
    assert not any(piece.encode() in b"".join(kept) for piece in pieces)


def test_a_known_kind_of_key_in_pieces_is_masked_though_nobody_named_it() -> None:
    kept = scrubbed_stream((event("sk-pr"), event("oj-Zq81h"), event("Vn3kfT0w")), Redactor())
    assert texts(kept) == MASK


def test_a_secret_cut_between_two_pieces_of_the_transport_is_masked() -> None:
    whole = event(SECRET)
    kept = scrubbed_stream((whole[:50], whole[50:]), REDACT)
    assert SECRET.encode() not in b"".join(kept)


def test_names_of_events_and_lines_that_are_no_json_stay() -> None:
    chunks = (b"event: delta\r\ndata: plain\r\n\r\n", b": comment\n\n", b"event: x\n" + event(SECRET), b"data: [DONE]\n\n", b"data: open")
    kept = b"".join(scrubbed_stream(chunks, REDACT))
    assert SECRET.encode() not in kept
    reader = EventReader()
    shown = [(one.event, one.data[:6]) for one in reader.feed(kept)]
    assert [shown[0], shown[2]] == [("delta", "plain"), ("message", "[DONE]")]
    assert shown[1][0] == "x"


def test_a_secret_in_pieces_of_two_texts_that_come_side_by_side_is_masked_in_both() -> None:
    pieces = [SECRET[at : at + 5] for at in range(0, len(SECRET), 5)]
    events = [{"choices": [{"index": index, "delta": {"content": piece}}]} for piece in pieces for index in (0, 1)]
    kept = b"".join(scrubbed_stream(tuple(f"data: {json.dumps(one)}\n\n".encode() for one in events), REDACT))
    reader = EventReader()
    said = ["", ""]
    for one in reader.feed(kept):
        choice = json.loads(one.data)["choices"][0]
        said[choice["index"]] += choice["delta"]["content"]
    assert said == [MASK, MASK]


def test_a_line_separator_inside_a_text_ends_no_line_of_the_stream() -> None:
    first = 'data: {"choices": [{"delta": {"content": "one\u2028event: two"}}]}\n\n'.encode()
    kept = b"".join(scrubbed_stream((first, event(SECRET)), REDACT))
    assert texts((kept,)) == f"one\u2028event: two{MASK}"
    assert all(line.startswith(b"data: ") for line in kept.splitlines() if line)
