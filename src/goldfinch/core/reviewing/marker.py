"""The hidden mark of a comment: which run wrote it, so that a stale run never writes over a newer one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from goldfinch.core.review import Review

_MARK = re.compile(r"<!-- goldfinch:report v(?P<version>\d{1,4}) run=(?P<run>[A-Za-z0-9._-]{1,100}) attempt=(?P<attempt>\d{1,9}) -->")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_NUMBER = re.compile(r"\d{1,30}")
_TIMED = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]+")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Mark:
    """`run` is GitHub's number of a workflow run, or the id of an evaluation run, which begins with its time."""

    run: str
    attempt: int = 1

    def __str__(self) -> str:
        return f"<!-- goldfinch:report v{_VERSION} run={self.run} attempt={self.attempt} -->"


def mark_of(review: Review) -> Mark:
    """The mark of this review's comment; no character of it can end the HTML comment that it stands in."""
    return Mark(_UNSAFE.sub("_", review.run_id)[:100] or "unknown", max(review.attempt, 1))


def read_mark(comment: str) -> Mark | None:
    """The mark of a comment that we wrote: it stands at the very start, so that no text shown further down can pass for it."""
    found = _MARK.match(comment.removeprefix("\ufeff").lstrip())
    if found is None or int(found["version"]) > _VERSION:
        return None
    return Mark(found["run"], int(found["attempt"]))


def may_replace(old_comment: str, new: Review | Mark) -> bool:
    """Whether a comment may be written over: it is ours, and of the same run or an older one.

    Numbers of workflow runs grow, and so do the times in our own run ids; attempts count within a run. A workflow's run goes before one
    made by hand. Where neither can be told, the comment stays.
    """
    old = read_mark(old_comment)
    if old is None:
        return False
    mark = new if isinstance(new, Mark) else mark_of(new)
    if mark.run == old.run:
        return mark.attempt >= old.attempt
    if _NUMBER.fullmatch(mark.run):
        return not _NUMBER.fullmatch(old.run) or int(mark.run) > int(old.run)
    return bool(_TIMED.fullmatch(mark.run) and _TIMED.fullmatch(old.run)) and mark.run > old.run
