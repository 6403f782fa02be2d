"""A set and a map of 64-bit keys for a million cases in a few bytes each: duplicate check and resume index.

Open addressing over flat arrays. The table is cut into segments that grow on their own, so that growing never holds two copies of it.
Measured at 10**6 keys: 8 bytes a slot, 1.33 to 2 slots a key (a `set` of integers takes more than 60 bytes a key).
"""

from __future__ import annotations

from array import array

_SEGMENT_BITS = 6
_SHIFT = 64 - _SEGMENT_BITS
_FIRST_SLOTS = 16
_FEW = 1 << 14
_MASK = (1 << 64) - 1


def key64(text: str) -> int:
    """A well mixed 64-bit key of `text`, valid within this process only (Python's keyed string hash).

    Two texts may share a key: whoever finds a key present confirms it at the source.
    """
    return hash(text) & _MASK


class _Segment:
    """One open-addressing table with linear probing; a slot with key 0 is empty. `values` stays empty in a set."""

    __slots__ = ("count", "keys", "limit", "size", "values")

    def __init__(self, with_values: bool, slots: int = _FIRST_SLOTS) -> None:
        self.size = slots
        self.limit = slots * 3 // 4
        self.count = 0
        self.keys = array("Q", bytes(8 * slots))
        self.values = array("Q", bytes(8 * slots)) if with_values else array("Q")

    def slot(self, key: int) -> int:
        """Where `key` is, or the empty slot where it belongs."""
        keys, size = self.keys, self.size
        index = key % size
        while (found := keys[index]) and found != key:
            index += 1
            if index == size:
                index = 0
        return index

    def grown(self) -> _Segment:
        larger = _Segment(bool(self.values), self.size * 3 // 2)
        for index, key in enumerate(self.keys):
            if key:
                slot = larger.slot(key)
                larger.keys[slot] = key
                if self.values:
                    larger.values[slot] = self.values[index]
        larger.count = self.count
        return larger


class _Table:
    """The segments. Key 0 marks an empty slot, so it is kept beside them."""

    __slots__ = ("_segments", "_zero")

    _with_values = False

    def __init__(self) -> None:
        self._segments = [_Segment(self._with_values) for _ in range(1 << _SEGMENT_BITS)]
        self._zero: int | None = None

    def __len__(self) -> int:
        return sum(segment.count for segment in self._segments) + (self._zero is not None)

    def __contains__(self, key: int) -> bool:
        if not key:
            return self._zero is not None
        segment = self._segments[key >> _SHIFT]
        return segment.keys[segment.slot(key)] == key

    def _occupy(self, segment: _Segment, slot: int, key: int) -> None:
        segment.keys[slot] = key
        segment.count += 1
        if segment.count > segment.limit:
            self._segments[key >> _SHIFT] = segment.grown()


class CompactSet(_Table):
    """A set of integers from 0 to 2**64 - 1. Keys should be well mixed, as `key64` gives them.

    The first `_FEW` are kept in an ordinary set, which is ten times as fast and at this size costs a megabyte.
    """

    __slots__ = ("_few",)

    def __init__(self) -> None:
        super().__init__()
        self._few: set[int] | None = set()

    def __len__(self) -> int:
        return super().__len__() if self._few is None else len(self._few)

    def __contains__(self, key: int) -> bool:
        return super().__contains__(key) if self._few is None else key in self._few

    def add(self, key: int) -> bool:
        """Add `key`; True where it was not there before."""
        few = self._few
        if few is None:
            return self._add(key)
        before = len(few)
        few.add(key)
        if before == _FEW < len(few):
            self._few = None
            for kept in few:
                self._add(kept)
        return before < len(few)

    def _add(self, key: int) -> bool:
        if not key:
            was_absent = self._zero is None
            self._zero = 0
            return was_absent
        segment = self._segments[key >> _SHIFT]
        slot = segment.slot(key)
        if segment.keys[slot]:
            return False
        self._occupy(segment, slot, key)
        return True


class CompactMap(_Table):
    """A map from integers to integers, both from 0 to 2**64 - 1. Keys should be well mixed, as `key64` gives them."""

    __slots__ = ()

    _with_values = True

    def get(self, key: int) -> int | None:
        if not key:
            return self._zero
        segment = self._segments[key >> _SHIFT]
        slot = segment.slot(key)
        return segment.values[slot] if segment.keys[slot] else None

    def __setitem__(self, key: int, value: int) -> None:
        if not key:
            self._zero = value
            return
        segment = self._segments[key >> _SHIFT]
        slot = segment.slot(key)
        segment.values[slot] = value
        if not segment.keys[slot]:
            self._occupy(segment, slot, key)
