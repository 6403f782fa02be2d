"""What an import says about the things it could not carry over as they were: what, how often, where."""

from __future__ import annotations

from dataclasses import dataclass

from goldfinch.core.importing.limits import MAX_PLACES

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Note:
    """One kind of thing that was changed or left out; `lost` where it is not in the cases at all. `places` are at most `MAX_PLACES`."""

    what: str
    count: int
    places: tuple[str, ...]
    lost: bool

    def __str__(self) -> str:
        shown = ", ".join(self.places[:_SHOWN])
        more = self.count - min(len(self.places), _SHOWN)
        return f"{self.count} x {self.what}: {shown}{f', and {more} more' if more else ''}"


class Notes:
    """Collects notes; equal ones are counted."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, bool], int] = {}
        self._places: dict[tuple[str, bool], list[str]] = {}

    def changed(self, what: str, place: str) -> None:
        """Note what is in the cases, but not as it was."""
        self._add((what, False), place)

    def lost(self, what: str, place: str) -> None:
        """Note what is not in the cases."""
        self._add((what, True), place)

    def _add(self, key: tuple[str, bool], place: str) -> None:
        self._counts[key] = self._counts.get(key, 0) + 1
        places = self._places.setdefault(key, [])
        if len(places) < MAX_PLACES and place not in places[-1:]:
            places.append(place)

    def listed(self) -> tuple[Note, ...]:
        """Every note, what was lost first, otherwise in the order found."""
        notes = [Note(what, count, tuple(self._places[what, lost]), lost) for (what, lost), count in self._counts.items()]
        return tuple(sorted(notes, key=lambda note: not note.lost))
