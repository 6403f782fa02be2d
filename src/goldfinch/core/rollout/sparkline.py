"""A metric over its last checks as a line of blocks: to be seen at a glance, not to be measured."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Final

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_PLAIN: Final = "_.-~=+*#"
MISSING: Final = "·"


def sparkline(
    values: Sequence[float | None], width: int, *, low: float | None = None, high: float | None = None, plain: bool = False
) -> str:
    """The last `width` values between `low` and `high` (default: their own), a dot for one that is missing. `plain`: ASCII."""
    shown = values[-width:] if width > 0 else ()
    known = [value for value in shown if value is not None and isfinite(value)]
    blocks, missing = (_PLAIN, " ") if plain else (_BLOCKS, MISSING)
    bottom = min(known, default=0.0) if low is None else low
    top = max(known, default=0.0) if high is None else high
    return "".join(missing if value is None or not isfinite(value) else blocks[_level(value, bottom, top, len(blocks))] for value in shown)


def _level(value: float, low: float, high: float, levels: int) -> int:
    if high <= low:
        return 0
    return max(0, min(levels - 1, int((value - low) / (high - low) * levels)))


def bar(share: float, width: int, *, plain: bool = False) -> str:
    """How far something has come: `share` of `width` filled."""
    filled = max(0, min(width, round(share * width)))
    full, empty = ("#", ".") if plain else ("█", "░")
    return full * filled + empty * (width - filled)
