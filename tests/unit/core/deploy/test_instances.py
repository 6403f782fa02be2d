"""What is to be done with an instance, by its record and whether it runs."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.deploy.instances import LONGEST_WAIT_S, Instance, Step, asked_to_end, noted_end, step

AT = 1_000_000.0
RUNS = Instance(1, "t", 80, AT)


def test_who_runs_is_left_alone() -> None:
    assert step(RUNS, alive=True, now=AT) is Step.LEAVE


def test_an_end_is_noted_then_waited_for_then_made_good() -> None:
    assert step(RUNS, alive=False, now=AT) is Step.NOTE_END
    ended = noted_end(RUNS, "exit code 1", AT)
    assert step(ended, alive=False, now=AT + 0.9) is Step.LEAVE
    assert step(ended, alive=False, now=AT + 1.0) is Step.START_AGAIN


def test_waits_double_up_to_a_minute() -> None:
    waits, instance = [], RUNS
    for _ in range(9):
        instance = noted_end(instance, "", AT)
        assert instance.again_at is not None
        waits.append(instance.again_at - AT)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_who_ran_for_a_minute_begins_again_with_the_shortest_wait() -> None:
    worn = replace(RUNS, ends=8)
    assert noted_end(worn, "", AT + 59.9).ends == 9
    assert noted_end(worn, "", AT + 60).ends == 1


def test_who_does_not_go_is_killed_at_its_time() -> None:
    leaving = asked_to_end(RUNS, 30, AT)
    assert step(leaving, alive=True, now=AT + 29.9) is Step.LEAVE
    assert step(leaving, alive=True, now=AT + 30) is Step.KILL
    assert step(leaving, alive=False, now=AT) is Step.FORGET


def test_asked_again_its_time_does_not_begin_anew() -> None:
    leaving = asked_to_end(RUNS, 30, AT)
    assert asked_to_end(leaving, 30, AT + 20) == leaving


@given(back=st.floats(0, 1e9), ends=st.integers(0, 10_000))
def test_a_clock_that_was_put_back_makes_nobody_wait_longer(back: float, ends: int) -> None:
    ended = noted_end(replace(RUNS, ends=ends, started_at=AT - 1), "", AT)
    assert ended.again_at is not None
    now = AT - back
    if step(ended, alive=False, now=now) is Step.LEAVE:
        assert ended.again_at - now <= LONGEST_WAIT_S
