"""`$GITHUB_STEP_SUMMARY`: the comment's content, longer, and never so long that GitHub drops it."""

from __future__ import annotations

from goldfinch.core.review import Review

LIMIT_BYTES = 900_000


def render_step_summary(review: Review, limit_bytes: int = LIMIT_BYTES) -> str:
    """At most `limit_bytes` of UTF-8."""
    raise NotImplementedError
