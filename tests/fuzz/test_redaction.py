"""Whatever a record holds, its redacted line is JSON, keeps the ids by which it is found, and holds no secret."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from goldfinch.adapters.files.run_directory import RunDirectory, RunDirectoryJournal
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.redaction import MASK, Redactor
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.results.records import OutputRecord
from goldfinch.testing.run_journal import sample_manifest

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]

SECRET = 'pa"ss\\wörd/4711'
KNOWN = "sk-proj-abcdefghijklmnop1234"
SPELLINGS = (SECRET, KNOWN, json.dumps(SECRET), b64encode(SECRET.encode()).decode(), f"Bearer {KNOWN}", SECRET.encode().hex())
TEXTS: SearchStrategy[str] = st.lists(
    st.sampled_from([*(f" {spelling} " for spelling in SPELLINGS), '"', "\\", "\n", "{", ": "]) | st.text(max_size=5), max_size=5
).map("".join)
VALUES: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


def test_redacting_leaves_no_secret_and_does_no_more_the_second_time(fuzz: Fuzz) -> None:
    redact = Redactor([SECRET])

    @fuzz(1_500, VALUES)
    def _(value: Any) -> None:
        once = redact.value(value)
        written = json.dumps(once)
        assert not any(spelling in written for spelling in (KNOWN, json.dumps(SECRET)[1:-1], *SPELLINGS))
        assert redact.value(once) == once
        if MASK not in written:
            assert once == value


def test_a_line_of_a_run_stays_json_keeps_its_ids_and_holds_no_secret(fuzz: Fuzz, tmp_path: Path) -> None:
    journal = RunDirectoryJournal(tmp_path, Redactor([SECRET]))
    journal.write_manifest(sample_manifest(RunStatus.RUNNING))
    ids = st.sampled_from(["a", "case-1", "sk-proj-abcdefghijklmnop1234"])

    @fuzz(800, ids, TEXTS, VALUES, st.none() | TEXTS)
    def _(case_id: str, text: str, data: Any, failure: str | None) -> None:
        failed = None if failure is None else Failure(FailureKind.EXCEPTION, failure)
        journal.clear()
        journal.write_manifest(sample_manifest(RunStatus.RUNNING))
        journal.append_output(OutputRecord(case_id, "hash", 3, "now", Output(text=text, data=data, failure=failed)))
        line = json.loads((tmp_path / "outputs.jsonl").read_bytes())
        assert (line["case_id"], line["case_hash"], line["trial"]) == (case_id, "hash", 3)
        output = json.dumps(line["output"])
        assert KNOWN not in output
        assert json.dumps(SECRET)[1:-1] not in output
        assert [record.case_id for record in RunDirectory(tmp_path).outputs()] == [case_id]

    journal.close()
