"""What git knows of the files in a folder: which it tracks, and which are not in the present commit as they are."""

from __future__ import annotations

import subprocess  # nosec B404 - git only, fixed arguments
from dataclasses import dataclass
from pathlib import Path

_TIMEOUT_S = 120
_SUBMODULE = "160000"


@dataclass(frozen=True, slots=True)
class CommittedState:
    """The files of one folder, paths from there with `/`. `head` is None before the first commit."""

    head: str | None
    tracked: frozenset[str]
    submodules: dict[str, str]
    """Path → the commit that is pinned."""
    changed: frozenset[str]
    """Tracked files whose content is not the commit's, or of which git was told not to look (assume-unchanged, skip-worktree)."""
    untracked: frozenset[str]
    """Neither tracked nor ignored. A repository of its own ends with `/`."""


def committed_state(folder: Path) -> CommittedState | None:
    """None where there is no git, or no repository around `folder`."""
    if _lines(folder, "rev-parse", "--is-inside-work-tree") is None:
        return None
    head = _lines(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    entries = [entry.partition("\t") for entry in _names(folder, "ls-files", "--stage", "-z", ".")]
    submodules = {name: about.split()[1] for about, _, name in entries if about.startswith(_SUBMODULE)}
    tracked = frozenset(name for _, _, name in entries) - submodules.keys()
    changed = _names(folder, "diff", "--no-ext-diff", "--name-only", "-z", "--relative", "HEAD", "--", ".") if head else tracked
    unseen = [entry[2:] for entry in _names(folder, "ls-files", "-v", "-z", ".") if entry[0] == "S" or entry[0].islower()]
    untracked = _names(folder, "ls-files", "--others", "--exclude-standard", "-z", ".")
    return CommittedState(head.strip() if head else None, tracked, submodules, frozenset((*changed, *unseen)), frozenset(untracked))


def _names(folder: Path, *arguments: str) -> list[str]:
    return [name for name in (_lines(folder, *arguments) or "").split("\0") if name]


def _lines(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603  # nosec B603 B607 - fixed program, no shell
            ["git", "--literal-pathspecs", "--no-optional-locks", *arguments],  # noqa: S607 - git is found where the user has it
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
