"""Whatever is in two results directories: a comparison that can be shown, or one of our errors; never a pass of what was cut."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goldfinch.adapters.files.comparison_file import comparison_json, read_comparison
from goldfinch.adapters.files.run_directory import RunDirectoryJournal
from goldfinch.adapters.reports.comparison import write_markdown, write_text
from goldfinch.bootstrap.comparing import RunAt, compare_folders
from goldfinch.core.comparison.outcome import Comparison
from goldfinch.core.errors import ExitCode, GoldfinchError
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.manifest import Manifest, RunStatus
from goldfinch.core.results.records import ScoreRecord
from goldfinch.core.verdict import Verdict
from goldfinch.testing.run_journal import sample_manifest, sample_record

CASES = 12
PIECES = [
    *(b"", b"\x00", b"\xff", b"\n", b"\r", b"{}", b"[]", b"null", b"true", b"NaN", b"1e999", b"-1", b"9" * 400, b"[" * 300, b'{"a":' * 300),
    *(
        b'"',
        b",",
        b":",
        b"}",
        b'"trial":0',
        b'"trial":1',
        b'"trials":3',
        b'"passed":true',
        b'"value":null',
        b'"status":"missing"',
        b"resumed",
    ),
    *(
        b'"failure":{"kind":"network","message":""}',
        b'"case_id":"case-3"',
        b"\\ud83d",
        "\u202e".encode(),
        b'"kind":"run"',
        b'"cached":true',
    ),
]


def records(failing: int) -> list[ScoreRecord]:
    return [sample_record(f"case-{number}", float(number >= failing), tags=("billing",), critical=number == 0) for number in range(CASES)]


def written(folder: Path, run_id: str, failing: int) -> Path:
    manifest = replace(sample_manifest(RunStatus.COMPLETE, cases=CASES), run_id=run_id)
    accumulator = SummaryAccumulator()
    with closing(RunDirectoryJournal(folder)) as journal:
        journal.write_manifest(manifest)
        for record in records(failing):
            accumulator.add(record)
            journal.append_scores(record)
        journal.write_summary(accumulator.summary(manifest, planned=CASES))
    return folder


@st.composite
def changes(draw: st.DrawFn) -> list[tuple[float, int, bytes]]:
    """One to four places, as parts of the whole, with how much is cut out and what takes its place."""
    places = st.tuples(st.floats(0, 1), st.sampled_from([0, 0, 1, 3, 40, 700]), st.sampled_from(PIECES) | st.binary(max_size=4))
    return draw(st.lists(places, min_size=1, max_size=4))


def changed(content: bytes, how: list[tuple[float, int, bytes]]) -> bytes:
    for where, cut, piece in how:
        start = int(where * len(content))
        content = content[:start] + piece + content[start + cut :]
    return content


@pytest.fixture(params=[pytest.param(150, id="short"), pytest.param(25_000, id="full", marks=pytest.mark.long)])
def sized(request: pytest.FixtureRequest) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """How much: four tests of 25,000 each are the hundred thousand of `make test-long`."""
    short = request.param == 150
    return settings(
        max_examples=request.param, deadline=None, database=None, derandomize=short, suppress_health_check=[HealthCheck.too_slow]
    )


def shown(comparison: Comparison) -> None:
    for write in (write_text, write_markdown):
        write(comparison, StringIO())
    comparison_json(comparison)


def require_one_line(error: GoldfinchError) -> None:
    assert error.exit_code in (ExitCode.USAGE, ExitCode.INCONCLUSIVE)
    assert str(error).strip()


@pytest.mark.parametrize("file", ["results.jsonl", "manifest.json", "summary.json"])
def test_a_changed_file_of_a_run_is_refused_or_compared(
    tmp_path: Path, sized: Callable[[Callable[..., None]], Callable[..., None]], file: str
) -> None:
    baseline, current = written(tmp_path / "base", "base", 0), written(tmp_path / "now", "now", 2)
    whole = (current / file).read_bytes()

    @sized
    @given(changes(), st.booleans())
    def check(how: list[tuple[float, int, bytes]], is_baseline: bool) -> None:
        (current / file).write_bytes(changed(whole, how))
        sides = (current, baseline) if is_baseline else (baseline, current)
        try:
            found = compare_folders(RunAt(sides[0]), RunAt(sides[1]))
        except GoldfinchError as error:
            require_one_line(error)
            return
        shown(found)
        if found.verdict is Verdict.PASS:
            assert_nothing_was_cut(current)

    check()


def assert_nothing_was_cut(folder: Path) -> None:
    """A pass needs every answer that the manifest promises."""
    manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
    kept = set(re.findall(rb'"case_id":"([^"]*)"', (folder / "results.jsonl").read_bytes()))
    assert len(kept) >= 0.95 * manifest.dataset.cases


def test_a_changed_report_is_refused_or_read(tmp_path: Path, sized: Callable[[Callable[..., None]], Callable[..., None]]) -> None:
    found = compare_folders(RunAt(written(tmp_path / "base", "base", 0)), RunAt(written(tmp_path / "now", "now", 5)))
    whole, path = comparison_json(found).encode(), tmp_path / "report.json"

    @sized
    @given(changes())
    def check(how: list[tuple[float, int, bytes]]) -> None:
        path.write_bytes(changed(whole, how))
        try:
            shown(read_comparison(path))
        except GoldfinchError as error:
            require_one_line(error)

    check()
