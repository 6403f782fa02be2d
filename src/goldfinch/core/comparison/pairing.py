"""Which cases of two runs are the same: by id, and by the hash of what was asked."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from goldfinch.core.comparison.run_table import RunTable


@dataclass(frozen=True, slots=True)
class Pairing:
    """`baseline` and `current` hold the places of the common cases in each run, side by side."""

    ids: tuple[str, ...]
    baseline: array[int]
    current: array[int]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    edited: tuple[str, ...]
    """In both runs, asked differently: what the two were asked is not the same, so nothing is compared."""

    def __len__(self) -> int:
        return len(self.ids)


def pair(baseline: RunTable, current: RunTable) -> Pairing:
    """Pair the cases of two runs, in the order of the baseline."""
    if list(baseline.cases) == list(current.cases) and baseline.hashes == current.hashes:
        places = array("q", range(len(baseline.cases)))
        return Pairing(tuple(baseline.cases), places, places, (), (), ())
    ids: list[str] = []
    before, after = array("q"), array("q")
    edited: list[str] = []
    for case_id, place in baseline.cases.items():
        there = current.cases.get(case_id)
        if there is None:
            continue
        if baseline.hashes[place] != current.hashes[there]:
            edited.append(case_id)
            continue
        ids.append(case_id)
        before.append(place)
        after.append(there)
    added = tuple(sorted(current.cases.keys() - baseline.cases.keys()))
    removed = tuple(sorted(baseline.cases.keys() - current.cases.keys()))
    return Pairing(tuple(ids), before, after, added, removed, tuple(sorted(edited)))
