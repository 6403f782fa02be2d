"""Lines of a log that somebody outside can cause: each kind once, then at most one a minute, with how many there were."""

from __future__ import annotations

from dataclasses import dataclass, field

EVERY_S = 60.0
_MOST_KINDS = 100


@dataclass(slots=True)
class Notices:
    """Decides which lines are written."""

    _last: dict[str, float] = field(default_factory=dict)
    _silent: dict[str, int] = field(default_factory=dict)

    def line(self, kind: str, text: str, now_s: float) -> str | None:
        """The line to write, or None: there was one of its kind within the last minute. `now_s`: of a clock that never goes back."""
        kind = kind if kind in self._last or len(self._last) < _MOST_KINDS else "other"
        last = self._last.get(kind)
        if last is not None and now_s - last < EVERY_S:
            self._silent[kind] = self._silent.get(kind, 0) + 1
            return None
        self._last[kind] = now_s
        more = self._silent.pop(kind, 0)
        return f"{text} (and {more} more of this kind since)" if more else text
