from __future__ import annotations

from collections.abc import Iterator

import pytest

from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.errors import UsageError

CASES = [Case("a", "q"), Case("b", "q", tags=("refund",)), Case("c", "q", tags=("refund", "angry")), Case("d", "q", tags=("angry",))]


def selected(selection: Selection) -> list[str]:
    return [case.id for case, _ in selection.apply((case, f"hash of {case.id}") for case in CASES)]


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        (Selection(), ["a", "b", "c", "d"]),
        (Selection(case_ids=frozenset({"d", "a", "unknown"})), ["a", "d"]),
        (Selection(tags=frozenset({"refund", "angry"})), ["b", "c", "d"]),
        (Selection(case_ids=frozenset({"a", "b"}), tags=frozenset({"refund"})), ["b"]),
        (Selection(limit=2), ["a", "b"]),
        (Selection(tags=frozenset({"angry"}), limit=1), ["c"]),
        (Selection(tags=frozenset({"unknown"})), []),
        (Selection(limit=10), ["a", "b", "c", "d"]),
    ],
)
def test_selects_in_the_order_of_the_dataset(selection: Selection, ids: list[str]) -> None:
    assert selected(selection) == ids


def test_keeps_the_hash_of_each_case() -> None:
    assert list(Selection(limit=1).apply([(CASES[0], "9f2e")])) == [(CASES[0], "9f2e")]


def test_reads_no_further_than_its_limit() -> None:
    read = []

    def cases() -> Iterator[tuple[Case, str]]:
        for case in CASES:
            read.append(case.id)
            yield case, ""

    assert len(list(Selection(tags=frozenset({"refund"}), limit=1).apply(cases()))) == 1
    assert read == ["a", "b"]


def test_reads_no_further_than_the_last_of_the_ids() -> None:
    read = []

    def cases() -> Iterator[tuple[Case, str]]:
        for case in CASES:
            read.append(case.id)
            yield case, ""

    assert len(list(Selection(case_ids=frozenset({"a", "b"})).apply(cases()))) == 2
    assert read == ["a", "b"]


def test_an_id_that_no_case_has_is_an_error() -> None:
    with pytest.raises(UsageError, match="no case has the id x, y"):
        Selection(case_ids=frozenset({"y", "a", "x"})).require_all({"a"})
    Selection(case_ids=frozenset({"a"})).require_all({"a"})


def test_an_id_that_a_tag_or_the_limit_hides_is_no_error() -> None:
    Selection(frozenset({"a", "b"}), tags=frozenset({"refund"})).require_all({"b"})
    Selection(frozenset({"a", "b"}), limit=1).require_all({"a"})


def test_says_whether_it_takes_all() -> None:
    assert Selection().takes_all
    for partly in (Selection(case_ids=frozenset({"a"})), Selection(tags=frozenset({"x"})), Selection(limit=0)):
        assert not partly.takes_all


def test_tells_the_manifest_what_it_filters_by_in_a_stable_order() -> None:
    assert Selection().as_filters() == {}
    every = Selection(frozenset({"b", "a"}), frozenset({"y", "x"}), 3)
    assert every.as_filters() == {"case": ["a", "b"], "tag": ["x", "y"], "limit": 3}
