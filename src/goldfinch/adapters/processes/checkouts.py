"""A release's own files: its commit, checked out beside the folder that people work in."""

from __future__ import annotations

import os
import shutil
import subprocess  # nosec B404 - git only, fixed arguments
from collections.abc import Mapping
from pathlib import Path

from goldfinch.adapters.processes.locks import held
from goldfinch.adapters.processes.records import make_private
from goldfinch.core.deploy import codes
from goldfinch.core.rollout.failures import DeployFailed

TIMEOUT_S = 300


class Checkouts:
    """Checkouts under `folder`, one per commit, of the repository around `source`."""

    def __init__(self, folder: Path, source: Path) -> None:
        self._folder, self._source = folder, source

    def existing(self, git_sha: str) -> Path | None:
        """The part of a finished checkout that corresponds to `source`; None: there is none."""
        done = self._done(git_sha)
        try:
            below = done.read_text(encoding="utf-8")
        except OSError:
            return None
        found = self._tree(git_sha) / below
        return found if found.is_dir() else None

    def is_possible(self, git_sha: str) -> bool:
        """Whether the commit is there to be checked out."""
        return self._git("cat-file", "-e", f"{git_sha}^{{commit}}").returncode == 0

    def make(self, git_sha: str) -> Path:
        """The checkout, made where it is missing. Raises `DeployFailed` (E3202)."""
        if (found := self.existing(git_sha)) is not None:
            self._done(git_sha).touch()  # among the latest again, so that nobody sweeps it away
            return found
        make_private(self._folder)
        with held(self._folder / f"{git_sha}.lock", 0.0) as lock:
            if lock is None:
                what = f"commit {git_sha[:12]} is being checked out"
                raise DeployFailed(what, where=str(self._folder), hint="it is tried again", code=codes.BUSY)
            return self.existing(git_sha) or self._make(git_sha)

    def remove(self, git_sha: str) -> None:
        """Its files, and git's note of them."""
        self._done(git_sha).unlink(missing_ok=True)
        self._git("worktree", "remove", "--force", str(self._tree(git_sha)))
        shutil.rmtree(self._tree(git_sha), ignore_errors=True)

    def made(self) -> tuple[str, ...]:
        """Commits that are checked out, the latest first."""
        done = sorted(self._folder.glob("*.done"), key=lambda path: path.stat().st_mtime, reverse=True)
        return tuple(path.name.removesuffix(".done") for path in done)

    def _make(self, git_sha: str) -> Path:
        below = self._below()
        self.remove(git_sha)  # what a killed controller left
        made = self._git("worktree", "add", "--detach", "--force", str(self._tree(git_sha).resolve()), git_sha)
        if made.returncode != 0:
            raise self._refused(git_sha, (made.stderr.strip().splitlines() or ["git failed"])[-1])
        found = self._tree(git_sha) / below
        if not found.is_dir():
            raise self._refused(git_sha, f"it has no folder {below}")
        self._done(git_sha).write_text(below, encoding="utf-8")
        return found

    def _below(self) -> str:
        """From the top of the repository to `source`."""
        shown = self._git("rev-parse", "--show-prefix")
        if shown.returncode != 0:
            raise DeployFailed("this is no git repository", where=str(self._source), hint=_HINT, code=codes.NO_CHECKOUT)
        return shown.stdout.strip() or "."

    def _tree(self, git_sha: str) -> Path:
        return self._folder / git_sha

    def _done(self, git_sha: str) -> Path:
        return self._folder / f"{git_sha}.done"

    def _refused(self, git_sha: str, why: str) -> DeployFailed:
        return DeployFailed(
            f"commit {git_sha[:12]} cannot be checked out: {why}", where=str(self._source), hint=_HINT, code=codes.NO_CHECKOUT
        )

    def _git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603  # nosec B603 B607 - fixed program, no shell
                ["git", "-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false", *arguments],  # noqa: S607 - the user's git
                cwd=self._source,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=TIMEOUT_S,
                check=False,
                env=_own(os.environ),
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise DeployFailed(f"git does not run: {error}", where=str(self._source), hint=_HINT, code=codes.NO_CHECKOUT) from error


_HINT = "fetch the commit, or set deploy.checkout: false"


def _own(environment: Mapping[str, str]) -> dict[str, str]:
    """Not the repository that a git hook names around this process."""
    return {name: value for name, value in environment.items() if not name.startswith("GIT_")}
