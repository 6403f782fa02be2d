from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.results.capped import CappedCases


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(0, 400), st.integers(0, 999))
def test_what_is_kept_is_the_longest_run_of_the_best_that_fits_in_any_order(sizes: list[int], limit: int, seed: int) -> None:
    kept = CappedCases(limit, case_bytes=1_000)
    order = list(range(len(sizes)))
    Random(seed).shuffle(order)
    for rank in order:
        if kept.takes((rank,)):
            kept.add(str(rank), "hash", (rank,), row="x")
    for rank in order:
        kept.attach(str(rank), "rest", "y" * (sizes[rank] - 1))
    expected, total = [], 0
    for rank, size in enumerate(sizes):
        total += size
        if total > limit:
            break
        expected.append(rank)
    held = [case.rank[0] for case in kept.best_first()]
    assert held == expected[: len(held)]  # rows alone may have let a case go that would have fitted: never one that ranks better
    assert kept.size == sum(sizes[rank] for rank in held) <= limit
    if sum(sizes) <= limit:
        assert held == list(range(len(sizes)))


def test_size_is_counted_in_bytes_and_an_earlier_text_is_replaced() -> None:
    kept = CappedCases(100, case_bytes=100)
    kept.add("a", "h", (0,), row="é")
    kept.attach("a", "answer", "xxxx")
    kept.attach("a", "answer", "xx")
    assert kept.size == 4
    (case,) = kept.best_first()
    assert case.texts == {"row": "é", "answer": "xx"}


def test_one_endless_case_does_not_take_the_place_of_the_others() -> None:
    kept = CappedCases(1_000, case_bytes=50)
    for rank in range(5):
        kept.add(str(rank), "h", (rank,), row="x")
        kept.attach(str(rank), "answer", "y" * 900)
    assert [(case.left_out, case.size) for case in kept.best_first()] == [(1, 1)] * 5


def test_a_case_is_known_by_its_id_and_its_hash() -> None:
    kept = CappedCases(100, case_bytes=100)
    kept.add("a", "old", (0,), row="x")
    assert kept.holds("a", "old")
    assert not kept.holds("a", "edited")
    assert not kept.holds("b", "old")
