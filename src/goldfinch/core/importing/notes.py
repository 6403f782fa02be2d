"""What an import says about the things it could not carry over as they were: what, how often, where."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from goldfinch.core.importing.limits import MAX_PLACES

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Note:
    """One kind of thing that was changed or left out; `lost` where it is not in the cases at all.

    `places` are the first `MAX_PLACES` of `distinct` different ones: a default that a hundred tests share stands in one place.
    """

    what: str
    count: int
    places: tuple[str, ...]
    distinct: int
    lost: bool

    def __str__(self) -> str:
        shown = ", ".join(self.places[:_SHOWN])
        more = self.distinct - min(len(self.places), _SHOWN)
        return f"{self.count} x {self.what}: {shown}{f', and {more} more' if more else ''}"


class Notes:
    """Collects notes; equal ones are counted."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, bool], int] = {}
        self._places: dict[tuple[str, bool], dict[str, None]] = {}

    def changed(self, what: str, place: str) -> None:
        """Note what is in the cases, but not as it was."""
        self._add((what, False), place)

    def lost(self, what: str, place: str) -> None:
        """Note what is not in the cases."""
        self._add((what, True), place)

    def _add(self, key: tuple[str, bool], place: str) -> None:
        self._counts[key] = self._counts.get(key, 0) + 1
        self._places.setdefault(key, {})[place] = None

    def listed(self) -> tuple[Note, ...]:
        """Every note, what was lost first, otherwise in the order found."""
        notes = [self._note(what, lost) for what, lost in self._counts]
        return tuple(sorted(notes, key=lambda note: not note.lost))

    def _note(self, what: str, lost: bool) -> Note:
        places = self._places[what, lost]
        return Note(what, self._counts[what, lost], tuple(islice(places, MAX_PLACES)), len(places), lost)
