"""Figures of a Prometheus: whatever fails is one warning and a missing value, never an error of the watch."""

from __future__ import annotations

from goldfinch.core.live.failures import PrometheusRefused, PrometheusUnavailable
from goldfinch.operations.read_figures import read_figures

QUERIES = {"requests": "a{release=$release}", "p95_ms": "b{release=$release}"}
RELEASES = ["rel_a", "rel_b"]


def test_each_release_is_asked_for_by_its_own_name() -> None:
    answers = {'a{release="rel_a"}': 5.0, 'a{release="rel_b"}': 7.0, 'b{release="rel_a"}': 80.0}
    found = read_figures(answers.get, QUERIES, RELEASES, 60.0)
    assert [(one.release, one.name, one.value, one.requests) for one in found.figures] == [
        ("rel_a", "requests", 5.0, 5.0),
        ("rel_a", "p95_ms", 80.0, 5.0),
        ("rel_b", "requests", 7.0, 7.0),
        ("rel_b", "p95_ms", None, 7.0),
    ]
    assert found.warnings == ()


def test_a_server_that_does_not_answer_is_one_warning_and_is_not_asked_again() -> None:
    queries: list[str] = []

    def ask(query: str) -> float:
        queries.append(query)
        raise PrometheusUnavailable("connection refused", where="http://prometheus:9090")

    found = read_figures(ask, QUERIES, RELEASES, 60.0)
    assert len(queries) == 1
    (warning,) = found.warnings
    assert "its figures are missing" in warning
    assert "connection refused" in warning
    assert [one.value for one in found.figures] == [None] * 4


def test_a_query_that_is_refused_leaves_the_others_alone() -> None:
    def ask(query: str) -> float:
        if query.startswith("a"):
            raise PrometheusRefused("it answers HTTP 400: parse error", where="http://prometheus:9090")
        return 80.0

    found = read_figures(ask, QUERIES, RELEASES, 60.0)
    (warning,) = found.warnings
    assert warning.startswith("serve.prometheus_queries.requests: missing")
    assert [one.value for one in found.figures if one.name == "p95_ms"] == [80.0, 80.0]
    assert [one.requests for one in found.figures] == [None] * 4
