"""Anybody can send anything to the receiver: it refuses or reads it, holds no more than it may, and nothing else happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st

from goldfinch.adapters.ingest.json_form import spans_of_json
from goldfinch.adapters.ingest.protobuf import spans_of_protobuf
from goldfinch.core.ingest.failures import NoRoom, TooManySpans, Unreadable
from goldfinch.core.ingest.span import RawSpan
from goldfinch.core.ingest.unpacking import Damaged, TooLarge, UnknownEncoding, unpacked
from tests.received_spans import AGENT, CHAT, TOOL, World, request, span

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["invoke_agent", "chat", "execute_tool", "rel_canary", "rel_stable", "[]", '[{"role":1}]', '["\\ud800"]']
)
NAMES = st.sampled_from(
    [
        "gen_ai.operation.name", "gen_ai.conversation.id", "release.id", "error.type", "gen_ai.input.messages", "gen_ai.output.messages",
        "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "input.value",
        "gen_ai.response.finish_reasons", "gen_ai.prompt.0.content", "gen_ai.completion.9999.role", "gen_ai.response.model", "content",
        "gen_ai.usage.cost", "llm.input_messages.3.message.content", "gen_ai.event.content", "message",
    ]
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    TEXTS | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
OWN = st.dictionaries(NAMES, VALUES, max_size=8)
IDS = st.sampled_from([b"", b"x", bytes(8), b"\1" * 8, b"\2" * 8, b"\3" * 8, b"\1" * 16, b"\2" * 16])
EVENTS = st.lists(st.tuples(st.sampled_from(["gen_ai.choice", "gen_ai.user.message", "gen_ai.content.prompt"]), OWN), max_size=2).map(tuple)
TIMES = st.integers(0, 2**64 - 1) | st.just(1_700_000_000 * 10**9)
RAW = st.builds(RawSpan, IDS, IDS, IDS, st.integers(0, 6), TIMES, TIMES, st.integers(0, 3), OWN, EVENTS, st.integers(0, 2**32 - 1), OWN)
LIKELY = st.builds(
    RawSpan,
    st.sampled_from([b"\1" * 16, b"\2" * 16]),
    st.integers(1, 12).map(lambda n: bytes([n]) * 8),
    st.integers(0, 12).map(lambda n: bytes([n]) * 8 if n else b""),
    st.integers(0, 6),
    st.just(1_700_000_000 * 10**9),
    st.just(1_700_000_001 * 10**9),
    st.integers(0, 2),
    st.sampled_from([AGENT, CHAT, TOOL, {}]).flatmap(lambda base: OWN.map(lambda own: {**own, **base, "gen_ai.conversation.id": "s"})),
    EVENTS,
    st.just(0),
    st.just({"release.id": "rel_canary"}),
)


def test_no_bytes_break_the_decoders(fuzz: Fuzz) -> None:
    whole = request(span({**AGENT, "gen_ai.conversation.id": "s"}), span(CHAT))

    @fuzz(400, st.binary(max_size=120), st.integers(0, len(whole)), st.integers(0, len(whole)))
    def _(noise: bytes, start: int, end: int) -> None:
        for body in (noise, whole[:start] + noise + whole[end:]):
            for decode in (spans_of_protobuf, spans_of_json):
                with suppress(Unreadable):
                    assert isinstance(decode(body), list)


def test_no_json_breaks_its_decoder(fuzz: Fuzz) -> None:
    keys = st.sampled_from(
        ["resourceSpans", "resource", "scopeSpans", "spans", "attributes", "key", "value", "traceId", "status", "events"]
    )
    keys |= st.sampled_from(["stringValue", "intValue", "arrayValue", "kvlistValue", "values", "startTimeUnixNano", "kind", "code", "name"])
    trees = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=20)

    @fuzz(300, st.dictionaries(keys, trees, max_size=3))
    def _(tree: dict[str, Any]) -> None:
        for value in (tree, {"resourceSpans": [{"resource": tree, "scopeSpans": [{"spans": [tree]}]}]}):
            with suppress(Unreadable):
                spans_of_json(json.dumps(value).encode())


def test_no_compressed_body_breaks_the_unpacking_or_its_limit(fuzz: Fuzz) -> None:
    @fuzz(500, st.binary(max_size=100), st.sampled_from(["gzip", "deflate", "", "br"]))
    def _(body: bytes, encoding: str) -> None:
        with suppress(Damaged, TooLarge, UnknownEncoding):
            assert len(unpacked(body, encoding, 1_000)) <= 1_000


def test_whatever_spans_say_each_is_counted_once_and_none_stays(fuzz: Fuzz) -> None:
    @fuzz(150, st.lists(st.lists(RAW | LIKELY, max_size=8), max_size=5))
    def _(batches: list[list[RawSpan]]) -> None:
        asyncio.run(taken(batches))


async def taken(batches: list[list[RawSpan]]) -> None:
    """Some batches, some time between them, everything written at the end."""
    world = World(most_spans=12)
    for batch in batches:
        try:
            accepted = world.intake.accept(batch)
        except (NoRoom, TooManySpans):
            pass
        else:
            assert accepted.held + accepted.ignored + accepted.rejected == len(batch)
            assert accepted.why.isprintable()
        assert 0 <= world.intake.held <= 12
        await world.after(1.5)
    world.intake.write_due(everything=True)
    assert (world.intake.held, world.intake._assembly.content_size) == (0, 0)
    for note in world.notes.notes:
        assert all(value >= 0 for value in (note.amounts or {}).values())
        json.dumps([note.session, note.flags, note.amounts], allow_nan=False, ensure_ascii=False).encode()
    for answer in world.queue.answers.values():
        json.dumps([answer.question, answer.answer, answer.context, dict(answer.facts)], allow_nan=False, ensure_ascii=False).encode()
