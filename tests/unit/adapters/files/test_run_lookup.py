from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from goldfinch.adapters.files import run_lookup
from goldfinch.adapters.files.run_directory import RunDirectoryJournal
from goldfinch.adapters.files.run_lookup import find_run, find_runs
from goldfinch.core.errors import RunDirectoryError
from goldfinch.core.results.manifest import Revision
from goldfinch.testing.run_journal import sample_manifest

SHA = "0123456789abcdef0123456789abcdef01234567"


def a_run(folder: Path, run_id: str, sha: str | None = None) -> Path:
    with closing(RunDirectoryJournal(folder)) as journal:
        journal.write_manifest(replace(sample_manifest(), run_id=run_id, revision=Revision(sha)))
    return folder


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    """As GitHub unpacks an artifact of two paths: rooted at their common folder, the committed `latest` among them (C9)."""
    a_run(tmp_path / "results" / "ci-17", "ci-17", SHA)
    a_run(tmp_path / "results" / "latest", "main-3", "f" * 40)
    (tmp_path / "reports" / "ci-17").mkdir(parents=True)
    (tmp_path / "reports" / "ci-17" / "summary.md").write_text("fine")
    return tmp_path


def test_a_folder_that_is_a_run_is_that_run(tmp_path: Path) -> None:
    a_run(tmp_path / "run", "one")
    a_run(tmp_path / "run" / "nested", "two")
    assert find_run(tmp_path / "run").manifest.run_id == "one"


def test_the_one_run_below_a_folder_is_found(tmp_path: Path) -> None:
    expected = a_run(tmp_path / "deep" / "er" / "run", "one")
    assert find_run(tmp_path).path == expected


def test_two_runs_below_a_folder_are_refused_and_listed(artifact: Path) -> None:
    with pytest.raises(RunDirectoryError, match="2 runs in this folder") as refused:
        find_run(artifact)
    assert refused.value.code == "E2302"
    assert "ci-17" in str(refused.value)
    assert "main-3" in str(refused.value)


@pytest.mark.parametrize("which", [{"run_id": "ci-17"}, {"sha": SHA}, {"sha": SHA[:7]}, {"run_id": "ci-17", "sha": SHA}])
def test_the_manifest_tells_which_run_is_meant(artifact: Path, which: dict[str, str]) -> None:
    assert find_run(artifact, **which).path == artifact / "results" / "ci-17"  # type: ignore[arg-type]


@pytest.mark.parametrize("which", [{"run_id": "ci-18"}, {"sha": "a" * 40}, {"sha": SHA[:6]}, {"run_id": "main-3", "sha": SHA}])
def test_no_run_that_fits_is_refused(artifact: Path, which: dict[str, str]) -> None:
    with pytest.raises(RunDirectoryError, match="no run") as refused:
        find_run(artifact, **which)  # type: ignore[arg-type]
    assert refused.value.code == "E2301"


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_an_empty_or_missing_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunDirectoryError, match="no run in this folder"):
        find_run(tmp_path / name)


def test_a_manifest_of_something_else_is_no_run(artifact: Path) -> None:
    (artifact / "web").mkdir()
    (artifact / "web" / "manifest.json").write_text('{"name": "a web page", "icons": []}')
    assert len(find_runs(artifact)) == 2


def test_a_damaged_manifest_is_not_passed_over(artifact: Path) -> None:
    (artifact / "results" / "latest" / "manifest.json").write_text('{"kind": "run", ')
    with pytest.raises(RunDirectoryError) as refused:
        find_run(artifact)
    assert refused.value.code == "E1502"


def test_symbolic_links_are_not_followed(tmp_path: Path) -> None:
    a_run(tmp_path / "run", "one")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert len(find_runs(tmp_path)) == 1


def test_a_tree_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_lookup, "MOST_FOLDERS", 3)
    for number in range(5):
        (tmp_path / str(number)).mkdir()
    with pytest.raises(RunDirectoryError, match="more than 3 folders"):
        find_runs(tmp_path)
