"""Which commit this is, and what another commit holds, read without a checkout.

Asking which commit this is never fails: where there is no repository or no git, nothing is known. A base branch that was named and
cannot be read is an error: a change must never be judged by its own rules because the others could not be found.
"""

from __future__ import annotations

import json
import os
import subprocess  # nosec B404 - git only, fixed arguments
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from goldfinch.core.checking.codes import BASE_TOO_LARGE, BASE_UNREADABLE
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.results.manifest import Revision

MAX_BASE_BYTES = 512_000_000
"""What is read of a base branch at the most, in one go: a golden dataset of a million cases."""
MAX_BASE_FILES = 20_000
_TIMEOUT_S = 120
_PLAIN_FILES = ("100644", "100755", "100664")


def revision_of(folder: Path) -> Revision:
    """Commits of the repository around `folder`. On a pull request of GitHub the checkout is the merge commit (REQUIREMENTS C54)."""
    here = _git(folder, "rev-parse", "HEAD")
    if here is None:
        return Revision()
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    dirty = None if changes is None else bool(changes)
    request = _pull_request()
    head = _sha_of(request, "head")
    if head is not None and head != here:
        return Revision(head_sha=head, merge_sha=here, base_sha=_sha_of(request, "base"), dirty=dirty)
    return Revision(head_sha=here, base_sha=_sha_of(request, "base"), dirty=dirty)


@dataclass(frozen=True, slots=True)
class Blob:
    """A plain file of a commit: its path from the top of the repository, and how long it is."""

    path: str
    sha: str
    size: int


@dataclass(frozen=True, slots=True)
class BaseTree:
    """The files of one commit. `ref` is how a person calls it; `prefix` leads from the top of the repository to `folder`."""

    folder: Path
    ref: str
    sha: str
    prefix: str

    def path_of(self, path: str | Path) -> str | None:
        """`path`, as seen from `folder`, from the top of the repository; None where it leads out of it. Links are not followed."""
        below = os.path.relpath(os.path.abspath(self.folder / path), os.path.abspath(self.folder))  # noqa: PTH100 - must not resolve links
        whole = os.path.normpath(PurePosixPath(self.prefix) / below)
        return None if whole.startswith("..") or Path(whole).is_absolute() else whole

    def blobs(self, path: str, commit: str = "") -> tuple[Blob, ...]:
        """The plain files at or below `path` (from the top). Raises `ConfigurationError` for links, submodules, and too many files."""
        listed = self._run("ls-tree", "-r", "-z", "-l", "--full-tree", commit or self.sha, "--", path)
        found = []
        for entry in listed.decode("utf-8", "surrogateescape").split("\0"):
            if not entry:
                continue
            about, _, name = entry.partition("\t")
            mode, _, sha, size = about.split()
            if mode not in _PLAIN_FILES:
                raise self._refused(name, "is a link or a submodule, not a plain file")
            found.append(Blob(name, sha, int(size)))
        if len(found) > MAX_BASE_FILES or sum(blob.size for blob in found) > MAX_BASE_BYTES:
            raise self._refused(path, f"holds more than {MAX_BASE_FILES} files or {MAX_BASE_BYTES // 1_000_000} MB")
        return tuple(found)

    def write_out(self, path: str, into: Path) -> Path | None:
        """Copy the plain files at or below `path` below `into`, under the same names; None where the commit has none there."""
        blobs = self.blobs(path)
        for blob in blobs:
            target = into / blob.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self._run("cat-file", "blob", blob.sha))
        return into / path if blobs else None

    def _run(self, *arguments: str) -> bytes:
        try:
            done = subprocess.run(  # noqa: S603  # nosec B603 B607 - fixed program, no shell
                ["git", "--literal-pathspecs", "--no-optional-locks", *arguments],  # noqa: S607 - git is found where the user has it
                cwd=self.folder,
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
                env={**os.environ, "GIT_NO_LAZY_FETCH": "1"},
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise _no_base(self.ref, str(error)) from error
        if done.returncode:
            raise _no_base(self.ref, done.stderr.decode("utf-8", "replace").strip())
        return done.stdout

    def _refused(self, path: str, what: str) -> ConfigurationError:
        return ConfigurationError(what, where=f"{self.ref}:{path}", hint="name a more exact path", code=BASE_TOO_LARGE)


def base_tree(folder: Path, ref: str | None = None) -> BaseTree | None:
    """The commit that a change in `folder` is to be merged into: `ref`, else the base of GitHub's pull request, else None.

    Raises `ConfigurationError` (E2201) where there is such a commit by name, and git does not have it.
    """
    named = ref or _base_of_pull_request()
    if named is None:
        return None
    prefix = _git(folder, "rev-parse", "--show-prefix")
    for candidate in (named, f"origin/{named}", f"refs/remotes/origin/{named}"):
        sha = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{candidate}^{{commit}}")
        if sha and prefix is not None:
            return BaseTree(folder, os.environ.get("GITHUB_BASE_REF") or named if ref is None else named, sha, prefix)
    raise _no_base(named, "there is no such commit in this clone" if prefix is not None else "this is no git repository")


def _base_of_pull_request() -> str | None:
    """The exact commit where the event tells it, else the branch."""
    return _sha_of(_pull_request(), "base") or os.environ.get("GITHUB_BASE_REF") or None


def _no_base(ref: str, why: str) -> ConfigurationError:
    what = f"the base branch cannot be read: {' '.join(why.split())[:200]}"
    return ConfigurationError(what, where=ref, hint="fetch it (fetch-depth: 0 of actions/checkout)", code=BASE_UNREADABLE)


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603  # nosec B603 B607 - fixed program, no shell
            ["git", *arguments],  # noqa: S607 - git is found where the user has it
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _pull_request() -> dict[str, Any]:
    path = os.environ.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    request = event.get("pull_request") if isinstance(event, dict) else None
    return request if isinstance(request, dict) else {}


def _sha_of(request: dict[str, Any], side: str) -> str | None:
    commit = request.get(side)
    sha = commit.get("sha") if isinstance(commit, dict) else None
    return sha if isinstance(sha, str) else None
