"""The specification's canary, transcribed from its text and held against ours; then what it leaves open (C14, C28, C29, C31)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from decimal import Decimal
from itertools import pairwise
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.specification import (
    CanaryDeploymentManager,
    DeploymentResult,
    HealthCheck,
    Metrics,
    MonitoringResult,
    MonitoringState,
    Samples,
    canary_guard,
)
from goldfinch.testing.clock import FakeClock

GOOD = Metrics(error_rate=0.02, p95_latency=800.0, avg_evaluation_score=0.8)
ERRORS = replace(GOOD, error_rate=0.03)
NAN = float("nan")


def specified_check_health(canary: Any, baseline: Any) -> HealthCheck:
    """As the specification prints it."""
    if canary.error_rate > baseline.error_rate * 1.05:
        return HealthCheck(
            healthy=False, failure_reason=f"Error rate increased: {canary.error_rate:.3f} > {baseline.error_rate * 1.05:.3f}"
        )
    if canary.p95_latency > baseline.p95_latency * 1.30:
        return HealthCheck(healthy=False, failure_reason=f"Latency degraded: {canary.p95_latency}ms > {baseline.p95_latency * 1.30}ms")
    if canary.avg_evaluation_score < baseline.avg_evaluation_score * 0.90:
        return HealthCheck(
            healthy=False,
            failure_reason=f"Quality degraded: {canary.avg_evaluation_score:.3f} < {baseline.avg_evaluation_score * 0.90:.3f}",
        )
    return HealthCheck(healthy=True)


rates = st.floats(0, 1) | st.sampled_from([0.0, 0.021, 0.02, 1.0])
latencies = st.floats(0, 1e6) | st.integers(0, 10_000)
metrics = st.builds(Metrics, rates, latencies, rates)


class Router:
    """Remembers what it was asked; the split is plain or async, as the test likes."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self.fails_at = fails_at

    async def route(self, **asked: Any) -> None:
        self.asked.append(asked)
        if asked["canary_percentage"] == self.fails_at:
            raise ConnectionError("the proxy is gone")

    @property
    def weights(self) -> list[int]:
        return [asked["canary_percentage"] for asked in self.asked]


class Collector:
    """A spec-style fake: the next figures of each version; the last ones for good."""

    def __init__(self, canary: Any, baseline: Any = GOOD) -> None:
        self._figures = {"v2": _endless(canary), "v1": _endless(baseline)}
        self.asked: list[dict[str, Any]] = []

    async def get_metrics(self, version: str, window: str = "5m") -> Any:
        self.asked.append({"version": version, "window": window})
        figures = next(self._figures[version])
        if isinstance(figures, Exception):
            raise figures
        return figures


def _endless(figures: Any) -> Iterator[Any]:
    if isinstance(figures, Iterator):
        yield from figures
        return
    several = figures if isinstance(figures, list) else [figures]
    yield from several
    while True:
        yield several[-1]


def manager(collector: Any, *, router: Any = None, **options: Any) -> tuple[CanaryDeploymentManager, Any, list[str], FakeClock]:
    router, clock, back = router or Router(), FakeClock(), []

    async def rollback(to_version: str) -> None:
        back.append(to_version)

    return CanaryDeploymentManager(router, collector, rollback, clock=clock, **options), router, back, clock


def deploy(made: CanaryDeploymentManager) -> DeploymentResult:
    return asyncio.run(made.deploy_canary("production", "v2", "v1"))


# the plain rule


@given(metrics, metrics)
def test_check_health_is_the_specifications_rule_with_its_words(canary: Metrics, baseline: Metrics) -> None:
    made = CanaryDeploymentManager(Router(), Collector(GOOD))
    assert made.check_health(canary, baseline) == specified_check_health(canary, baseline)


@pytest.mark.parametrize(
    ("canary", "reason"),
    [
        (replace(GOOD, error_rate=GOOD.error_rate * 1.05), None),
        (replace(GOOD, error_rate=0.0211), "Error rate increased: 0.021 > 0.021"),
        (replace(GOOD, p95_latency=800.0 * 1.30), None),
        (replace(GOOD, p95_latency=1040.5), "Latency degraded: 1040.5ms > 1040.0ms"),
        (replace(GOOD, avg_evaluation_score=0.8 * 0.90), None),
        (replace(GOOD, avg_evaluation_score=0.7), "Quality degraded: 0.700 < 0.720"),
        (Metrics(0.5, 9999.0, 0.1), "Error rate increased: 0.500 > 0.021"),
    ],
)
def test_the_thresholds_themselves_are_healthy_and_the_words_are_the_specifications(canary: Metrics, reason: str | None) -> None:
    made = CanaryDeploymentManager(Router(), Collector(GOOD))
    assert made.check_health(canary, GOOD) == HealthCheck(healthy=reason is None, failure_reason=reason)


def test_with_a_baseline_without_errors_a_single_one_is_a_breach() -> None:
    assert (
        not CanaryDeploymentManager(Router(), Collector(GOOD))
        .check_health(replace(GOOD, error_rate=1e-9), replace(GOOD, error_rate=0.0))
        .healthy
    )


def test_the_values_have_the_specifications_fields_first() -> None:
    assert [field.name for field in fields(Metrics)][:3] == ["error_rate", "p95_latency", "avg_evaluation_score"]
    assert [field.name for field in fields(HealthCheck)] == ["healthy", "failure_reason"]
    assert [field.name for field in fields(MonitoringResult)][:2] == ["healthy", "failure_reason"]
    assert [field.name for field in fields(DeploymentResult)] == [
        *("success", "rollback_performed", "failure_stage", "failure_reason", "deployed_version")
    ]


# the stages


def test_a_healthy_canary_goes_through_the_three_stages(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "goldfinch.canary")
    collector = Collector(GOOD)
    made, router, back, clock = manager(collector)
    assert deploy(made) == DeploymentResult(success=True, deployed_version="v2")
    assert router.asked == [{"canary_version": "v2", "canary_percentage": share, "baseline_version": "v1"} for share in (10, 50, 100)]
    assert clock.monotonic_s() == 3600
    assert len(collector.asked) == 2 * 60  # a look at 0, 60, ..., 1740 seconds of both stages, at both versions
    assert collector.asked[:2] == [{"version": "v2", "window": "5m"}, {"version": "v1", "window": "5m"}]
    assert back == []
    said = [(record.message, vars(record)["percentage"], vars(record)["monitor_duration"]) for record in caplog.records]
    assert said == [("canary_stage", 10, 1800), ("canary_stage", 50, 1800), ("canary_stage", 100, 0)]


def test_metrics_without_counts_roll_back_at_once_in_the_specifications_words(caplog: pytest.LogCaptureFixture) -> None:
    made, router, back, clock = manager(Collector(ERRORS))
    assert deploy(made) == DeploymentResult(
        success=False, rollback_performed=True, failure_stage=10, failure_reason="Error rate increased: 0.030 > 0.021"
    )
    assert (router.weights, back, clock.monotonic_s()) == ([10], ["v1"], 0)
    (record,) = caplog.records
    assert (record.message, record.levelname) == ("canary_unhealthy_rollback", "ERROR")
    assert (vars(record)["percentage"], vars(record)["reason"]) == (10, "Error rate increased: 0.030 > 0.021")


def test_a_canary_that_turns_bad_in_the_second_stage_is_rolled_back_from_there() -> None:
    made, router, back, clock = manager(Collector([GOOD] * 35 + [ERRORS]))
    result = deploy(made)
    assert (result.failure_stage, result.rollback_performed, router.weights, back) == (50, True, [10, 50], ["v1"])
    assert clock.monotonic_s() == 1800 + 5 * 60


def test_collaborators_may_be_plain_functions() -> None:
    back: list[str] = []
    router = SimpleNamespace(route=lambda **asked: None)

    def back_to(to_version: str) -> None:
        back.append(to_version)

    collector = SimpleNamespace(get_metrics=lambda version, window: ERRORS if version == "v2" else GOOD)
    made = CanaryDeploymentManager(router, collector, back_to, clock=FakeClock())
    assert deploy(made).rollback_performed
    assert back == ["v1"]


def test_a_rule_of_a_subclass_may_be_a_coroutine_and_is_acted_on() -> None:
    class Strict(CanaryDeploymentManager):
        async def check_health(self, canary: Metrics, baseline: Metrics) -> HealthCheck:  # type: ignore[override]
            return HealthCheck(healthy=False, failure_reason=f"{canary.error_rate} beside {baseline.error_rate}")

    figures = replace(GOOD, samples=Samples(600, 12))
    made = Strict(Router(), Collector(figures, figures), lambda to_version: None, clock=FakeClock())
    assert deploy(made).failure_reason == "0.02 beside 0.02"


def test_without_a_rollback_the_router_is_asked_for_nothing_to_the_canary() -> None:
    router = Router()
    assert deploy(CanaryDeploymentManager(router, Collector(ERRORS), clock=FakeClock())).rollback_performed
    assert router.weights == [10, 0]


# what may fail


def test_a_router_that_fails_takes_the_traffic_back() -> None:
    made, _, back, _ = manager(Collector(GOOD), router=Router(fails_at=50))
    result = deploy(made)
    assert (result.success, result.rollback_performed, result.failure_stage, back) == (False, True, 50, ["v1"])
    assert result.failure_reason == "ConnectionError: the proxy is gone"


def test_a_rollback_that_fails_for_good_is_not_reported_as_done(caplog: pytest.LogCaptureFixture) -> None:
    tries: list[str] = []

    def rollback(to_version: str) -> None:
        tries.append(to_version)
        raise OSError("no route to the proxy")

    made = CanaryDeploymentManager(Router(), Collector(ERRORS), rollback, clock=FakeClock())
    result = deploy(made)
    assert (result.success, result.rollback_performed, len(tries)) == (False, False, 3)
    assert "the canary may still have traffic: OSError: no route to the proxy" in (result.failure_reason or "")
    assert caplog.records[-1].message == "canary_rollback_failed"


def test_a_rollback_that_works_at_the_second_try_is_one() -> None:
    tries: list[str] = []

    def rollback(to_version: str) -> None:
        tries.append(to_version)
        if len(tries) == 1:
            raise OSError("later")

    made = CanaryDeploymentManager(Router(), Collector(ERRORS), rollback, clock=FakeClock())
    assert (deploy(made).rollback_performed, len(tries)) == (True, 2)


def test_a_cancelled_deployment_takes_the_traffic_back() -> None:
    made, _, back, clock = manager(Collector(GOOD))

    async def cancelled() -> None:
        task = asyncio.create_task(made.deploy_canary("production", "v2", "v1"))
        await clock.sleep(90)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert back == ["v1"]


def test_one_failed_read_is_tried_again_and_changes_nothing() -> None:
    made, _, back, _ = manager(Collector([TimeoutError("slow"), GOOD]))
    assert deploy(made).success
    assert back == []


@pytest.mark.parametrize(
    "silence",
    [
        TimeoutError("gone"),
        replace(GOOD, error_rate=NAN),
        SimpleNamespace(error_rate=0.02, p95_latency=None, avg_evaluation_score=0.8),
        SimpleNamespace(),
    ],
)
def test_a_collector_that_says_nothing_is_inconclusive_and_never_promoted(silence: Any) -> None:
    made, router, back, clock = manager(Collector(silence))
    result = deploy(made)
    assert (result.success, router.weights, back) == (False, [10], ["v1"])
    assert (result.failure_reason or "").startswith("inconclusive: no metrics for 9")
    assert 900 <= clock.monotonic_s() <= 1000  # unknown_limit: 15 minutes


def test_a_short_silence_is_waited_out() -> None:
    made, _, _, clock = manager(Collector([GOOD, *[TimeoutError("gone")] * 9, GOOD]))
    assert deploy(made).success
    assert clock.monotonic_s() >= 3600


def test_silence_at_the_end_of_a_stage_prolongs_it_and_is_then_no_pass() -> None:
    made, _, _, clock = manager(Collector([GOOD, replace(GOOD, error_rate=NAN)]))
    result = asyncio.run(made.monitor_quality(300, "v2", "v1"))
    assert (result.state, clock.monotonic_s()) == (MonitoringState.INCONCLUSIVE, 600)
    made, _, _, clock = manager(Collector([*[GOOD] * 4, replace(GOOD, error_rate=NAN), replace(GOOD, error_rate=NAN), GOOD]))
    result = asyncio.run(made.monitor_quality(300, "v2", "v1"))
    assert (result.state, clock.monotonic_s()) == (MonitoringState.HEALTHY, 360)


def test_an_inconclusive_stage_is_promoted_where_that_is_asked_for() -> None:
    made, router, _, _ = manager(Collector(replace(GOOD, error_rate=NAN)), on_inconclusive="promote")
    assert deploy(made).success
    assert router.weights == [10, 50, 100]


def test_a_short_time_is_never_slept_past() -> None:
    made, _, _, clock = manager(Collector(GOOD))
    assert asyncio.run(made.monitor_quality(90, "v2", "v1")).healthy
    assert clock.monotonic_s() == 90


def test_a_sleep_that_does_not_sleep_ends_all_the_same() -> None:
    class Stopped(FakeClock):
        async def sleep(self, seconds: float) -> None:
            del seconds

    collector = Collector(GOOD)
    made = CanaryDeploymentManager(Router(), collector, clock=Stopped())
    assert deploy(made).success
    assert len(collector.asked) == 2 * 60


def test_what_is_inconclusive_cannot_be_healthy() -> None:
    with pytest.raises(ValueError, match="inconclusive"):
        MonitoringResult(healthy=True, inconclusive=True)
    assert MonitoringResult(healthy=False).state is MonitoringState.UNHEALTHY


def test_decimal_figures_are_figures() -> None:
    figures = Metrics(Decimal("0.02"), 800.0, 0.8)  # type: ignore[arg-type]

    class Plain(CanaryDeploymentManager):
        def check_health(self, canary: Metrics, baseline: Metrics) -> HealthCheck:
            return HealthCheck(healthy=canary == baseline)

    assert deploy(Plain(Router(), Collector(figures, figures), clock=FakeClock())).success


@pytest.mark.parametrize("options", [{"guard": "off"}, {"on_inconclusive": "shrug"}])
def test_an_unknown_option_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="guard is"):
        CanaryDeploymentManager(Router(), Collector(GOOD), **options)


# the guard


def counted(random: Random, *, sessions: int = 600, errors: float = 0.02, slower: float = 1.0, score: float = 0.8) -> Iterator[Metrics]:
    """Windows of a version: figures of its samples, drawn anew for each."""
    while True:
        failed = sum(random.random() < errors for _ in range(sessions))
        latencies_ms = sorted(random.lognormvariate(6, 0.5) * slower for _ in range(sessions))
        scores = [min(1.0, max(0.0, random.gauss(score, 0.1))) for _ in range(sessions // 10)]
        yield Metrics(
            error_rate=failed / sessions,
            p95_latency=latencies_ms[int(0.95 * sessions)],
            avg_evaluation_score=sum(scores) / len(scores),
            samples=Samples(sessions, failed, latencies_ms, scores),
        )


def test_the_same_version_twice_is_not_rolled_back_where_the_plain_rule_would() -> None:
    """A1: the plain rule rolls back nearly every healthy release."""
    ended = {"evidence": 0, "none": 0}
    for seed in range(12):
        for guard in ended:
            random = Random(seed)
            made, _, back, _ = manager(
                Collector(counted(random), counted(random, sessions=3000)), guard=guard, stages=[(10, 1800), (100, 0)]
            )
            ended[guard] += not deploy(made).success
            assert len(back) <= 1
    assert ended["none"] >= 11
    assert ended["evidence"] == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"errors": 0.15}, "Error rate increased"), ({"slower": 2.0}, "Latency degraded"), ({"score": 0.5}, "Quality degraded")],
)
def test_a_canary_that_is_worse_is_rolled_back_with_evidence_and_the_plain_words(change: dict[str, float], reason: str) -> None:
    random = Random(7)
    made, _, back, clock = manager(Collector(counted(random, **change), counted(random, sessions=3000)))  # type: ignore[arg-type]
    result = deploy(made)
    assert (result.rollback_performed, result.failure_stage, back) == (True, 10, ["v1"])
    assert (result.failure_reason or "").startswith(reason)
    assert clock.monotonic_s() <= 900


def test_nothing_of_the_first_window_is_judged_where_there_are_counts() -> None:
    """C29: it still holds what was before the canary."""
    before = Metrics(0.9, 9e5, 0.1, Samples(600, 540, [9e5] * 600, [0.1] * 60))
    random = Random(3)
    good = counted(random)

    def windows() -> Iterator[Metrics]:
        yield from [before] * 5
        yield from good

    made, _, _, _ = manager(Collector(windows(), counted(random, sessions=3000)), stages=[(10, 1800), (100, 0)])
    assert deploy(made).success


def test_a_warm_up_that_is_given_holds_without_counts_too() -> None:
    made, _, _, clock = manager(Collector(ERRORS), warm_up_seconds=120)
    assert not deploy(made).success
    assert clock.monotonic_s() == 120


def test_overlapping_windows_are_counted_once() -> None:
    """One window of many failures, seen by five looks, must not weigh five times."""
    random = Random(5)
    made, _, _, _ = manager(Collector(counted(random), counted(random, sessions=3000)))
    takes: list[tuple[float, float]] = []
    original: Callable[..., Any] = vars(canary_guard)["take"]

    def spying(rules: Any, state: Any, interval: Any) -> Any:
        takes.append((interval.start.timestamp(), interval.end.timestamp()))
        return original(rules, state, interval)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(canary_guard, "take", spying)
        asyncio.run(made.monitor_quality(1800, "v2", "v1"))
    assert takes[:3] == [(0, 300), (300, 600), (600, 900)]
    assert all(before[1] <= after[0] for before, after in pairwise(takes))


def test_too_few_sessions_are_inconclusive_after_twice_the_time() -> None:
    random = Random(2)
    made, router, _, clock = manager(Collector(counted(random, sessions=12), counted(random, sessions=60)))
    result = deploy(made)
    assert (result.success, router.weights, clock.monotonic_s()) == (False, [10], 3600)
    assert (result.failure_reason or "").startswith("inconclusive: ")
    assert "of" in (result.failure_reason or "")


def test_only_what_has_counts_needs_evidence() -> None:
    """Errors with counts, latency without: a slow canary is rolled back by the plain rule, at the first look after the warm-up."""
    figures = Metrics(0.02, 800.0, 0.8, Samples(600, 12))
    made, _, _, clock = manager(Collector(replace(figures, p95_latency=1200.0), figures))
    result = deploy(made)
    assert (result.failure_reason, clock.monotonic_s()) == ("Latency degraded: 1200.0ms > 1040.0ms", 300)


@pytest.mark.parametrize("samples", [Samples(10, 20), Samples(10, 0, [NAN]), Samples(-1, 0), Samples(10, 0, [1.0], [7.0])])
def test_counts_that_cannot_be_are_no_measurement(samples: Samples) -> None:
    made, _, _, _ = manager(Collector(replace(GOOD, samples=samples), replace(GOOD, samples=Samples(10, 0, [1.0], [0.8]))))
    result = deploy(made)
    assert not result.success
    assert "inconclusive: " in (result.failure_reason or "")


def test_counts_that_stop_coming_are_a_silence() -> None:
    random = Random(4)

    def windows() -> Iterator[Metrics]:
        good = counted(random)
        yield from (next(good) for _ in range(10))
        while True:
            yield ERRORS

    made, _, _, _ = manager(Collector(windows(), counted(random, sessions=3000)))
    assert "the counts of before are missing" in (deploy(made).failure_reason or "")


def test_guard_none_looks_at_once_whatever_the_metrics_carry() -> None:
    made, _, _, clock = manager(Collector(replace(ERRORS, samples=Samples(10, 0)), replace(GOOD, samples=Samples(10, 0))), guard="none")
    assert deploy(made).failure_reason == "Error rate increased: 0.030 > 0.021"
    assert clock.monotonic_s() == 0
