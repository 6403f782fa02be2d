from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain import Fact, Turn
from src.memory import EntryRefused, NewerSchema
from src.memory.entries import (
    SCHEMA_VERSION,
    Entry,
    entry_of_text,
    fact_entries,
    facts_of,
    session_key,
    text_of_entry,
    turn_entry,
    turn_of,
)
from src.memory.plain_json import plain

STORED = Path(__file__).parent / "stored"
NOW = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def stored(name: str) -> Entry:
    return entry_of_text((STORED / name).read_bytes())


def test_there_is_a_stored_sample_of_every_schema() -> None:
    for schema in range(1, SCHEMA_VERSION + 1):
        assert {path.name for path in STORED.glob(f"*.schema{schema}.json")} == {f"turn.schema{schema}.json", f"fact.schema{schema}.json"}


def test_a_turn_of_schema_1_is_read_without_notes() -> None:
    entry = stored("turn.schema1.json")
    assert turn_of(entry) == Turn("How was search in October?", "ROAS 3.42.\nCaveats: 2 days missing.", {})
    assert (entry.release_id, entry.written_at) == ("2026.9.1", datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC))


def test_a_number_of_schema_1_is_a_number() -> None:
    assert facts_of([stored("fact.schema1.json")]) == (Fact("target_cpa", 24.5),)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("24", 24),
        ("-1.5", -1.5),
        ("24.50", "24.50"),
        ("007", "007"),
        ("true", "true"),
        ('"x"', '"x"'),
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("-Infinity", "-Infinity"),
        ("1e5", "1e5"),
        ("", ""),
    ],
)
def test_only_what_schema_1_had_made_of_a_number_becomes_one(text: str, value: Any) -> None:
    assert facts_of([Entry({"key": "k", "value": text}, "r", NOW, 1)]) == (Fact("k", value),)


def test_entries_of_schema_2_are_read() -> None:
    assert turn_of(stored("turn.schema2.json")) == Turn("And the CPA?", "CPA 24.10 EUR.", {"metric": "cpa"})
    assert facts_of([stored("fact.schema2.json")]) == (Fact("target_cpa", 24.5),)


@given(st.text(), JSON)
def test_an_entry_is_read_as_it_was_written(text: str, value: Any) -> None:
    entry = turn_entry(Turn(text, text, {"value": value}), "r1", NOW)
    assert entry_of_text(text_of_entry(entry)) == entry
    assert text_of_entry(entry).isascii()


@given(
    st.binary()
    | st.text()
    | JSON.map(json.dumps)
    | st.dictionaries(st.sampled_from(["schema", "v", "body", "at", "release"]), JSON).map(json.dumps)
)
def test_whatever_is_stored_is_an_entry_or_one_clear_line(text: str | bytes) -> None:
    try:
        entry_of_text(text)
    except EntryRefused as refused:
        assert "\n" not in str(refused)


def test_a_newer_schema_is_told_from_damage() -> None:
    with pytest.raises(NewerSchema, match="deploy a release that reads it, or forget the session"):
        entry_of_text('{"schema": 3, "shape": "unknown"}')
    with pytest.raises(EntryRefused, match="cannot be read"):
        entry_of_text('{"schema": 2, "body"')


@pytest.mark.parametrize("body", [{"question": "q"}, {"question": "q", "answer": 5, "understood": {}}, [], None])
def test_a_damaged_turn_is_refused(body: Any) -> None:
    with pytest.raises(EntryRefused, match="cannot be read"):
        turn_of(Entry(body, "r", NOW))


@pytest.mark.parametrize("body", [{"key": "k"}, {"key": [], "value": 1}, 5])
def test_a_damaged_fact_is_refused(body: Any) -> None:
    with pytest.raises(EntryRefused, match="cannot be read"):
        facts_of([Entry(body, "r", NOW)])


def test_what_is_not_kept_is_logged_without_its_content(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="src.memory"):
        assert fact_entries([Fact("contact", "ada@example.com"), Fact("k", {1, 2})], "r", NOW) == []
        assert turn_entry(Turn("q", "a", {"seen": object()}), "r", NOW).body["understood"] == {}
    assert [record.message for record in caplog.records] == [
        "memory: a fact is not kept: it looks like personal data (an e-mail address or a phone number)",
        "memory: a fact is not kept: set is no JSON value",
        "memory: the notes of a turn are not kept: object is no JSON value",
    ]


def test_a_key_that_was_typed_into_a_question_is_not_kept() -> None:
    key = "sk-proj-" + "a1B2" * 6
    turn = turn_entry(Turn(f"remember that my api key is {key}", f"I will remember that {key}.", {"said": [key]}), "r", NOW)
    facts = fact_entries([Fact("note", f"my key is {key}")], "r", NOW)
    assert turn.body["question"] == "remember that my api key is [redacted]"
    assert key not in json.dumps([turn.body, [fact.body for fact in facts]])


def test_session_keys_are_of_one_length_and_differ() -> None:
    ids = ["", "a", "a\x00", "a\ufffd", "\ud800", "x" * 100_000]
    assert {len(session_key(session_id)) for session_id in ids} == {64}
    assert len({session_key(session_id) for session_id in ids}) == len(ids)


@given(JSON)
def test_plain_values_stay_as_they_are(value: Any) -> None:
    assert plain(value, 100) == plain(plain(value, 100), 100)
    json.dumps(plain(value, 100), allow_nan=False).encode()
