"""Whatever stands in the database: one of our errors, or what was written; never another exception."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from goldfinch.adapters.sql import codec
from goldfinch.core.audit.chain import AuditLine, Head, entry_of, parse_head, verify
from goldfinch.core.audit.failures import StoreDamaged, StoreTooNew

LOADERS: list[Callable[[str, str], Any]] = [
    codec.load_plan,
    codec.load_state,
    codec.load_assessment,
    codec.load_components,
    codec.load_texts,
]

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["steps", "phase", "part", "non_finite", "at", ""]), inner),
    max_leaves=12,
)
versions = st.sampled_from([0, 1, 2, -1, "1", None, 1.5, True])
stored = st.text() | st.builds(lambda version, value: json.dumps({"schema_version": version, "value": value}), versions, any_json)
hashes = st.text(max_size=5) | st.sampled_from(["", "ab" * 32])
entries = st.text(max_size=20) | any_json.map(json.dumps) | st.builds(lambda n: json.dumps({"sequence": n}), any_json)
lines = st.builds(AuditLine, st.integers(-1, 5), entries, hashes, hashes)


@given(stored, st.sampled_from(LOADERS))
def test_a_stored_text_is_read_or_named_as_damaged(text: str, load: Callable[[str, str], Any]) -> None:
    with suppress(StoreDamaged, StoreTooNew):
        load(text, "rollout ro_1")


@given(
    st.lists(lines, max_size=6),
    st.none() | st.builds(Head, st.integers(-1, 6), hashes),
    st.none() | st.builds(Head, st.integers(0, 6), hashes),
)
def test_any_log_can_be_verified(log: list[AuditLine], head: Head | None, noted: Head | None) -> None:
    found = verify(log, head, noted=noted)
    assert (found.tampering is None) == (not found.reason)
    assert found.tampering is not None or (found.lines == 0 and not log)
    for line in log:
        with suppress(ValueError):
            entry_of(line)


@given(st.text())
def test_any_text_is_a_head_or_is_refused(text: str) -> None:
    with suppress(ValueError):
        assert parse_head(text).sequence >= 0
