"""What serves, held against limits: proved harm, proved health, or neither; never health by silence."""

from __future__ import annotations

import pytest

from goldfinch.core.recovery.watching import Health, Limit, ServedRequest, WatchReport, overall, sentence, watched

ERRORS, LATENCY = Limit("error_rate", 0.05, "default"), Limit("p95_latency", 2000.0, "default")


def served(total: int, failed: int = 0, duration_ms: float = 100.0, *, client_left: bool = False) -> list[ServedRequest]:
    return [ServedRequest(float(i), "rel_a", i < failed, duration_ms, client_left=client_left) for i in range(total)]


@pytest.mark.parametrize(
    ("total", "failed", "health"),
    [
        (1000, 0, Health.HEALTHY),
        (1000, 50, Health.HEALTHY),
        (1000, 60, Health.INCONCLUSIVE),
        (1000, 100, Health.UNHEALTHY),
        (19, 0, Health.INCONCLUSIVE),
        (19, 19, Health.INCONCLUSIVE),
        (0, 0, Health.INCONCLUSIVE),
    ],
)
def test_an_error_rate_is_judged_with_its_interval(total: int, failed: int, health: Health) -> None:
    found = watched(served(total, failed), [ERRORS])[0]
    assert (found.health, found.units) == (health, total)
    assert (found.value is None) == (total == 0)


@pytest.mark.parametrize(("slow", "health"), [(0, Health.HEALTHY), (10, Health.HEALTHY), (12, Health.INCONCLUSIVE), (40, Health.UNHEALTHY)])
def test_a_p95_is_judged_by_how_many_are_slower_than_the_limit(slow: int, health: Health) -> None:
    requests = served(200 - slow) + served(slow, duration_ms=3000.0)
    found = watched(requests, [LATENCY])[0]
    assert found.health is health
    assert found.low is not None
    assert found.value is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high


def test_a_client_that_went_away_is_nobodys_failure() -> None:
    requests = served(100) + served(100, 100, client_left=True)
    assert watched(requests, [ERRORS])[0].units == 100


def test_a_metric_that_nobody_measures_is_never_healthy() -> None:
    found = watched(served(1000), [Limit("cost", 1.0, "settings")])
    assert overall(found) is Health.INCONCLUSIVE


def test_harm_goes_before_missing_figures_and_nothing_is_inconclusive() -> None:
    found = watched(served(1000, 500), [ERRORS, LATENCY, Limit("cost", 1.0, "settings")])
    assert overall(found) is Health.UNHEALTHY
    assert overall(()) is Health.INCONCLUSIVE
    report = WatchReport(overall(found), sentence(overall(found), found), 60.0, found)
    assert report.exit_code == 1
    assert "500 of 1000 requests failed" in report.sentence


@pytest.mark.parametrize(
    ("scores", "health"), [([0.9] * 40, Health.HEALTHY), ([0.2] * 40, Health.UNHEALTHY), ([0.9] * 5, Health.INCONCLUSIVE)]
)
def test_scores_are_held_against_a_baseline(scores: list[float], health: Health) -> None:
    assert watched((), [Limit("evaluation_score", 0.8, "run")], scores)[0].health is health
