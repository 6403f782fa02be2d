from __future__ import annotations

import random
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.datasets.seen import CompactMap, CompactSet, key64

KEYS = st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 40), st.integers(2**64 - 40, 2**64 - 1))


@given(st.lists(KEYS))
def test_the_set_behaves_like_a_set(keys: list[int]) -> None:
    compact, model = CompactSet(), set[int]()
    for key in keys:
        assert compact.add(key) == (key not in model)
        model.add(key)
    assert len(compact) == len(model)
    assert all(key in compact for key in model)
    assert all(key + 1 in model or key + 1 not in compact for key in model if key < 2**64 - 1)


@given(st.lists(st.tuples(KEYS, st.integers(0, 2**64 - 1))))
def test_the_map_behaves_like_a_dict(items: list[tuple[int, int]]) -> None:
    compact, model = CompactMap(), dict[int, int]()
    for key, value in items:
        compact[key] = value
        model[key] = value
    assert len(compact) == len(model)
    assert all(compact.get(key) == value for key, value in model.items())
    assert all(compact.get(key ^ 1) == model.get(key ^ 1) for key in model)


def test_keys_that_fall_on_the_same_slot_are_kept_apart() -> None:
    compact = CompactMap()
    for number in range(1, 2000):
        compact[number * 16] = number
    assert [compact.get(number * 16) for number in range(1, 2000)] == list(range(1, 2000))


def test_a_key_fits_in_64_bits() -> None:
    assert all(0 <= key64(text) < 2**64 for text in ("", "a", "case-1", "ü"))


def _bytes_per_key(table: CompactSet | CompactMap, count: int) -> tuple[float, float]:
    mix = random.Random(1)
    tracemalloc.start()
    try:
        for _ in range(count):
            if isinstance(table, CompactSet):
                table.add(mix.getrandbits(64))
            else:
                table[mix.getrandbits(64)] = 7
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return now / count, peak / count


def test_a_set_takes_at_most_24_bytes_a_key_even_while_it_grows() -> None:
    now, peak = _bytes_per_key(CompactSet(), 100_000)
    assert now <= 17
    assert peak <= 24


def test_a_map_takes_at_most_40_bytes_a_key_even_while_it_grows() -> None:
    now, peak = _bytes_per_key(CompactMap(), 100_000)
    assert now <= 33
    assert peak <= 40
