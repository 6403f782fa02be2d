"""Staying within a limit, as a score."""

from __future__ import annotations

from math import isfinite

from goldfinch.core.scoring.score import CannotScore, Score


def score_against(limit: float | None, used: float | None, what: str, unit: str) -> Score | None:
    """1 where `used` is within `limit`, else limit / used: twice the limit scores 0.5. None without a limit.

    Raises `CannotScore` where `used` is unknown: missing evidence, neither free nor within the limit.
    """
    if limit is None:
        return None
    if used is None:
        raise CannotScore(f"the {what} is unknown")
    if not isfinite(used) or used < 0:
        raise CannotScore(f"the {what} is no usable number: {used}")
    if used <= limit:
        return Score(1.0, f"{what} {used:g} {unit} within {limit:g}")
    return Score(max(limit, 0.0) / used, f"{what} {used:g} {unit} exceeds {limit:g}")


def checked_limit(limit: float | None) -> None:
    """Raise `ValueError` for a configured limit that is negative or not finite."""
    if limit is not None and not (isfinite(limit) and limit >= 0):
        raise ValueError(f"limit must be 0 or more, not {limit}")
