from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from goldfinch.core.proxy.clusters import clusters
from goldfinch.core.proxy.dead_man import Sight, gives_back
from goldfinch.core.proxy.envoy_json import encoded
from goldfinch.core.proxy.options import ProxyOptions, listen_address
from goldfinch.core.proxy.reading import Served, emergency_weights, served
from goldfinch.core.proxy.routes import routes
from goldfinch.core.proxy.split import SetBy, Split
from goldfinch.core.proxy.viewing import Expected, view_of

SPLIT = Split("ro_1", 1, 50, "rel_c", "rel_s", {"rel_c": (("127.0.0.1", 9001),), "rel_s": (("127.0.0.1", 9002),)})
OPTIONS = ProxyOptions(listen_address(":80"))


def expected(split: Split = SPLIT) -> Expected:
    return Expected(routes(split, b"k" * 32, OPTIONS), clusters(split))


def as_envoy_tells(split: Split = SPLIT, runtime: dict[str, str] | None = None, in_flight: int = 3) -> Served:
    content = expected(split)
    stats = [
        {"name": "http.agent.rds.agent.version_text", "value": content.versions[0]},
        {"name": "cluster_manager.cds.version_text", "value": content.versions[1]},
        {"name": "cluster.rel_c.upstream_rq_active", "value": in_flight},
        {"histograms": {}},
    ]
    dump = {"configs": [{"version_info": content.versions[0], "route_config": json.loads(json.dumps(content.routes["resources"][0]))}]}
    entries = {name: {"layer_values": ["", value], "final_value": value} for name, value in (runtime or {}).items()}
    return served({"stats": stats}, dump, {"entries": {"re2.max": {"final_value": "5000"}, **entries}})


def view(split: Split = SPLIT, told: Served | None = None, on_disk: bytes | None = None, rollout: str = "ro_1") -> Any:
    content = expected(split)
    return view_of(split, rollout, told or as_envoy_tells(split), content, encoded(content.routes) if on_disk is None else on_disk)


def test_what_is_served_is_what_was_asked_for() -> None:
    seen = view()
    assert (seen.canary_percent, seen.acknowledged, seen.foreign_change, seen.canary_in_flight) == (50, True, "", 3)
    assert seen.pinned_canary_sessions is None


def test_a_weight_of_zero_that_envoy_leaves_out_is_zero() -> None:
    assert Served(weights={"rel_c": 0, "rel_s": 1000}).percent("rel_c") == 0
    assert Served(weights={"rel_s": 1000}).percent("rel_c") == 0
    assert Served().percent("rel_c") == 0


def test_a_little_is_never_taken_for_nothing() -> None:
    assert Served(weights={"rel_c": 1, "rel_s": 999}).percent("rel_c") == 1


def test_a_runtime_key_wins_and_is_told() -> None:
    seen = view(told=as_envoy_tells(runtime=emergency_weights("rel_c", "rel_s", 0)))
    assert (seen.canary_percent, seen.acknowledged) == (0, False)
    assert "rel_c = 0, rel_s = 1000" in seen.foreign_change


def test_routes_of_before_are_not_acknowledged_and_nobodys_change() -> None:
    before = expected(replace(SPLIT, percent=10))
    now = replace(SPLIT, replaces=before.versions[0])
    seen = view(now, as_envoy_tells(replace(SPLIT, percent=10)), encoded(before.routes))
    assert (seen.canary_percent, seen.acknowledged, seen.foreign_change) == (10, False, "")


@pytest.mark.parametrize("on_disk", [b"{}", b"[]", b"\xff", b'{"version_info": "x"}', b"[" * 100_000])
def test_other_routes_on_disk_are_somebody_elses(on_disk: bytes) -> None:
    assert "somebody else" in view(replace(SPLIT, replaces="x"), on_disk=on_disk).foreign_change


def test_another_rollout_that_has_taken_over_is_told() -> None:
    assert view(rollout="ro_0").foreign_change == ""
    seen = view(replace(SPLIT, past={"ro_0": 1}), rollout="ro_0")
    assert (seen.canary_percent, seen.acknowledged) == (0, False)
    assert "ro_1 has set the split since" in seen.foreign_change


def test_the_watchdogs_act_is_told() -> None:
    assert "watchdog" in view(replace(SPLIT, percent=0, breaks_pins=True, set_by=SetBy.WATCHDOG)).foreign_change


@pytest.mark.parametrize(
    "wrong", [None, [], 1, {"stats": 1}, {"stats": [1]}, {"stats": [{"name": "http.agent.rds.agent.update_rejected", "value": "x"}]}]
)
def test_an_unknown_answer_is_an_error_in_words(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        served(wrong, {"configs": []}, {"entries": {}})


@pytest.mark.parametrize(
    ("split", "sight", "acts"),
    [
        (SPLIT, Sight(601, 100), True),
        (SPLIT, Sight(599, 100), False),
        (SPLIT, Sight(100_000, 1), False),  # the clock jumped
        (replace(SPLIT, percent=0), Sight(10_000, 10_000), False),
        (replace(SPLIT, percent=100), Sight(10_000, 10_000), False),
        (replace(SPLIT, stable=None), Sight(10_000, 10_000), False),
        (None, Sight(10_000, 10_000), False),
    ],
)
def test_the_watchdog_acts_on_a_canary_that_nobody_looks_after_and_on_nothing_else(split: Split | None, sight: Sight, acts: bool) -> None:
    assert gives_back(split, sight, 600) is acts
