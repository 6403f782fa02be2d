"""Durations as people write them: 90s, 30m, 1h30m."""

from __future__ import annotations

import re
from datetime import timedelta

_WRITTEN = re.compile(r"(?:(?P<hours>[0-9]{1,6})h)?(?:(?P<minutes>[0-9]{1,6})m)?(?:(?P<seconds>[0-9]{1,9})s)?", re.ASCII)
LONGEST = timedelta(days=30)


def duration(text: str) -> timedelta:
    """Whole hours, minutes and seconds in this order, each at most once; "0s" is none. Raises `ValueError` in words."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        raise ValueError(f"{text[:40]!r} is no duration such as 90s, 30m or 1h30m")
    length = timedelta(**{unit: int(digits) for unit, digits in found.groupdict().items() if digits})
    if length > LONGEST:
        raise ValueError(f"{text[:40]!r} is longer than {LONGEST.days} days")
    return length
