from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from goldfinch.bootstrap.event_loop import YOUNG_OBJECTS, run_to_end
from goldfinch.operations.engine.stopping import StopSignal


@pytest.fixture(autouse=True)
def _threshold_put_back() -> Iterator[None]:
    found = gc.get_threshold()
    yield
    gc.set_threshold(*found)


def threshold_during_a_run() -> tuple[int, int, int]:
    async def work(_: StopSignal) -> tuple[int, int, int]:
        return gc.get_threshold()

    return run_to_end(work)


def test_garbage_is_looked_for_less_often_during_a_run_and_as_before_after_it() -> None:
    gc.set_threshold(700, 10, 10)
    assert threshold_during_a_run() == (YOUNG_OBJECTS, 10, 10)
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("own", [0, YOUNG_OBJECTS + 1])
def test_whoever_set_the_garbage_collector_to_come_less_often_or_never_is_left_alone(own: int) -> None:
    gc.set_threshold(own, 5, 5)
    assert threshold_during_a_run() == (own, 5, 5)


def test_the_threshold_is_put_back_after_a_run_that_raised() -> None:
    gc.set_threshold(700, 10, 10)

    async def fail(_: StopSignal) -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - any
        run_to_end(fail)
    assert gc.get_threshold() == (700, 10, 10)
