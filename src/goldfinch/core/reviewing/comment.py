"""The pull request's comment. Source: REQUIREMENTS 3."""

from __future__ import annotations

from goldfinch.core.review import Review


def render_comment(review: Review, *, heading: str = "") -> str:
    """The whole comment, marker first, at most 60 lines and 60,000 characters; "" where nothing relevant changed."""
    raise NotImplementedError
