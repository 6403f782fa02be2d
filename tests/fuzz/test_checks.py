"""Whatever is in a results directory or a file of overrides: a verdict that can be shown, or one of our errors; never a pass."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import strategies as st

from goldfinch.adapters.files.gate_history import read_history
from goldfinch.adapters.files.run_directory import RunDirectoryJournal
from goldfinch.bootstrap.checking import CheckRequest, check
from goldfinch.core.checking.rendering import check_markdown, check_text
from goldfinch.core.errors import ExitCode, GoldfinchError
from goldfinch.core.gates.outcome import GateName
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.verdict import Verdict
from goldfinch.testing.run_journal import sample_manifest, sample_record

CASES = 30
SETTINGS = (
    "gates: {required: [], ai_quality: {metrics: {relevance: null, accuracy: 0.5, completeness: null, coherence: null, safety: null}}}"
)
PIECES = [
    b"",
    b"\x00",
    b"\xff",
    b"\n",
    b"{}",
    b"[]",
    b"null",
    b"NaN",
    b"1e999",
    b"-1",
    b"9" * 400,
    b"[" * 300,
    b'"passed":true',
    b'"value":1.0',
]
Fuzz = Callable[..., Callable[[Callable[..., None]], None]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of which only a third passes: whatever is done to it, it must not pass."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_BASE_REF", "GITHUB_EVENT_PATH"):
        monkeypatch.delenv(name, raising=False)
    Path("goldfinch.yaml").write_text(SETTINGS)
    manifest = replace(sample_manifest(RunStatus.COMPLETE, cases=CASES), run_id="run-1")
    accumulator = SummaryAccumulator()
    journal = RunDirectoryJournal(Path("run"))
    journal.write_manifest(manifest)
    for number in range(CASES):
        record = sample_record(f"case-{number}", float(number % 3 == 0))
        accumulator.add(record)
        journal.append_scores(record)
    journal.write_summary(accumulator.summary(manifest, planned=CASES))
    journal.close()
    return Path("run")


def test_a_run_that_was_cut_or_garbled_never_passes(folder: Path, fuzz: Fuzz) -> None:
    whole = {name: (folder / name).read_bytes() for name in ("manifest.json", "summary.json", "results.jsonl")}
    places = st.tuples(st.floats(0, 1), st.sampled_from([0, 1, 3, 40, 700]), st.sampled_from(PIECES) | st.binary(max_size=4))

    codes: set[ExitCode] = set()

    @fuzz(100, st.sampled_from(sorted(whole)), st.lists(places, min_size=1, max_size=3))
    def _(name: str, changes: list[tuple[float, int, bytes]]) -> None:
        content = whole[name]
        for where, cut, piece in changes:
            start = int(where * len(content))
            content = content[:start] + piece + content[start + cut :]
        (folder / name).write_bytes(content)
        try:
            verdict = check(CheckRequest(folder, gates=(GateName.AI_QUALITY,))).verdict
            check_text(verdict).encode()
            check_markdown(verdict).encode()
            assert verdict.verdict is not Verdict.PASS
        except GoldfinchError as error:
            codes.add(error.exit_code)
        finally:
            (folder / name).write_bytes(whole[name])

    assert codes <= {ExitCode.USAGE, ExitCode.INCONCLUSIVE}


def test_any_overrides_are_read_or_refused_in_one_line(folder: Path, fuzz: Fuzz) -> None:
    words = st.sampled_from(
        ["gate: ", "by: ", "reason: ", "expires: ", "ai_quality", "2999-01-01", "- ", "\n", "  ", "{", "}", "overrides:", "ana", ", "]
    )

    @fuzz(100, st.lists(words | st.text(max_size=3), max_size=20).map("".join))
    def _(text: str) -> None:
        Path("overrides.yaml").write_text(text, encoding="utf-8", errors="replace")
        with suppress(GoldfinchError):
            check(CheckRequest(folder, gates=(GateName.AI_QUALITY,), overrides=Path("overrides.yaml")))


def test_any_history_is_read_or_refused(tmp_path: Path, fuzz: Fuzz) -> None:
    @fuzz(200, st.binary(max_size=200))
    def _(content: bytes) -> None:
        path = tmp_path / "history.jsonl"
        path.write_bytes(content)
        with suppress(GoldfinchError):
            assert isinstance(read_history(path), tuple)
