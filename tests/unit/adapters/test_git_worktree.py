from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from goldfinch.adapters.git_worktree import base_branches, branch_of, user_of, worktree
from goldfinch.core.errors import UsageError

VARIABLES = (
    "GITHUB_HEAD_REF",
    "GITHUB_BASE_REF",
    "GITHUB_REF_TYPE",
    "GITHUB_REF_NAME",
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "CI_COMMIT_BRANCH",
)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    git(tmp_path, "init", "-q", "-b", "trunk")
    for name, value in (("user.name", "Ada"), ("user.email", "ada@example.com")):
        git(tmp_path, "config", name, value)
    (tmp_path / "part").mkdir()
    for text in ("old", "new"):
        (tmp_path / "part" / "prompt.txt").write_text(text)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", text)
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_the_branch_is_the_one_that_is_checked_out(repository: Path) -> None:
    assert (branch_of(repository), user_of(repository)) == ("trunk", "Ada")
    git(repository, "checkout", "-q", "--detach")
    assert branch_of(repository) is None


def test_what_ci_says_goes_before_its_detached_checkout(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REF_TYPE", "branch")
    monkeypatch.setenv("GITHUB_REF_NAME", "17/merge")
    monkeypatch.setenv("GITHUB_HEAD_REF", "feature/x")
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    assert (branch_of(repository), base_branches(repository)) == ("feature/x", ("main",))
    monkeypatch.setenv("GITHUB_HEAD_REF", "")
    monkeypatch.setenv("GITHUB_BASE_REF", "")
    assert (branch_of(repository), base_branches(repository)) == ("17/merge", ("17/merge", "main", "master"))


def test_outside_a_repository_there_is_no_branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert branch_of(tmp_path) is None
    with pytest.raises(UsageError, match="git knows no commit HEAD"), worktree(tmp_path, "HEAD"):
        pass


def test_another_commit_lies_beside_this_one_and_is_gone_at_the_end(repository: Path) -> None:
    with worktree(repository / "part", "HEAD~1") as there:
        assert (there / "prompt.txt").read_text() == "old"
        assert (repository / "part" / "prompt.txt").read_text() == "new"
    assert not there.exists()
    assert len(git(repository, "worktree", "list").splitlines()) == 1


@pytest.mark.parametrize("ref", ["nothing", "", "--upload-pack=touch x", "HEAD; touch x"])
def test_a_ref_that_git_does_not_know_is_refused(repository: Path, ref: str) -> None:
    with pytest.raises(UsageError) as error, worktree(repository, ref):
        pass
    assert error.value.code == "E2411"
    assert not (repository / "x").exists()
