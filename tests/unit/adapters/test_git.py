"""Files of another commit: read without a checkout, within limits, never through a link."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldfinch.adapters import git as adapter
from goldfinch.adapters.git import base_tree
from goldfinch.core.errors import ConfigurationError
from tests.check_repository import committed, git


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    monkeypatch.delenv("GITHUB_EVENT_PATH", raising=False)
    git("init", "-q")
    Path("data/more").mkdir(parents=True)
    Path("data/a.txt").write_bytes(b"one\r\n\x00")
    Path("data/more/[b]*.txt").write_text("two")
    Path("other.txt").write_text("three")
    committed()
    Path("data/a.txt").write_text("changed")


def test_a_folder_is_copied_as_the_commit_has_it(tmp_path: Path) -> None:
    tree = base_tree(Path(), "main")
    assert tree is not None
    copy = tree.write_out("data", tmp_path / "scratch")
    assert copy == tmp_path / "scratch" / "data"
    assert copy.joinpath("a.txt").read_bytes() == b"one\r\n\x00"
    assert copy.joinpath("more/[b]*.txt").read_text() == "two"
    assert not tmp_path.joinpath("scratch/other.txt").exists()
    assert Path("data/a.txt").read_text() == "changed"


@pytest.mark.parametrize("path", ["nowhere", "*", "data/*", ":(glob)**", "data/a"])
def test_what_the_commit_does_not_have_is_nothing(path: str, tmp_path: Path) -> None:
    tree = base_tree(Path(), "main")
    assert tree is not None
    assert tree.write_out(path, tmp_path / "scratch") is None


@pytest.mark.parametrize(
    ("path", "whole"),
    [("data", "data"), ("./data/../other.txt", "other.txt"), ("../x", None), ("/etc/passwd", None), ("data/../../x", None)],
)
def test_paths_are_told_from_the_top_and_lead_nowhere_else(path: str, whole: str | None) -> None:
    tree = base_tree(Path(), "main")
    assert tree is not None
    assert tree.path_of(path) == whole


def test_in_a_subfolder_paths_are_relative_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("data")
    tree = base_tree(Path(), "main")
    assert tree is not None
    assert (tree.path_of("a.txt"), tree.path_of("../other.txt"), tree.path_of("../../x")) == ("data/a.txt", "other.txt", None)


def test_a_link_is_refused() -> None:
    Path("data/link").symlink_to("/etc/passwd")
    committed()
    tree = base_tree(Path(), "main")
    assert tree is not None
    with pytest.raises(ConfigurationError, match="main:data/link: is a link or a submodule"):
        tree.blobs("data")


@pytest.mark.parametrize(("limit", "value"), [("MAX_BASE_BYTES", 5), ("MAX_BASE_FILES", 1)])
def test_what_is_too_large_is_refused_before_it_is_read(limit: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = base_tree(Path(), "main")
    assert tree is not None
    monkeypatch.setattr(adapter, limit, value)
    with pytest.raises(ConfigurationError, match="holds more than") as refused:
        tree.blobs("data")
    assert refused.value.code == "E2202"


def test_without_a_named_base_there_is_none() -> None:
    assert base_tree(Path()) is None


def test_a_branch_of_the_remote_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("clone", "-q", str(tmp_path), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    git("checkout", "-q", "-b", "change")
    git("branch", "-qD", "main")
    tree = base_tree(Path(), "main")
    assert tree is not None
    assert tree.sha == git("rev-parse", "origin/main")


def test_a_clone_without_the_commit_is_an_error_and_not_no_base(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_BASE_REF", "gone")
    with pytest.raises(ConfigurationError, match="there is no such commit in this clone"):
        base_tree(Path())
