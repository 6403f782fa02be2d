"""The course that a recorded rollout took, and the steps that it amounts to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goldfinch.core.health.events import WeightEvent
from goldfinch.core.replay import codes
from goldfinch.core.replay.course import SLACK, Course, ServedWindow, StreamFacts, course_of, recorded_steps, served_windows
from goldfinch.core.replay.failures import StreamError

MINUTE = timedelta(minutes=1)


def facts(*weights: tuple[float, int]) -> StreamFacts:
    return StreamFacts(0.0, 10_000.0, 1, tuple(WeightEvent(time_s, percent) for time_s, percent in weights))


def test_a_weight_verified_again_is_no_change() -> None:
    assert served_windows(facts((0, 10), (5, 10), (60, 50)).weights) == (ServedWindow(10, 0, 60), ServedWindow(50, 60, None))


def test_a_stream_without_weights_has_no_course() -> None:
    assert course_of(facts()) is None


def test_the_course_begins_with_the_canarys_first_share_and_ends_where_the_weight_falls() -> None:
    assert course_of(facts((0, 0), (10, 10), (60, 50), (90, 0), (120, 10))) == Course(
        (ServedWindow(10, 10, 60), ServedWindow(50, 60, 90)), ended_s=90, ended_at_percent=0
    )


def test_weights_that_give_the_canary_nothing_are_no_course() -> None:
    with pytest.raises(StreamError) as refused:
        course_of(facts((0, 0)))
    assert refused.value.code == codes.NO_COURSE


def test_what_was_served_is_known_for_every_moment() -> None:
    course = course_of(facts((10, 10), (60, 50)))
    assert course is not None
    assert [window and window.weight_percent for window in map(course.served_at, (5, 10, 59.9, 60, 1e9))] == [None, 10, 10, 50, 50]


def test_the_steps_bake_as_long_as_their_weights_were_served() -> None:
    course = course_of(facts((0, 10), (1800, 50), (3600, 100)))
    assert course is not None
    ten, fifty, hundred = recorded_steps(course, 10_000.0, MINUTE)
    assert (ten.weight_percent, ten.bake) == (10, 30 * MINUTE - MINUTE - SLACK)
    assert (fifty.weight_percent, fifty.bake) == (50, 30 * MINUTE - MINUTE - SLACK)
    assert (hundred.weight_percent, hundred.bake) == (100, timedelta(0))


def test_a_course_that_never_came_to_100_is_taken_as_about_to() -> None:
    course = course_of(facts((0, 10)))
    assert course is not None
    ten, hundred = recorded_steps(course, 1800.0, MINUTE)
    assert ten.bake == 29 * MINUTE - SLACK
    assert hundred.weight_percent == 100


def test_a_weight_served_for_less_than_the_warm_up_does_not_bake() -> None:
    course = course_of(facts((0, 10), (30, 100)))
    assert course is not None
    assert recorded_steps(course, 100.0, MINUTE)[0].bake == timedelta(0)
