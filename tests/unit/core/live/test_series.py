"""Answers of a Prometheus: what is a figure, and what is none."""

from __future__ import annotations

import json

import pytest

from goldfinch.core.live.series import BadReply, Point, QueryRefused, Series, for_release, read_series


def reply(kind: str, result: object) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}}).encode()


def test_a_scalar_is_a_series_without_labels() -> None:
    assert read_series(reply("scalar", [1, "2"])) == (Series({}, (Point(1, 2),)),)


def test_points_come_in_order_of_time() -> None:
    (series,) = read_series(reply("matrix", [{"metric": {}, "values": [[2, "1"], [1, "5"]]}]))
    assert (series.points, series.last) == ((Point(1, 5), Point(2, 1)), 1)


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", None, 5, {}])
def test_what_is_no_finite_number_is_missing(value: object) -> None:
    assert read_series(reply("vector", [{"metric": {}, "value": [1, value]}])) == ()


@pytest.mark.parametrize(
    "result",
    [
        {},
        [[]],
        [{"metric": {}}],
        [{"metric": [], "value": [1, "1"]}],
        [{"metric": {"a": 1}, "value": [1, "1"]}],
        [{"metric": {}, "value": [1]}],
        [{"metric": {}, "value": ["1", "1"]}],
        [{"metric": {}, "value": [True, "1"]}],
        [{"metric": {}, "value": [10**400, "1"]}],
        [{"metric": {}, "value": [1, "one"]}],
        [{"metric": {}, "value": [1, "1"]}] * 10_001,
    ],
)
def test_what_is_no_answer_is_refused(result: object) -> None:
    with pytest.raises(BadReply):
        read_series(reply("vector", result))


def test_an_error_is_in_the_servers_own_words_but_not_in_all_of_them() -> None:
    with pytest.raises(QueryRefused) as raised:
        read_series(json.dumps({"status": "error", "error": "x" * 10_000}).encode())
    assert len(str(raised.value)) == 300


def test_a_release_id_goes_into_a_query_as_a_string_whatever_it_holds() -> None:
    assert for_release("up{release=$release}", 'a"} or vector(1) #\n') == r'up{release="a\"} or vector(1) #\n"}'
