from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.health.metrics import Arm
from goldfinch.core.proxy.split import (
    Asked,
    SetBy,
    Split,
    after,
    from_json,
    to_json,
    with_addresses,
    with_stable_pins_moved,
    without_controller,
)
from goldfinch.core.rollout.failures import TrafficNotShifted
from goldfinch.core.rollout.plan import SessionsOnRollback

HERE = (("127.0.0.1", 9001),)
THERE = (("127.0.0.1", 9002),)


def asked(percent: int = 10, rollout: str = "ro_1", fence: int = 1, **changes: Any) -> Asked:
    request = Asked(rollout, fence, percent, "rel_c", "rel_s", None, {"rel_c": HERE, "rel_s": THERE}, "2026-11-24T10:00:00.000Z")
    return replace(request, **changes)


def test_the_same_request_gives_the_same_split() -> None:
    first = after(None, asked(50))
    assert after(first, asked(50)) == first


def test_of_one_rollout_a_lower_fence_is_refused() -> None:
    split = after(None, asked(0, fence=3))
    with pytest.raises(TrafficNotShifted, match="under the lease 2, and 3 has been seen"):
        after(split, asked(50, fence=2))


def test_an_earlier_rollout_moves_nothing_unless_it_took_a_new_lease() -> None:
    second = after(after(None, asked(50, fence=7)), asked(10, rollout="ro_2", fence=1))
    assert second.past == {"ro_1": 7}
    with pytest.raises(TrafficNotShifted, match="ro_2 has begun since"):
        after(second, asked(50, fence=7))
    assert after(second, asked(0, fence=8)).past == {"ro_2": 1}


@pytest.mark.parametrize("percent", [-1, 101])
def test_a_share_that_cannot_be_is_refused(percent: int) -> None:
    with pytest.raises(TrafficNotShifted, match="cannot be"):
        after(None, asked(percent))


def test_nobody_gets_traffic_who_runs_nowhere() -> None:
    with pytest.raises(TrafficNotShifted, match="rel_c runs nowhere"):
        after(None, asked(1, addresses={"rel_s": THERE}))
    with pytest.raises(TrafficNotShifted, match="rel_s runs nowhere"):
        after(None, asked(99, addresses={"rel_c": HERE}))


def test_what_was_known_of_a_release_serves_where_its_addresses_are_gone() -> None:
    split = after(None, asked(50))
    assert after(split, asked(0, addresses={})).releases == {"rel_c": HERE, "rel_s": THERE}
    assert with_addresses(split, {"rel_c": (), "rel_s": HERE}).releases == {"rel_c": HERE, "rel_s": HERE}


def test_a_way_back_that_breaks_pins_stays_so_until_the_share_grows_again() -> None:
    back = after(after(None, asked(50)), asked(0, sessions=SessionsOnRollback.BREAK))
    assert back.arm_for(Arm.CANARY) is Arm.STABLE
    assert after(back, asked(0)).breaks_pins
    assert after(back, asked(10)).arm_for(Arm.CANARY) is Arm.CANARY


def test_sessions_may_finish() -> None:
    back = after(after(None, asked(50)), asked(0, sessions=SessionsOnRollback.FINISH))
    assert back.arm_for(Arm.CANARY) is Arm.CANARY


def test_the_time_at_100_percent_counts_from_its_beginning_and_ends_with_it() -> None:
    full = after(None, asked(100))
    later = after(full, asked(100, now="2026-11-24T10:05:00.000Z"))
    assert later.full_since == full.full_since == "2026-11-24T10:00:00.000Z"
    moved = with_stable_pins_moved(later)
    assert moved.arm_for(Arm.STABLE) is Arm.CANARY
    assert after(moved, asked(100)).stable_pins_moved
    assert after(moved, asked(0)).arm_for(Arm.STABLE) is Arm.STABLE


def test_the_watchdog_leaves_nobody_on_the_canary() -> None:
    split = without_controller(after(None, asked(50)))
    assert (split.percent, split.arm_for(Arm.CANARY), split.set_by) == (0, Arm.STABLE, SetBy.WATCHDOG)
    assert after(split, asked(0)).set_by is SetBy.CONTROLLER


def test_the_file_gives_the_split_back() -> None:
    split = replace(after(after(None, asked(50)), asked(100, rollout="ro_2")), replaces="abc")
    found = from_json(json.loads(json.dumps(to_json(split))))
    assert found == split
    assert found.replaces == "abc"


WHOLE = to_json(after(None, asked(50)))
ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(), st.integers())
)


@given(member=st.sampled_from(sorted(WHOLE)), value=ANYTHING)
def test_any_other_file_is_refused_in_words(member: str, value: Any) -> None:
    try:
        found = from_json({**WHOLE, member: value})
    except ValueError:
        return
    assert isinstance(found, Split)


@pytest.mark.parametrize("value", [None, [], {}, {"version": 2}, {"version": 1}, {**WHOLE, "percent": True}, {**WHOLE, "canary": "rel_x"}])
def test_half_a_file_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(value)


@pytest.mark.parametrize("name", ["\ud800", "", "x\n", "%REQ(cookie)%", "a" * 129])
@pytest.mark.parametrize("key", ["rollout_id", "canary", "stable", "past"])
def test_a_file_that_was_changed_by_hand_brings_no_name_that_envoy_would_read_as_an_order(key: str, name: str) -> None:
    kept = to_json(after(None, asked(50)))
    kept["releases"][name] = kept["releases"]["rel_c"]
    kept[key] = {name: 1} if key == "past" else name
    with pytest.raises(ValueError, match="is no id"):
        from_json(json.loads(json.dumps(kept)))


@pytest.mark.parametrize("moment", ["soon", "2026-11-24T10:00:00"])
def test_a_file_whose_time_is_none_is_refused(moment: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|time zone"):
        from_json(to_json(after(None, asked(100))) | {"full_since": moment})
