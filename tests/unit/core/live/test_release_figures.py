"""Figures of a Prometheus for a release: with their count, and missing is never 0."""

from __future__ import annotations

from goldfinch.core.live.release_figures import ENVOY_QUERIES, PrometheusEvidence, asked, figures

QUERIES = {"requests": "a{release=$release}", "p95_ms": "b{release=$release}"}


def lines(values: dict[tuple[str, str], float | None], queries: dict[str, str] = QUERIES) -> list[str]:
    return list(PrometheusEvidence(600.0, figures(values, queries, ["rel_a", "rel_b"])).lines())


def test_a_value_stands_beside_its_count_and_what_did_not_come_is_missing() -> None:
    assert lines({("rel_a", "requests"): 412.0, ("rel_a", "p95_ms"): 840.25, ("rel_b", "requests"): None}) == [
        "prometheus, 600 s, rel_a: requests 412, p95_ms 840.25 (of 412 requests)",
        "prometheus, 600 s, rel_b: requests missing, p95_ms missing",
    ]


def test_a_real_zero_is_said_as_zero() -> None:
    assert lines({("rel_a", "requests"): 0.0})[0] == "prometheus, 600 s, rel_a: requests 0, p95_ms missing"


def test_without_a_query_for_requests_the_count_is_missing() -> None:
    assert lines({("rel_a", "score"): 0.5}, {"score": "s{release=$release}"})[0] == "prometheus, 600 s, rel_a: score 0.5 (count missing)"


def test_in_json_what_is_missing_is_null() -> None:
    (figure, _) = PrometheusEvidence(600.0, figures({}, {"p95_ms": "b{release=$release}"}, ["rel_a", "rel_b"])).as_json()["figures"]
    assert figure == {"name": "p95_ms", "release": "rel_a", "value": None, "requests": None, "query": "b{release=$release}"}


def test_release_and_duration_are_put_in_whatever_the_id_holds() -> None:
    assert asked("rate(x{r=$release}[$duration])", 'a"b', 600.2) == 'rate(x{r="a\\"b"}[601s])'
    assert asked("rate(x{r=$release}[$duration])", "a", 0.0) == 'rate(x{r="a"}[1s])'


def test_envoys_queries_leave_nothing_to_put_in() -> None:
    assert not [query for query in ENVOY_QUERIES.values() if "$" in asked(query, "rel_a", 60)]
