"""The quarantine that a change is judged by: the base branch's, so that no change excuses the case that it breaks (T9)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from goldfinch.adapters.files.quarantine_file import read_quarantine
from goldfinch.adapters.git import base_tree
from goldfinch.bootstrap.base_rules import BaseFiles
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.quarantine.entries import Quarantine
from goldfinch.core.quarantine.wording import changes_in


@dataclass(frozen=True, slots=True)
class JudgingQuarantine:
    """The quarantine that counts. `changes` is what the change under test would make of it, a line each; it has no say yet."""

    quarantine: Quarantine
    changes: tuple[str, ...] = ()


def judging_quarantine(file: Path, ref: str | None = None) -> JudgingQuarantine:
    """The file of `ref`, else of the base of GitHub's pull request, else the working tree's.

    Where the pull request's base cannot be read nobody is excused, which is the stricter side; a `ref` that was named has to be read.
    Raises `ConfigurationError`: E2201 for such a `ref`, E2470 for a file that is none.
    """
    try:
        tree = base_tree(Path(), ref)
    except ConfigurationError as error:
        if ref is not None:
            raise
        return JudgingQuarantine(Quarantine(where=str(file)), (f"no case is excused: {error}",) if file.exists() else ())
    if tree is None:
        return JudgingQuarantine(read_quarantine(file))
    with TemporaryDirectory(prefix="goldfinch-base-") as scratch:
        return of_base(file, BaseFiles(tree, Path(scratch)))


def of_base(file: Path, base: BaseFiles) -> JudgingQuarantine:
    """The base branch's file, an empty quarantine where it has none: nothing in the working tree counts, tracked or not."""
    ref = base.tree.ref
    copy = base.copy_of(file)
    counting = Quarantine(where=f"{ref}:{file}") if copy is None else read_quarantine(copy, f"{ref}:{file}")
    try:
        proposed = read_quarantine(file)
    except ConfigurationError as error:
        return JudgingQuarantine(counting, (f"the quarantine file of this change cannot be read: {error.problem.what}",))
    return JudgingQuarantine(counting, changes_in(counting, proposed, ref))
