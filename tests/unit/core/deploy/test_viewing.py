"""A release as its instances make it look."""

from __future__ import annotations

import pytest

from goldfinch.core.deploy.viewing import Sight, view_of
from goldfinch.core.rollout.evidence import TargetView

READY = Sight(1, True, True, ready=True, was_ready=True)
STARTING = Sight(2, True, True, failed=9, detail="not yet")
FAILING = Sight(3, True, True, was_ready=True, failed=3, detail="/health answered 500")
SHAKY = Sight(3, True, True, was_ready=True, failed=2, detail="no answer")
DEAD = Sight(4, True, False, detail="ended (exit code 1)")
LEAVING = Sight(1, False, True)


@pytest.mark.parametrize(
    ("sights", "view"),
    [
        ([READY], TargetView(True, True)),
        ([READY, STARTING], TargetView(True, False, True, "1 of 2 ready; instance 2: not yet")),
        ([STARTING], TargetView(True, False, True, "0 of 1 ready; instance 2: not yet")),
        ([SHAKY], TargetView(True, False, True, "0 of 1 ready; instance 3: no answer")),
        ([FAILING], TargetView(True, False, False, "0 of 1 ready; instance 3: /health answered 500")),
        ([DEAD, FAILING], TargetView(True, False, False, "0 of 2 ready; instance 4: ended (exit code 1)")),
        ([READY, DEAD], TargetView(True, False, True, "1 of 2 ready; instance 4: ended (exit code 1)")),
        ([DEAD, STARTING], TargetView(True, False, True, "0 of 2 ready; instance 4: ended (exit code 1)")),
        ([READY, LEAVING], TargetView(True, True)),
    ],
)
def test_a_release_that_is_wanted(sights: list[Sight], view: TargetView) -> None:
    instances = sum(sight.wanted for sight in sights)
    assert view_of(sights, wanted=True, instances=instances) == view


def test_one_whose_instances_were_not_written_down_yet_is_slow_and_not_unhealthy() -> None:
    assert view_of([], wanted=True, instances=2) == TargetView(True, False, True, "0 of 2 ready")


def test_one_that_is_not_wanted_runs_as_long_as_a_process_does() -> None:
    assert view_of([LEAVING], wanted=False, instances=1) == TargetView(True, False, True, "1 still stopping")
    assert view_of([replace_dead(LEAVING)], wanted=False, instances=1) == TargetView(False, False, True, "not running")


def replace_dead(sight: Sight) -> Sight:
    return Sight(sight.index, sight.wanted, False)


def test_a_note_is_shown_even_where_everything_is_well() -> None:
    assert view_of([READY], wanted=True, instances=1, note="no way back").detail == "no way back"
