from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goldfinch.adapters.files.baseline_folder import PROMOTION, BaselineFolder
from goldfinch.adapters.files.run_directory import RunDirectory, RunDirectoryJournal
from goldfinch.core.baselines.promotion import Promotion
from goldfinch.core.errors import GoldfinchError, InfrastructureError, RunDirectoryError
from goldfinch.core.results.manifest import RunStatus
from goldfinch.testing.run_journal import sample_manifest, sample_output, sample_record

PROMOTED = Promotion("main", "run-1", RunStatus.COMPLETE, "2026-11-23T09:00:00Z", "Ada", "abc", has_outputs=True)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return write_run(tmp_path / "run", "run-1")


def write_run(path: Path, run_id: str) -> RunDirectory:
    journal = RunDirectoryJournal(path)
    journal.append_output(sample_output("c1", f"answer of {run_id}"))
    journal.append_scores(sample_record("c1"))
    journal.write_manifest(replace(sample_manifest(cases=1), run_id=run_id))
    journal.close()
    (path / "summary.json").write_text("{}")
    return RunDirectory(path)


def files(path: Path) -> list[str]:
    return sorted(one.name for one in path.iterdir())


def test_the_files_of_the_run_become_the_baseline(run: RunDirectory, tmp_path: Path) -> None:
    store = BaselineFolder(tmp_path / "baselines" / "main")
    assert store.promotion() is None
    store.replace(run, PROMOTED)
    assert store.promotion() == PROMOTED
    assert files(store.path) == [PROMOTION, "manifest.json", "outputs.jsonl", "results.jsonl", "summary.json"]
    assert (store.path / "outputs.jsonl").read_bytes() == (run.path / "outputs.jsonl").read_bytes()
    assert files(tmp_path / "baselines") == ["main"]


def test_a_replaced_baseline_names_the_one_before_and_leaves_nothing_of_it(run: RunDirectory, tmp_path: Path) -> None:
    store = BaselineFolder(tmp_path / "baselines" / "main")
    store.replace(run, PROMOTED)
    store.replace(write_run(tmp_path / "next", "run-2"), replace(PROMOTED, run_id="run-2", has_outputs=False))
    promotion = store.promotion()
    assert promotion is not None
    assert (promotion.run_id, promotion.previous_run_id) == ("run-2", "run-1")
    assert files(store.path) == [PROMOTION, "manifest.json", "results.jsonl", "summary.json"]
    assert files(tmp_path / "baselines") == ["main"]


@pytest.mark.parametrize("step", range(2))
def test_a_kill_between_the_renames_leaves_the_old_or_the_new_baseline(
    run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    store = BaselineFolder(tmp_path / "baselines" / "main")
    store.replace(run, PROMOTED)
    renames: list[Path] = []
    rename = Path.rename

    def killed(self: Path, target: Path) -> Path:
        renames.append(self)
        if len(renames) > step:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        store.replace(write_run(tmp_path / "next", "run-2"), replace(PROMOTED, run_id="run-2"))
    monkeypatch.undo()
    assert BaselineFolder(store.path).promotion() == PROMOTED
    assert RunDirectory(store.path).manifest().run_id == "run-1"


def test_a_full_disk_leaves_the_old_baseline(run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = BaselineFolder(tmp_path / "baselines" / "main")
    store.replace(run, PROMOTED)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(InfrastructureError, match=r"cannot write: No space left") as error:
        store.replace(write_run(tmp_path / "next", "run-2"), replace(PROMOTED, run_id="run-2"))
    assert error.value.code == "E2407"
    assert store.promotion() == PROMOTED
    assert files(tmp_path / "baselines") == ["main"]


def test_a_symbolic_link_is_neither_followed_nor_copied(run: RunDirectory, tmp_path: Path) -> None:
    baselines = tmp_path / "baselines"
    baselines.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (baselines / "main").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunDirectoryError, match="is a symbolic link"):
        BaselineFolder(baselines / "main").replace(run, PROMOTED)
    secret = tmp_path / "secret"
    secret.write_text("key")
    (run.path / "outputs.jsonl").unlink()
    (run.path / "outputs.jsonl").symlink_to(secret)
    with pytest.raises(RunDirectoryError, match="is a symbolic link"):
        BaselineFolder(baselines / "other").replace(run, PROMOTED)
    assert files(tmp_path / "elsewhere") == []
    assert files(baselines) == ["main"]


def test_a_file_that_the_run_lacks_is_named(run: RunDirectory, tmp_path: Path) -> None:
    (run.path / "outputs.jsonl").unlink()
    with pytest.raises(RunDirectoryError, match=r"no outputs\.jsonl in this run; the baseline needs it; --without-outputs"):
        BaselineFolder(tmp_path / "b" / "main").replace(run, PROMOTED)


def test_two_promotions_at_once_are_refused(run: RunDirectory, tmp_path: Path) -> None:
    import fcntl

    store = BaselineFolder(tmp_path / "baselines" / "main")
    store.path.parent.mkdir()
    held = os.open(store.path.parent, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        with pytest.raises(RunDirectoryError) as error:
            store.replace(run, PROMOTED)
        assert error.value.code == "E2414"
    finally:
        os.close(held)
    store.replace(run, PROMOTED)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "E2406"),
        (b"[]", "E2406"),
        (b"\xff", "E2406"),
        (b'{"schema_version": 9}', "E2406"),
        (b"[" * 100_000, "E2406"),
        (None, "E2405"),
    ],
)
def test_what_is_no_baseline_is_one_clear_error(tmp_path: Path, content: bytes | None, code: str) -> None:
    folder = tmp_path / "b" / "main"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("somebody's")
    if content is not None:
        (folder / PROMOTION).write_bytes(content)
    with pytest.raises(GoldfinchError) as error:
        BaselineFolder(folder).promotion()
    assert error.value.code == code
    assert (folder / "notes.txt").read_text() == "somebody's"
