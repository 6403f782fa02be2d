"""What live requests say of a release by itself: rates and quantiles with counts and intervals, held against limits. Three answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from goldfinch.core.errors import ExitCode
from goldfinch.core.statistics.intervals import wilson_interval

ERROR_RATE: Final = "error_rate"
P95_LATENCY: Final = "p95_latency"
SCORE: Final = "evaluation_score"
DEFAULT_LIMITS: Final[Mapping[str, float]] = {ERROR_RATE: 0.05, P95_LATENCY: 2000.0}
"""Where the settings name none: R63's 2000 ms, and R68's five points as a share of its own (decision 0036)."""
MARGINS: Final[Mapping[str, float]] = {ERROR_RATE: 1.05, P95_LATENCY: 1.30, SCORE: 0.90}
"""On a baseline: R72."""
LEAST_UNITS: Final = 20
"""Of requests, below which nothing is decided: the health rules' own `min_units`."""
_BEYOND_P95: Final = 0.05


class Health(StrEnum):
    """Of one metric, and of all."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    INCONCLUSIVE = "inconclusive"


EXIT_CODES: Final = {
    Health.HEALTHY: ExitCode.PASSED,
    Health.UNHEALTHY: ExitCode.GATE_FAILED,
    Health.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
}
"""1 where nothing was rolled back: there was no rollout to roll back."""


@dataclass(frozen=True, slots=True)
class ServedRequest:
    """One request that has ended, as the proxy logged it."""

    ended_s: float
    """Seconds since 1970, UTC."""
    release: str
    """"": the proxy answered by itself."""
    failed: bool
    duration_ms: float
    session: str = ""
    probe: bool = False
    client_left: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """The worst value that passes, and whose it is."""

    metric: str
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Watched:
    """One metric over the whole time. `low` and `high` bound it; None: nobody can say."""

    metric: str
    health: Health
    value: float | None
    units: int
    low: float | None
    high: float | None
    limit: float
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What `goldfinch monitor` came to. `notes` are what a reader must know before the figures: fallbacks, probes."""

    health: Health
    sentence: str
    seconds: float
    metrics: tuple[Watched, ...] = ()
    notes: tuple[str, ...] = ()
    releases: Mapping[str, int] = field(default_factory=dict)
    """Requests by the release that answered."""
    from_probes: bool = False

    @property
    def exit_code(self) -> ExitCode:
        return EXIT_CODES[self.health]

    def as_json(self) -> dict[str, Any]:
        return {
            "schema_version": 1,
            "kind": "monitoring",
            "health": self.health.value,
            "exit_code": int(self.exit_code),
            "sentence": self.sentence,
            "seconds": self.seconds,
            "from_probes": self.from_probes,
            "notes": list(self.notes),
            "releases": dict(self.releases),
            "metrics": [_metric_json(one) for one in self.metrics],
        }


def _metric_json(one: Watched) -> dict[str, Any]:
    return {
        "metric": one.metric,
        "health": one.health.value,
        "value": one.value,
        "units": one.units,
        "interval": [one.low, one.high],
        "limit": one.limit,
        "limit_from": one.source,
        "reason": one.reason,
    }


def watched(requests: Sequence[ServedRequest], limits: Iterable[Limit], scores: Sequence[float] = ()) -> tuple[Watched, ...]:
    """Each limit against what was served; a client that went away is nobody's failure and no latency."""
    whole = [request for request in requests if not request.client_left]
    found = []
    for limit in limits:
        match limit.metric:
            case "error_rate":
                found.append(_error_rate(whole, limit))
            case "p95_latency":
                found.append(_p95(whole, limit))
            case "evaluation_score":
                found.append(_score(scores, limit))
            case _:
                found.append(_unknown(limit))
    return tuple(found)


def _error_rate(requests: Sequence[ServedRequest], limit: Limit) -> Watched:
    failed, total = sum(request.failed for request in requests), len(requests)
    if not total:
        return _nothing(limit, "no request was served")
    bounds = wilson_interval(failed, total)
    words = f"{failed} of {total} requests failed ({failed / total:.2%}, between {bounds.low:.2%} and {bounds.high:.2%})"
    health = _by_share(failed / total, bounds.low, limit.value, total)
    return Watched(
        ERROR_RATE, health, failed / total, total, bounds.low, bounds.high, limit.value, limit.source, _against(words, limit, "{:.2%}")
    )


def _p95(requests: Sequence[ServedRequest], limit: Limit) -> Watched:
    """Judged by how many were slower than the limit: exact at any sample size, and free of a shape."""
    durations = sorted(request.duration_ms for request in requests if not request.failed)
    if not durations:
        return _nothing(limit, "no request was answered")
    total, slower = len(durations), sum(duration > limit.value for duration in durations)
    value = durations[min(total - 1, -(-95 * total // 100) - 1)]
    low, high = _rank_bounds(durations)
    bounds = wilson_interval(slower, total)
    words = f"95 % of {total} requests within {value:.0f} ms (between {low:.0f} and {high:.0f} ms)"
    health = _by_share(slower / total, bounds.low, _BEYOND_P95, total)
    return Watched(P95_LATENCY, health, value, total, low, high, limit.value, limit.source, _against(words, limit, "{:.0f} ms"))


def _rank_bounds(durations: Sequence[float]) -> tuple[float, float]:
    """Order statistics whose ranks bound the 95th percentile, by Wilson's interval of 0.95."""
    total = len(durations)
    bounds = wilson_interval(0.95 * total, total)
    return durations[max(0, int(bounds.low * total) - 1)], durations[min(total - 1, int(bounds.high * total))]


def _score(scores: Sequence[float], limit: Limit) -> Watched:
    if not scores:
        return _nothing(limit, "no answer was scored")
    total = len(scores)
    mean = sum(scores) / total
    spread = (sum((score - mean) ** 2 for score in scores) / max(1, total - 1)) ** 0.5
    half = 1.96 * spread / total**0.5
    words = f"mean score {mean:.3f} of {total} answers (between {mean - half:.3f} and {mean + half:.3f})"
    health = Health.UNHEALTHY if mean + half < limit.value else Health.HEALTHY if mean >= limit.value else Health.INCONCLUSIVE
    health = health if total >= LEAST_UNITS else Health.INCONCLUSIVE
    return Watched(SCORE, health, mean, total, mean - half, mean + half, limit.value, limit.source, _against(words, limit, "{:.3f}"))


def _unknown(limit: Limit) -> Watched:
    return _nothing(limit, "this metric is of rollouts, and is not measured outside of one")


def _by_share(share: float, low: float, limit: float, total: int) -> Health:
    if total < LEAST_UNITS:
        return Health.INCONCLUSIVE
    if low > limit:
        return Health.UNHEALTHY
    return Health.HEALTHY if share <= limit else Health.INCONCLUSIVE


def _nothing(limit: Limit, words: str) -> Watched:
    reason = f"{limit.metric}: {words}"
    return Watched(limit.metric, Health.INCONCLUSIVE, None, 0, None, None, limit.value, limit.source, reason)


def _against(words: str, limit: Limit, shape: str) -> str:
    return f"{limit.metric}: {words}, limit {shape.format(limit.value)} ({limit.source})"


def overall(metrics: Sequence[Watched]) -> Health:
    """Harm that is proved goes before anything; silence is never health."""
    found = {one.health for one in metrics}
    if Health.UNHEALTHY in found:
        return Health.UNHEALTHY
    return Health.INCONCLUSIVE if Health.INCONCLUSIVE in found or not found else Health.HEALTHY


def sentence(health: Health, metrics: Sequence[Watched]) -> str:
    """The worst first, with its figures."""
    telling = [one.reason for one in metrics if one.health is health] or ["nothing was measured"]
    return f"{health.value}: {'; '.join(telling)}"
