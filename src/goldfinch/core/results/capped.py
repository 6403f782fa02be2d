"""As many whole cases as fit: the best-ranked ones, whatever the order in which their parts come."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Rank = tuple[Any, ...]


@dataclass(slots=True)
class CappedCase:
    """What is kept of a case: texts by name. `left_out` are the parts that would have made it larger than one case may be."""

    rank: Rank
    case_hash: str
    texts: dict[str, str] = field(default_factory=dict)
    size: int = 0
    left_out: int = 0


class CappedCases:
    """Keeps the longest run of best-ranked cases whose texts have at most `limit_bytes` of UTF-8 together, and never holds much more.

    Ranks are unique. A single case keeps at most `case_bytes`: one endless conversation must not take the place of all others.
    """

    def __init__(self, limit_bytes: int, case_bytes: int) -> None:
        self._limit, self._case_bytes = limit_bytes, case_bytes
        self._cases: dict[str, CappedCase] = {}
        self._order: list[tuple[Rank, str]] = []
        self._worst: Rank | None = None
        self._size = 0

    def takes(self, rank: Rank) -> bool:
        """Whether a case of this rank would be kept, as things are."""
        return self._worst is None or rank < self._worst

    def holds(self, case_id: str, case_hash: str) -> bool:
        case = self._cases.get(case_id)
        return case is not None and case.case_hash == case_hash

    def __len__(self) -> int:
        return len(self._cases)

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._size

    def add(self, case_id: str, case_hash: str, rank: Rank, **texts: str) -> None:
        """Begin a case that `takes` lets in with its first texts; those are kept however long they are."""
        self._cases[case_id] = case = CappedCase(rank, case_hash, texts, sum(map(_bytes, texts.values())))
        insort(self._order, (rank, case_id))
        self._size += case.size
        self._make_room()

    def attach(self, case_id: str, name: str, text: str) -> None:
        """Add a text to a case, in place of an earlier one of this name; nothing where the case was let go."""
        case = self._cases.get(case_id)
        if case is None:
            return
        grown = _bytes(text) - _bytes(case.texts.get(name, ""))
        if case.size + grown > self._case_bytes:
            case.left_out += 1
            return
        case.texts[name] = text
        case.size += grown
        self._size += grown
        self._make_room()

    def best_first(self) -> Iterator[CappedCase]:
        for _, case_id in self._order:
            yield self._cases[case_id]

    def _make_room(self) -> None:
        """A case that was let go is never taken up again, so what is left is always a run of the best."""
        while self._size > self._limit:
            self._worst, case_id = self._order.pop()
            self._size -= self._cases.pop(case_id).size


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
