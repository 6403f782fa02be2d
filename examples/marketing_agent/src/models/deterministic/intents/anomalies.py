"""When did it change, which days were unusual."""

from __future__ import annotations

from src.models.deterministic.asking import (
    caveat_of_metric,
    caveat_of_period,
    dates,
    scope,
    spoken_metric,
    spoken_period,
    spoken_scope,
    tested,
)
from src.models.deterministic.drafting import Call, Draft, Seen, as_number, listed
from src.models.deterministic.lexicon import METRICS
from src.models.deterministic.understanding import Understanding, outside_data

NAME = "anomalies"
_DEFAULT = ("conversions", "cost")
_MOST = 2
_ODD = frozenset({"unusual", "unusually", "odd", "strang", "abnormal", "outlier", "weird"})
_MOST_DAYS = 5


def matches(asked: Understanding) -> float:
    if not asked.overview.has_account:
        return 0.0
    if asked.has("anomaly"):
        ranked = asked.dimension == "date" and asked.any("best", "worst", "high", "low")
        return 0.5 if ranked and not _ODD & set(asked.lemmas) else 0.75
    return 0.56 if asked.has("trend") and not {"up", "down"} & set(asked.lemmas) and asked.dimension not in ("week", "month") else 0.0


def metrics(asked: Understanding) -> tuple[str, ...]:
    return tested(asked, _MOST) or _DEFAULT


def plan(asked: Understanding) -> tuple[Call, ...]:
    return tuple(
        Call(
            f"Look for changes and unusual days of {METRICS[name].label}{spoken_scope(asked)}.",
            "detect_anomalies",
            {"metric": name, **scope(asked), **dates(asked.period)},
        )
        for name in metrics(asked)
    )


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    if asked.period and outside_data(asked.period, asked.overview):
        draft.say(
            f"I cannot look for unusual days: data for {asked.period.told} are missing, the account covers {asked.overview.whole_told}"
        )
        return
    for name, one in zip(metrics(asked), seen[1:], strict=False):
        _write_one(asked, one, name, draft)
    if not asked.metrics:
        draft.warn("assuming conversions and spend are what to look at, as no metric was named")
    caveat_of_metric(asked, draft)
    caveat_of_period(asked, draft)
    draft.heed(*seen[1:])


def _write_one(asked: Understanding, one: Seen, name: str, draft: Draft) -> None:
    label, where, when = spoken_metric(asked, name), spoken_scope(asked), spoken_period(asked, asked.period)
    if not one.worked:
        draft.say(f"I cannot say when the {label}{where} changed, because the detection failed")
        return
    changes, days = one.rows("change_points"), one.rows("anomalies")
    if changes:
        order = sorted(range(len(changes)), key=lambda i: -abs(as_number(changes[i].get("relative_change")) or 0.0))[:3]
        draft.say(f"The {label}{where} changed {listed(_change(one, i, name, draft) for i in sorted(order))}")
    else:
        draft.say(f"The {label}{where}{when} shows no lasting change")
    if days:
        strongest = sorted(range(len(days)), key=lambda i: -abs(as_number(days[i].get("z")) or 0.0))[:_MOST_DAYS]
        draft.say(f"Unusual days of {METRICS[name].label}: {listed(_day(one, i, name, draft) for i in sorted(strongest))}")
    else:
        draft.say(f"No single day of {METRICS[name].label} is unusual")


def _change(one: Seen, i: int, name: str, draft: Draft) -> str:
    before = draft.value(one, name, "change_points", i, "before")
    after = draft.value(one, name, "change_points", i, "after")
    change = draft.fraction(one, f"change of {METRICS[name].label}", "change_points", i, "relative_change")
    return f"on {one.at('change_points', i, 'date')}, from {before} before to {after} after ({change})"


def _day(one: Seen, i: int, name: str, draft: Draft) -> str:
    value = draft.value(one, name, "anomalies", i, "value")
    return f"{one.at('anomalies', i, 'date')} with {value}, where {draft.value(one, name, 'anomalies', i, 'expected')} was expected"
