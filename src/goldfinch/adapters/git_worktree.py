"""Branches, and another commit checked out beside this one."""

from __future__ import annotations

import os
import subprocess  # nosec B404 - git only, fixed arguments
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from goldfinch.core.baselines.codes import NO_WORKTREE
from goldfinch.core.errors import UsageError

TIMEOUT_S = 120


def branch_of(folder: Path) -> str | None:
    """The branch that is checked out: as CI says, whose checkouts are detached, else as git does. None where there is none."""
    if (named := os.environ.get("GITHUB_HEAD_REF") or os.environ.get("CI_COMMIT_BRANCH")) is not None and named:
        return named
    if os.environ.get("GITHUB_REF_TYPE") == "branch" and (named := os.environ.get("GITHUB_REF_NAME")):
        return named
    return _line(folder, "symbolic-ref", "--short", "-q", "HEAD")


def base_branches(folder: Path) -> tuple[str, ...]:
    """Where a baseline is looked for, in order: the base of the pull request, else this branch and then the default one."""
    asked = os.environ.get("GITHUB_BASE_REF") or os.environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    if asked:
        return (asked,)
    default = _line(folder, "symbolic-ref", "--short", "-q", "refs/remotes/origin/HEAD")
    found = (branch_of(folder), default.removeprefix("origin/") if default else None, "main", "master")
    return tuple(dict.fromkeys(name for name in found if name))


def user_of(folder: Path) -> str | None:
    """Who does this: the account in CI, else the name that git knows."""
    return os.environ.get("GITHUB_ACTOR") or os.environ.get("GITLAB_USER_LOGIN") or _line(folder, "config", "user.name")


@contextmanager
def worktree(folder: Path, ref: str) -> Iterator[Path]:
    """`folder` as it is at commit `ref`, in a temporary checkout of its own that is removed at the end. Raises `UsageError` (E2411)."""
    root = _line(folder, "rev-parse", "--show-toplevel")
    commit = _line(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if root is None or commit is None:
        raise UsageError(f"git knows no commit {ref}", where=str(folder), hint="fetch it, or give --baseline-config", code=NO_WORKTREE)
    with tempfile.TemporaryDirectory(prefix="goldfinch-baseline-", ignore_cleanup_errors=True) as temporary:
        checkout = Path(temporary, "checkout")
        done = _git(folder, "worktree", "add", "--detach", "--force", str(checkout), commit)
        if done.returncode != 0:
            raise UsageError(
                f"cannot check out {ref}: {_last(done.stderr)}", where=str(folder), hint="give --baseline-config", code=NO_WORKTREE
            )
        try:
            yield checkout / folder.resolve().relative_to(Path(root).resolve())
        finally:
            _git(folder, "worktree", "remove", "--force", str(checkout))


def _line(folder: Path, *arguments: str) -> str | None:
    try:
        done = _git(folder, *arguments)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # nosec B603 B607 - fixed program, no shell
        ["git", *arguments],  # noqa: S607 - git is found where the user has it
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=TIMEOUT_S,
        check=False,
    )


def _last(text: str) -> str:
    return (text.strip().splitlines() or ["git failed"])[-1]
