from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self

import pytest

from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.datasets.split import Part, SplitPlan
from goldfinch.core.errors import UsageError
from goldfinch.operations.dataset import copy_dataset, count_dataset, pick_cases, split_dataset
from goldfinch.ports.dataset import DatasetInfo


class MemoryDataset:
    def __init__(self, *cases: Case) -> None:
        self._cases = cases
        self.given = 0

    def check(self) -> DatasetInfo:
        return DatasetInfo("memory", "f", len(self._cases), ())

    def cases(self) -> Iterator[tuple[Case, str]]:
        for case in self._cases:
            self.given += 1
            yield case, f"hash of {case.id}"


class MemorySink:
    def __init__(self) -> None:
        self.ids: list[str] = []
        self.committed = False

    def write(self, case: Case) -> None:
        self.ids.append(case.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.committed = error is None


def _dataset(count: int) -> MemoryDataset:
    return MemoryDataset(*(Case(f"c{number}", number, tags=("even",) if number % 2 == 0 else ()) for number in range(count)))


def test_picking_reads_no_further_than_it_has_to() -> None:
    dataset = _dataset(100)
    assert [case.id for case, _ in pick_cases(dataset, Selection(tags=frozenset({"even"}), limit=2))] == ["c0", "c2"]
    assert dataset.given <= 4
    dataset = _dataset(100)
    assert [found for _, found in pick_cases(dataset, Selection(frozenset({"c3"})))] == ["hash of c3"]
    assert dataset.given == 4


def test_picking_an_absent_id_is_an_error() -> None:
    with pytest.raises(UsageError, match="no case has the id x, y"):
        list(pick_cases(_dataset(3), Selection(frozenset({"y", "c1", "x"}))))


def test_counting_gives_identity_and_counts() -> None:
    info, stats = count_dataset(_dataset(5))
    assert (info.name, stats.cases, stats.tags) == ("memory", 5, {"even": 3})


def test_a_split_that_leaves_a_part_empty_commits_nothing() -> None:
    sinks = {"a": MemorySink(), "b": MemorySink()}
    with pytest.raises(UsageError, match="would hold no case"):
        split_dataset(_dataset(1), SplitPlan((Part("a", 1), Part("b", 1))), sinks.__getitem__)
    assert not any(sink.committed for sink in sinks.values())


def test_a_stratified_split_counts_what_it_wrote() -> None:
    sinks = {"a": MemorySink(), "b": MemorySink()}
    plan = SplitPlan((Part("a", 1), Part("b", 1)), stratify_by=("even",))
    assert split_dataset(_dataset(8), plan, sinks.__getitem__) == {"a": 4, "b": 4}
    assert sorted(sinks["a"].ids + sinks["b"].ids) == [f"c{number}" for number in range(8)]


def test_a_copy_holds_every_case_in_order() -> None:
    sink = MemorySink()
    assert copy_dataset(_dataset(3), sink).cases == 3
    assert (sink.ids, sink.committed) == (["c0", "c1", "c2"], True)
