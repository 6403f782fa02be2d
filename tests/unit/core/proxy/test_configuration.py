from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from goldfinch.core.proxy.bootstrap import bootstrap
from goldfinch.core.proxy.clusters import NOBODY, clusters
from goldfinch.core.proxy.envoy_json import encoded
from goldfinch.core.proxy.options import ProxyOptions, listen_address
from goldfinch.core.proxy.routes import TOTAL_WEIGHT, routes
from goldfinch.core.proxy.split import Split
from goldfinch.core.rollout.arms import arm_token

KEY = b"k" * 32
OPTIONS = ProxyOptions(listen_address("127.0.0.1:8080"))
SPLIT = Split("ro_1", 1, 10, "rel_c", "rel_s", {"rel_c": (("127.0.0.1", 9001),), "rel_s": (("127.0.0.1", 9002), ("127.0.0.1", 9003))})


def found_routes(split: Split | None = SPLIT) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = routes(split, KEY, OPTIONS)["resources"][0]["virtual_hosts"][0]["routes"]
    return found


def weighted(split: Split = SPLIT) -> list[tuple[str, int]]:
    route = next(each["route"] for each in found_routes(split) if "weighted_clusters" in each.get("route", {}))
    return [(each["name"], each["weight"]) for each in route["weighted_clusters"]["clusters"]]


def pinned(arm: str, split: Split = SPLIT) -> set[str]:
    token = arm_token(KEY, "ro_1", arm)
    return {each["route"]["cluster"] for each in found_routes(split) if f'"contains": "{token}"' in json.dumps(each["match"])}


def test_the_same_split_gives_the_same_bytes_and_another_one_another_version() -> None:
    again = routes(replace(SPLIT), KEY, OPTIONS)
    assert encoded(again) == encoded(routes(SPLIT, KEY, OPTIONS))
    assert routes(replace(SPLIT, percent=11), KEY, OPTIONS)["version_info"] != again["version_info"]
    assert routes(SPLIT, b"o" * 32, OPTIONS)["version_info"] != again["version_info"]


@pytest.mark.parametrize("percent", range(0, 101, 7))
def test_the_canary_stands_first_and_the_weights_add_up(percent: int) -> None:
    found = weighted(replace(SPLIT, percent=percent))
    assert found == [("rel_c", percent * 10), ("rel_s", TOTAL_WEIGHT - percent * 10)]


def test_the_share_that_a_first_release_does_not_get_is_nobodys() -> None:
    assert weighted(replace(SPLIT, stable=None)) == [("rel_c", 100), (NOBODY, 900)]


def test_pins_lead_to_their_arm_until_they_are_moved() -> None:
    assert (pinned("canary"), pinned("stable")) == ({"rel_c"}, {"rel_s"})
    assert pinned("canary", replace(SPLIT, percent=0, breaks_pins=True)) == {"rel_s"}
    assert pinned("stable", replace(SPLIT, percent=100, stable_pins_moved=True)) == {"rel_c"}


def test_every_route_names_a_cluster_that_there_is() -> None:
    for split in (SPLIT, replace(SPLIT, stable=None, breaks_pins=True)):
        there = {each["name"] for each in clusters(split)["resources"]}
        named = {each["route"]["cluster"] for each in found_routes(split) if "cluster" in each.get("route", {})}
        assert named | {name for name, _ in weighted(split)} <= there


def test_no_route_cuts_a_long_answer_or_sends_a_request_twice_that_may_have_had_effects() -> None:
    for route in (each["route"] for each in found_routes() if "route" in each):
        assert (route["timeout"], route["idle_timeout"]) == ("0s", "300.000s")
        assert route["retry_policy"]["retry_on"] == "connect-failure,reset-before-request"
        assert route["retry_policy"]["per_try_timeout"] == "120.000s"


def test_the_log_can_tell_what_kind_of_request_it_was() -> None:
    told = [each["metadata"]["filter_metadata"]["goldfinch"] for each in found_routes()]
    assert all(set(each) == {"minted", "pinned", "probe"} and all(isinstance(value, bool) for value in each.values()) for each in told)
    assert len({tuple(sorted(each.items())) for each in told}) == 8


def test_no_instance_is_taken_out_of_the_sample() -> None:
    for cluster in clusters(SPLIT)["resources"]:
        assert "outlier_detection" not in cluster
        assert "health_checks" not in cluster


def test_while_routes_change_the_clusters_of_both_splits_are_there() -> None:
    union = clusters(replace(SPLIT, releases={"rel_c": ()}), {"rel_old": (("127.0.0.1", 1),), "rel_c": (("127.0.0.1", 2),)})
    assert [each["name"] for each in union["resources"]] == [NOBODY, "rel_c", "rel_old"]


def test_without_a_split_every_request_is_answered_in_words() -> None:
    assert [each["direct_response"]["status"] for each in found_routes(None)] == [400, 503]


def test_the_listener_depends_on_nothing_that_a_rollout_moves() -> None:
    content = json.dumps(bootstrap(OPTIONS, xds_folder="/x", access_log="/a/access.jsonl"))
    assert not [text for text in ("rel_c", "ro_1", arm_token(KEY, "ro_1", "canary")) if text in content]
    assert '"mode": 384' in content  # 0600


def test_times_reach_envoy() -> None:
    options = replace(OPTIONS, request_timeout=timedelta(seconds=7), max_connections=5)
    content = json.dumps(bootstrap(options, xds_folder="/x", access_log="/a"))
    assert '"request_timeout": "7.000s"' in content
    assert '"max_active_downstream_connections": 5' in content


@pytest.mark.parametrize(
    ("text", "meant"), [("127.0.0.1:80", ("127.0.0.1", 80)), ("[::1]:8080", ("::1", 8080)), (":8080", ("0.0.0.0", 8080))]
)
def test_an_address_is_read(text: str, meant: tuple[str, int]) -> None:
    assert listen_address(text) == meant


@pytest.mark.parametrize(
    "text", ["", "8080", "localhost:8080", "1.2.3.4", "1.2.3.4:0", "1.2.3.4:70000", "::1:80", "999.1.1.1:80", "...:80", "[:]:80"]
)
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="no IP address and port"):
        listen_address(text)
