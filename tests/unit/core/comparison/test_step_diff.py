from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.comparison.step_diff import MAX_STEPS, Pair, Step
from goldfinch.core.comparison.step_diff import paired_steps as paired

KINDS = {"a": "user", "b": "assistant", "c": "tool", "d": "assistant"}


def paired_steps(was: list[str], now: list[str]) -> list[Pair]:
    return paired(steps(was), steps(now))


def steps(texts: list[str]) -> list[Step]:
    return [(KINDS.get(text[0], text[0]), text) for text in texts]


def test_equal_steps_stand_side_by_side() -> None:
    assert paired_steps(["a", "b", "c"], ["a", "x", "b", "c"]) == [(0, 0), (None, 1), (1, 2), (2, 3)]


def test_what_was_replaced_stands_beside_what_replaced_it() -> None:
    assert paired_steps(["a", "b", "d"], ["a", "x", "y", "d"]) == [(0, 0), (1, 1), (None, 2), (2, 3)]


def test_a_step_that_changed_stands_beside_the_one_of_its_kind() -> None:
    assert paired_steps(["a1", "b1"], ["c1", "x", "b2"]) == [(0, 0), (None, 1), (1, 2)]


def test_a_side_without_steps_leaves_the_other_alone() -> None:
    assert paired_steps([], ["a"]) == [(None, 0)]
    assert paired_steps(["a"], []) == [(0, None)]


@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_every_step_is_there_once_and_in_order(was: list[str], now: list[str]) -> None:
    pairs = paired_steps(was, now)
    assert [i for i, _ in pairs if i is not None] == list(range(len(was)))
    assert [j for _, j in pairs if j is not None] == list(range(len(now)))
    assert all(i is not None or j is not None for i, j in pairs)


def test_endless_trajectories_are_bounded() -> None:
    assert len(paired_steps(["a"] * 5_000, ["b"] * 5_000)) == MAX_STEPS
