"""Gross breakage: most of the canary's sessions fail, and the stable ones do not. Minutes matter more than precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from goldfinch.core.health.counts import NOTHING, added, rates
from goldfinch.core.health.interval import Interval, PairCounts
from goldfinch.core.health.metrics import GatedMetric, HealthRules, MetricKind
from goldfinch.core.statistics.exact_tails import log_fisher_more

MAX_KEPT = 240
"""Checks that are kept at the most of the window, and as many of the stable arm's minutes before it."""


@dataclass(frozen=True, slots=True)
class Check:
    """The counts of one interval, per count metric of the rules, in their order."""

    step: int
    end_s: float
    canary_sessions: int
    """Begun in it."""
    counts: tuple[PairCounts, ...]


@dataclass(frozen=True, slots=True)
class Breakage:
    """A metric in which at least half of the canary's sessions are bad."""

    metric: str
    counts: PairCounts
    common: bool
    """The stable arm is as bad: a cause that both share."""
    window: str


def counted_metrics(rules: HealthRules) -> tuple[GatedMetric, ...]:
    """The metrics that the fast path looks at."""
    return tuple(metric for metric in rules.metrics if metric.kind is MetricKind.COUNT)


def kept(rules: HealthRules, before: Sequence[Check], interval: Interval) -> tuple[Check, ...]:
    """The last checks: the window, and the last minutes in which the stable arm had traffic."""
    end_s = interval.end.timestamp()
    counts = tuple(
        added(NOTHING, [part.counts[metric.name] for part in interval.strata if metric.name in part.counts])
        for metric in counted_metrics(rules)
    )
    checks = (*before, Check(interval.step, end_s, interval.canary_sessions, counts))
    since_s = end_s - rules.fast_window.total_seconds()
    return (*_stable_minutes(rules, checks, since_s), *[check for check in checks if check.end_s > since_s][-MAX_KEPT:])


def _stable_minutes(rules: HealthRules, checks: Sequence[Check], before_s: float) -> list[Check]:
    """The last minutes in which the stable arm had traffic, so far as they are before the window: however long 100 % lasts, they stay."""
    stable_until_s = next((check.end_s for check in reversed(checks) if _stable_traffic(check)), before_s)
    since_s = stable_until_s - rules.baseline_window.total_seconds()
    older = [check for check in checks if since_s < check.end_s <= before_s and _stable_traffic(check)]
    while len(older) > MAX_KEPT:
        older = [_joined(older[0], older[1]), *older[2:]]
    return older


def _joined(first: Check, second: Check) -> Check:
    pairs = zip(first.counts, second.counts, strict=True)
    return Check(second.step, second.end_s, first.canary_sessions + second.canary_sessions, tuple(added(one, [two]) for one, two in pairs))


def breakage(rules: HealthRules, checks: Sequence[Check], *, after_promotion: bool) -> Breakage | None:
    """The worst that the last check or the window shows; a breakage of the canary alone goes before a common one."""
    if not checks:
        return None
    found = [
        broken
        for index, metric in enumerate(counted_metrics(rules))
        for words, window in _windows(rules, checks)
        if (broken := _broken(rules, metric.name, words, _counts(checks, window, index, after_promotion))) is not None
    ]
    return min(found, key=lambda broken: broken.common, default=None)


def _windows(rules: HealthRules, checks: Sequence[Check]) -> tuple[tuple[str, list[Check]], ...]:
    """The last check, and the window of the present step: over a change of weight the arms' shares of bad minutes differ."""
    last = checks[-1]
    since_s = last.end_s - rules.fast_window.total_seconds()
    window = [check for check in checks if check.end_s > since_s and check.step == last.step]
    minutes = rules.fast_window.total_seconds() / 60
    return ("in the last check", [last]), (f"in the last {minutes:g} minutes", window)


@dataclass(frozen=True, slots=True)
class _Counts:
    both: PairCounts
    distinct: int
    """Canary sessions at the least."""


def _counts(checks: Sequence[Check], window: Sequence[Check], index: int, after_promotion: bool) -> _Counts:
    """One metric over a window; after 100 %, beside what the stable arm did in the last minutes that it had."""
    counts = [check.counts[index] for check in window]
    both = added(NOTHING, counts)
    if after_promotion:
        stable = added(NOTHING, [check.counts[index] for check in checks if _stable_traffic(check)])
        both = PairCounts(both.canary_units, both.canary_bad, stable.stable_units, stable.stable_bad)
    begun = min(both.canary_units, sum(check.canary_sessions for check in window))
    return _Counts(both, max(begun, _distinct(counts)))


def _broken(rules: HealthRules, metric: str, window: str, counts: _Counts) -> Breakage | None:
    both = counts.both
    if both.canary_bad < rules.fast_share * both.canary_units or counts.distinct < rules.fast_min_units:
        return None
    stable = rates(both)[1]
    if stable is not None and stable >= rules.fast_share and both.stable_units >= rules.fast_min_units:
        return Breakage(metric, both, common=True, window=window)
    p = log_fisher_more(both.canary_bad, both.canary_units, both.stable_bad, both.stable_units)
    return Breakage(metric, both, common=False, window=window) if p < log(rules.fast_p) else None


def _distinct(counts: list[PairCounts]) -> int:
    """So many sessions at the least: one that is at risk in a check is none of those that turned bad in an earlier one."""
    most = bad_before = 0
    for pair in counts:
        most = max(most, bad_before + pair.canary_units)
        bad_before += pair.canary_bad
    return most


def _stable_traffic(check: Check) -> bool:
    return any(pair.stable_units for pair in check.counts)
