from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.adapters.files.append_only import MAX_DEPTH
from goldfinch.adapters.files.run_directory import RunDirectory, RunDirectoryJournal
from goldfinch.core.errors import GoldfinchError, InfrastructureError, RunDirectoryError
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.results.records import OutputRecord
from goldfinch.ports.run_journal import UnwritableRecord
from goldfinch.testing.run_journal import sample_manifest, sample_output, sample_record

MANIFEST = sample_manifest(RunStatus.RUNNING)
A, B, C = (sample_output(name, f"answer {name} größe") for name in "abc")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


def write(folder: Path, *records: OutputRecord) -> None:
    journal = RunDirectoryJournal(folder)
    if journal.stored_manifest() is None:
        journal.write_manifest(MANIFEST)
    for record in records:
        journal.append_output(record)
    journal.close()


def refused(action: Callable[[], Any], code: str) -> GoldfinchError:
    with pytest.raises(GoldfinchError) as caught:
        action()
    assert caught.value.code == code, caught.value
    return caught.value


def test_whatever_byte_the_last_record_was_torn_at_the_others_are_kept_and_the_run_goes_on(folder: Path) -> None:
    write(folder, A, B)
    file = folder / "outputs.jsonl"
    whole = file.read_bytes()
    start = whole.index(b"\n") + 1
    for end in range(start, len(whole)):
        file.write_bytes(whole[:end])
        assert list(RunDirectory(folder).outputs()) == [A]
        assert [key.case_id for key in RunDirectory(folder).answer_keys()] == ["a"]
        assert RunDirectory(folder).output_of("b", 0) is None
        write(folder, C)
        assert list(RunDirectory(folder).outputs()) == [A, C]


@given(st.lists(st.binary(min_size=1, max_size=40).filter(lambda line: b"\n" not in line), max_size=5))
def test_garbage_that_a_power_loss_left_at_the_end_is_passed_over_and_cut(
    tmp_path_factory: pytest.TempPathFactory, garbage: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("run")
    write(folder, A, B)
    file = folder / "outputs.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole + b"".join(b"\xff" + line + b"\n" for line in garbage) + b"\0" * 100)
    assert list(RunDirectory(folder).outputs()) == [A, B]
    RunDirectoryJournal(folder).close()
    assert file.read_bytes() == whole


def test_a_long_tail_of_zeros_is_cut(folder: Path) -> None:
    write(folder, A)
    file = folder / "outputs.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole + (b"\0" * 70_000 + b"\n") * 3)
    write(folder, B)
    assert list(RunDirectory(folder).outputs()) == [A, B]


@pytest.mark.parametrize("name", ["outputs.jsonl", "results.jsonl"])
@pytest.mark.parametrize("content", [b'{"question": "x"}\n', b"[1]\n", b"7\n", b"name,answer\nx,y\n", b"\xfe\xff\n"])
def test_lines_of_somebody_else_are_refused_and_untouched(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir()
    (folder / name).write_bytes(content)
    error = refused(lambda: RunDirectoryJournal(folder), "E1502")
    assert str(folder / name) in str(error)
    assert (folder / name).read_bytes() == content


@pytest.mark.parametrize("name", ["manifest.json", "summary.json"])
@pytest.mark.parametrize("content", ['{"name": "my browser extension", "version": "1"}', "[]", "not json", ""])
def test_a_file_of_somebody_else_is_refused_before_anything_is_written(folder: Path, name: str, content: str) -> None:
    folder.mkdir()
    (folder / name).write_text(content)
    refused(lambda: RunDirectoryJournal(folder), "E1502")
    assert (folder / name).read_text() == content
    assert {path.name for path in folder.iterdir()} == {name, ".lock"}


def test_damage_in_the_middle_names_file_and_line(folder: Path) -> None:
    write(folder, A, B, C)
    file = folder / "outputs.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    for damage in (b"garbage\n", b'{"case_id": "b"}\n'):
        file.write_bytes(lines[0] + damage + lines[2])
        error = refused(lambda: list(RunDirectory(folder).outputs()), "E1502")
        assert f"{file}:2: damaged record" in str(error)
        refused(lambda: list(RunDirectory(folder).answer_keys()), "E1502")
        refused(lambda: RunDirectory(folder).output_of("c", 0), "E1502")


def test_damage_that_only_a_full_reading_sees_is_an_error_too(folder: Path) -> None:
    write(folder, A)
    file = folder / "outputs.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"attempts":1', b'"attempts":"x"'))
    assert [key.case_id for key in RunDirectory(folder).answer_keys()] == ["a"]
    refused(lambda: RunDirectory(folder).output_of("a", 0), "E1502")


def test_a_second_writer_is_refused_with_the_process_of_the_first(folder: Path) -> None:
    first = RunDirectoryJournal(folder)
    error = refused(lambda: RunDirectoryJournal(folder), "E1503")
    assert f"process {os.getpid()}" in str(error)
    first.close()
    RunDirectoryJournal(folder).close()


def write_manifest(folder: Path, **changes: Any) -> None:
    stored = {
        "run_id": "run-1",
        "status": "running",
        "started_at": "2026-11-23T09:00:00Z",
        "dataset": {"name": "golden", "fingerprint": "f", "cases": 1},
        "agent": {"name": "a", "version": "1"},
        "metrics": [],
        "trials": 1,
        "seed": None,
        "host": {"os": "Linux", "python": "3.11", "cpu": "cpu", "cores": 2, "memory_mb": None},
    }
    (folder / "manifest.json").write_text(json.dumps(stored | changes))


@pytest.mark.parametrize("name", ["manifest.json", "summary.json"])
def test_a_file_of_a_newer_version_is_refused_although_it_could_be_read(folder: Path, name: str) -> None:
    write(folder, A)
    journal = RunDirectoryJournal(folder)
    journal.write_summary(SummaryAccumulator().summary(MANIFEST, planned=4))
    journal.close()
    before = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps(before | {"schema_version": 2, "new": {"key": 1}}))
    error = refused(lambda: RunDirectoryJournal(folder), "E1504")
    assert "schema_version 2, this one reads up to 1" in str(error)
    reader = RunDirectory(folder)
    refused(reader.stored_manifest if name == "manifest.json" else reader.summary, "E1504")


def test_lines_of_a_newer_version_are_not_cut(folder: Path) -> None:
    write(folder, A)
    write_manifest(folder, schema_version=7, status="paused")
    lines = b"\x01 a binary format\n"
    (folder / "outputs.jsonl").write_bytes(lines)
    refused(lambda: RunDirectoryJournal(folder), "E1504")
    assert (folder / "outputs.jsonl").read_bytes() == lines


def test_reads_earlier_files_without_the_optional_keys_and_with_unknown_ones(folder: Path) -> None:
    folder.mkdir()
    write_manifest(folder, note="a key that nobody knows")
    output = {
        "case_id": "a",
        "case_hash": "h",
        "trial": 0,
        "started_at": "2026-11-23T09:00:00Z",
        "output": {"text": "x", "mood": 1},
        "new": 1,
    }
    score = {"case_id": "a", "case_hash": "h", "trial": 0, "passed": True, "scores": [], "new": [1]}
    (folder / "outputs.jsonl").write_text(json.dumps(output) + "\n")
    (folder / "results.jsonl").write_text(json.dumps(score) + "\n")
    reader = RunDirectory(folder)
    assert reader.manifest().resumed == 0
    assert next(reader.outputs()).output == Output(text="x")
    assert next(reader.scores()).trials == 1
    assert reader.summary() is None


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What each `write(2)` wrote."""
    written: list[bytes] = []

    def count(descriptor: int, data: bytes) -> int:
        written.append(bytes(data))
        return real(descriptor, data)

    real = os.write
    monkeypatch.setattr("os.write", count)
    return written


def test_an_answer_is_one_write(folder: Path, written: list[bytes]) -> None:
    journal = RunDirectoryJournal(folder)
    for number in range(5):
        journal.append_output(sample_output(f"case-{number}", "x" * 10_000))
    assert len(written) == 5
    assert all(data.endswith(b"\n") and data.count(b"\n") == 1 for data in written)
    journal.close()


def test_scores_are_written_many_at_a_time_and_all_of_them_by_the_next_sync(folder: Path, written: list[bytes]) -> None:
    journal = RunDirectoryJournal(folder)
    records = [sample_record(f"case-{number}") for number in range(1000)]
    for record in records:
        journal.append_scores(record)
    assert 1 < len(written) < 20
    journal.sync()
    assert b"".join(written).count(b"\n") == 1000
    assert list(RunDirectory(folder).scores()) == records
    journal.close()


def test_scores_that_were_paid_for_are_written_at_once_with_those_before_them(folder: Path, written: list[bytes]) -> None:
    journal = RunDirectoryJournal(folder)
    free, paid = sample_record("free"), replace(sample_record("paid"), judge_cost_usd=0.001)
    journal.append_scores(free)
    assert written == []
    journal.append_scores(paid)
    assert len(written) == 1
    assert list(RunDirectory(folder).scores()) == [free, paid]
    journal.close()


def test_scores_that_a_full_disk_refused_are_written_when_there_is_room_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = RunDirectoryJournal(folder)
    journal.append_scores(sample_record("a"))
    monkeypatch.setattr("os.write", _no_space)
    with pytest.raises(OSError, match="No space"):
        journal.sync()
    refused(lambda: journal.append_scores(replace(sample_record("refused"), judge_cost_usd=0.1)), "E1401")
    monkeypatch.undo()
    journal.append_scores(sample_record("b"))
    journal.close()
    assert list(RunDirectory(folder).scores()) == [sample_record("a"), sample_record("b")]


def _no_space(descriptor: int, data: bytes) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_short_writes_are_continued(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = RunDirectoryJournal(folder)
    real = os.write
    monkeypatch.setattr("os.write", lambda descriptor, data: real(descriptor, data[:7]))
    journal.append_output(A)
    journal.append_output(B)
    monkeypatch.undo()
    assert list(journal.outputs()) == [A, B]
    journal.close()


@pytest.mark.parametrize("after", range(4))
def test_an_error_in_the_middle_of_a_line_leaves_whole_lines(folder: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    journal = RunDirectoryJournal(folder)
    journal.append_output(A)
    real, calls = os.write, iter(range(100))

    def fill_up(descriptor: int, data: bytes) -> int:
        if next(calls) >= after:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[:5])

    monkeypatch.setattr("os.write", fill_up)
    error = refused(lambda: journal.append_output(B), "E1401")
    assert isinstance(error, InfrastructureError)
    assert "No space left on device" in str(error)
    monkeypatch.undo()
    assert list(journal.outputs()) == [A]
    journal.append_output(C)
    assert list(journal.outputs()) == [A, C]
    journal.close()


FILE_TOO_LARGE = """
    import resource, sys
    from pathlib import Path
    from goldfinch.adapters.files.run_directory import RunDirectoryJournal
    from goldfinch.core.errors import InfrastructureError
    from goldfinch.testing.run_journal import sample_manifest, sample_output, sample_record
    journal = RunDirectoryJournal(Path(sys.argv[1]))
    journal.write_manifest(sample_manifest())
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
    for number in range(100):
        try:
            journal.append_output(sample_output(f"case-{number}", "x" * 200))
        except InfrastructureError as error:
            assert "File too large" in str(error), error
            break
    try:
        journal.replace_scores(sample_record(f"case-{number}") for number in range(100))
    except InfrastructureError as error:
        assert "File too large" in str(error), error
    else:
        raise AssertionError("written past the limit")
    journal.close()
    print(number)
"""


def test_a_disk_that_takes_no_more_leaves_whole_lines(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(FILE_TOO_LARGE), str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kept = int(done.stdout)
    assert 3 < kept < 20
    assert (folder / "outputs.jsonl").read_bytes().endswith(b"\n")
    assert [key.case_id for key in RunDirectory(folder).answer_keys()] == [f"case-{number}" for number in range(kept)]
    assert list(RunDirectory(folder).scores()) == []
    assert not [path for path in folder.iterdir() if path.name.endswith(".tmp")]


def test_a_failed_flush_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = RunDirectoryJournal(folder)
    journal.append_output(A)
    outcomes: Iterator[Exception | None] = iter([OSError(5, "Input/output error"), None])
    flushed: list[int] = []

    def flush(descriptor: int) -> None:
        flushed.append(descriptor)
        if (failure := next(outcomes)) is not None:
            raise failure

    monkeypatch.setattr("os.fdatasync", flush)
    with pytest.raises(OSError, match="Input/output error"):
        journal.sync()
    journal.sync()
    journal.sync()
    assert len(flushed) == 2
    monkeypatch.undo()
    journal.close()


def test_a_failed_flush_at_the_end_is_one_clear_error_and_gives_the_folder_free(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = RunDirectoryJournal(folder)
    journal.write_manifest(MANIFEST)
    journal.append_output(A)

    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.fdatasync", fail)
    refused(journal.close, "E1401")
    monkeypatch.undo()
    RunDirectoryJournal(folder).close()


@pytest.mark.parametrize("depth", [100, MAX_DEPTH + 100, 5_000])
def test_what_is_written_can_be_read_back_with_less_of_the_stack_left(folder: Path, depth: int) -> None:
    value: list[Any] = ["[" * 1000]
    for _ in range(depth):
        value = [value]
    journal = RunDirectoryJournal(folder)
    journal.write_manifest(MANIFEST)
    try:
        journal.append_output(replace(A, output=Output(data=value)))
    except UnwritableRecord:
        assert depth > MAX_DEPTH
    else:
        assert depth < MAX_DEPTH
    journal.close()
    assert len(deeper(600, lambda: list(RunDirectory(folder).outputs()))) == (depth < MAX_DEPTH)


def deeper(frames: int, work: Callable[[], Any]) -> Any:
    return deeper(frames - 1, work) if frames else work()


def test_many_brackets_side_by_side_are_not_deep(folder: Path) -> None:
    journal = RunDirectoryJournal(folder)
    record = replace(A, output=Output(data=[{"k": [n, '"[[', "\\"]} for n in range(500)]))
    journal.append_output(record)
    assert list(journal.outputs()) == [record]
    journal.close()


def test_unfinished_files_of_killed_writers_are_removed(folder: Path) -> None:
    write(folder, A)
    left = [folder / ".manifest.json.0a1b2c3d.tmp", folder / ".summary.json.ffffffff.tmp", folder / ".results.jsonl.00000000.tmp"]
    for path in left:
        path.write_text("half a ")
    (folder / ".hidden").write_text("not ours")
    RunDirectoryJournal(folder).close()
    assert not any(path.exists() for path in left)
    assert (folder / ".hidden").exists()


def test_a_link_in_place_of_a_file_is_not_followed(folder: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("not a record")
    write(folder)
    (folder / "outputs.jsonl").unlink()
    (folder / "outputs.jsonl").symlink_to(precious)
    refused(lambda: RunDirectoryJournal(folder), "E1401")
    assert precious.read_text() == "not a record"


def test_an_output_folder_that_is_a_file_is_named(folder: Path) -> None:
    folder.write_text("x")
    refused(lambda: RunDirectoryJournal(folder), "E1507")
    refused(lambda: RunDirectory(folder).manifest(), "E1501")


def test_a_folder_without_a_run_says_so(folder: Path) -> None:
    with pytest.raises(RunDirectoryError, match=r"no manifest\.json here"):
        RunDirectory(folder).manifest()
    assert list(RunDirectory(folder).outputs()) == []


def test_a_secret_reaches_no_file(folder: Path) -> None:
    secret = "sk-test-0123456789abcdef"
    journal = RunDirectoryJournal(folder)
    journal.write_manifest(replace(MANIFEST, reason=f"stopped by {secret}"))
    journal.append_output(sample_output("a", f"the key is {secret}"))
    journal.append_scores(replace(sample_record("a"), failure=Failure(FailureKind.EXCEPTION, f"401 for {secret}")))
    journal.close()
    assert not [path.name for path in folder.iterdir() if secret.encode() in path.read_bytes()]


def test_the_bill_of_an_answer_that_could_not_be_had_is_on_disk_at_once(folder: Path) -> None:
    """It is scored from nothing again: what it cost is known from this line alone when the run is taken up after a kill."""
    journal = RunDirectoryJournal(folder)
    journal.write_manifest(MANIFEST)
    lost = replace(sample_record("a"), failure=Failure(FailureKind.PROVIDER_ERROR, "503"), cost_usd=0.25)
    journal.append_scores(lost)
    found = [record.cost_usd for record in RunDirectory(folder).scores()]
    journal.close()
    assert found == [0.25]
