"""Which commit this is. Never fails: where there is no repository or no git, nothing is known."""

from __future__ import annotations

import json
import os
import subprocess  # nosec B404 - git only, fixed arguments
from pathlib import Path
from typing import Any

from goldfinch.core.results.manifest import Revision


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
