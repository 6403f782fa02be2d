"""Figures: one or several metrics, of the whole or of some campaigns, by groups or periods."""

from __future__ import annotations

from src.models.deterministic.against_target import figures, meets, spoken_target, target, verdict
from src.models.deterministic.asking import (
    asked_metrics,
    caveat_of_period,
    is_thin,
    kpis,
    scope,
    spoken_metric,
    spoken_period,
    spoken_scope,
    tell_missing_days,
)
from src.models.deterministic.drafting import Call, Draft, Seen, as_number, listed, name_of
from src.models.deterministic.lexicon import METRICS
from src.models.deterministic.periods import Period
from src.models.deterministic.quarantine import carries_marker
from src.models.deterministic.understanding import Understanding, outside_data

NAME = "kpi"
_MOST_PERIODS = 3
_MOST_GROUPS = 8
_BASIS = {"ctr": "impressions", "cvr": "clicks", "cpa": "conversions", "cpc": "clicks", "roas": "cost"}


def matches(asked: Understanding) -> float:
    if not asked.overview.has_account:
        return 0.0
    if asked.metrics or asked.any("summary", "share"):
        return 0.5
    has_scope = bool(asked.campaigns or asked.channels or asked.audiences or asked.creatives or asked.periods)
    return 0.45 if has_scope else 0.3 if asked.dimension or asked.any("best", "worst", "high", "low") else 0.0


def plan(asked: Understanding) -> tuple[Call, ...]:
    kind, filters = grouping(asked)
    labels = listed(METRICS[name].label for name in asked_metrics(asked))
    calls = [
        kpis(f"Compute {labels}{spoken_scope(asked)}{spoken_period(asked, period)}.", kind, period, filters)
        for period in (asked.periods[:_MOST_PERIODS] or (None,))
    ]
    if asked.has("share") and filters:
        calls.append(kpis("Compute the whole, of which the share is asked.", "total", asked.period, {}))
    if _is_open(asked):
        calls.append(
            Call(
                f"See whether anything is wrong with {name_of(asked.campaigns[0])}.", "diagnose_campaign", {"campaign": asked.campaigns[0]}
            )
        )
    return tuple(calls)


def _is_open(asked: Understanding) -> bool:
    """Whether it asks how one campaign is doing, in general: a fault belongs to the answer."""
    alone = len(asked.campaigns) == 1 and not asked.creatives and not asked.dimension and not carries_marker(asked.campaigns[0])
    return alone and not asked.metrics and not asked.periods and not asked.has("share")


def grouping(asked: Understanding) -> tuple[str, dict[str, str]]:
    """By what to group, and which filters: several names of a kind are groups of that kind."""
    filters = scope(asked)
    if asked.creatives:
        return "creative", filters
    for kind, names in (("campaign", asked.campaigns), ("channel", asked.channels), ("audience", asked.audiences)):
        if len(names) > 1:
            return kind, {key: value for key, value in filters.items() if key != kind}
    return asked.dimension or "total", filters


def named_groups(asked: Understanding, kind: str) -> tuple[str, ...]:
    return {"campaign": asked.campaigns, "channel": asked.channels, "audience": asked.audiences, "creative": asked.creatives}.get(kind, ())


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    kind, _ = grouping(asked)
    periods: tuple[Period | None, ...] = asked.periods[:_MOST_PERIODS] or (None,)
    for period, one in zip(periods, seen[1:], strict=False):
        if period is not None and outside_data(period, asked.overview):
            draft.say(
                f"I cannot tell{spoken_scope(asked)}: data for {period.told} are missing, the account covers {asked.overview.whole_told}"
            )
        elif not one.worked:
            draft.say(f"I cannot give the figures{spoken_scope(asked)}{spoken_period(asked, period)}, because the computation failed")
        elif kind == "total":
            _total(asked, seen[0], one, period, draft)
        else:
            _groups(asked, one, kind, period, draft)
    if _is_open(asked) and len(seen) > len(periods) + 1:
        _fault(seen[-1], draft)
        draft.heed(seen[-1])
    if asked.has("share") and len(seen) > len(periods) + 1:
        _share(asked, seen[1], seen[-1], draft)
    inside = [one for period, one in zip(periods, seen[1:], strict=False) if period is None or not outside_data(period, asked.overview)]
    caveat_of_period(asked, draft)
    draft.heed(*inside)
    for one in inside:
        tell_missing_days(one, draft)


def _total(asked: Understanding, overview: Seen, one: Seen, period: Period | None, draft: Draft) -> None:
    groups = one.rows("groups")
    where, when = spoken_scope(asked), spoken_period(asked, period)
    if not groups:
        draft.say(f"The figures{where}{when} are missing: the data hold no rows for that")
        return
    names = asked_metrics(asked)
    if len(names) == 1:
        verb = "are" if METRICS[names[0]].unit == names[0] else "is"
        draft.say(f"The {_named(asked, names[0])}{where}{when} {verb} {_exact(asked, one, names[0], draft)}")
    else:
        known = [f"{_named(asked, name)} {draft.value(one, name, 'groups', 0, name)}" for name in names]
        draft.say(f"{'The performance' if not asked.metrics else 'The result'}{where}{when}: {listed(known)}")
    if asked.has("per_day") and "cost" in names:
        _per_day(one, draft)
    for name in names:
        _basis(asked, one, name, draft) if len(names) == 1 else None
        _against(asked, overview, one, name, draft)
    if asked.any("pause", "recommend") and asked.campaigns:
        _recommend(asked, one, draft)
    if is_thin(groups[0]) and {"cvr", "cpa", "roas"} & set(names):
        draft.warn(
            f"thin data: only {draft.value(one, 'conversions', 'groups', 0, 'conversions')} conversions, so the ratios are uncertain"
        )


def _fault(found: Seen, draft: Draft) -> None:
    cause = str(found.at("cause") or "")
    if cause == "none":
        draft.say("Nothing is broken: the data show none of the known faults")
    elif cause:
        since = f" since {found.at('since')}" if found.at("since") else ""
        draft.say(f"It shows a fault: {cause.replace('_', ' ')}{since}")


def _recommend(asked: Understanding, one: Seen, draft: Draft) -> None:
    """Keep, or repair before pausing: by the target, ROAS before CPA."""
    for name in ("roas", "cpa"):
        wanted, value = target(asked, name), as_number(one.at("groups", 0, name))
        if wanted is not None and value is not None:
            good = meets(name, value, wanted)
            action = "keep it, because it meets the target" if good else "reduce its budget and look for the cause before you stop it"
            draft.say(f"Recommendation for {listed(map(name_of, asked.campaigns))}: {action}")
            return


def _named(asked: Understanding, name: str) -> str:
    return spoken_metric(asked, name)


def _exact(asked: Understanding, one: Seen, name: str, draft: Draft) -> str:
    """The value with its interval where it is a ratio, and with its label where the sentence does not begin with it."""
    index, named = 0, METRICS[name].ratio and _named(asked, name) != METRICS[name].label
    told = draft.metric(one, name, "groups", index, name) if named else draft.value(one, name, "groups", index, name)
    low, high = figures(one.at("groups", index, name))
    if as_number(low) is None or as_number(high) is None:
        return told
    bounds = [draft.number(one, f"{METRICS[name].label} {end}", METRICS[name].unit, "groups", index, name, end) for end in ("low", "high")]
    return f"{told} (95 % interval {bounds[0]} to {bounds[1]})"


def _basis(asked: Understanding, one: Seen, name: str, draft: Draft) -> None:
    basis = _BASIS.get(name)
    if basis is None or as_number(one.at("groups", 0, basis)) is None:
        return
    above = {"ctr": "clicks", "cvr": "conversions", "cpa": "cost", "cpc": "cost", "roas": "revenue"}[name]
    if as_number(one.at("groups", 0, above)) is None:
        return
    draft.say(f"It comes from {_counted(one, above, draft)} and {_counted(one, basis, draft)}")


def _counted(one: Seen, name: str, draft: Draft) -> str:
    value = draft.value(one, name, "groups", 0, name)
    return f"{METRICS[name].label} {value}" if METRICS[name].unit == "money" else f"{value} {METRICS[name].label}"


def _per_day(one: Seen, draft: Draft) -> None:
    cost, days = as_number(one.at("groups", 0, "cost")), as_number(one.at("days"))
    if cost is not None and days:
        source = f"ratio({one.source('groups', 0, 'cost')}, {one.source('days')})"
        draft.say(f"That is an average spend of {draft.claimed(cost / days, 'spend per day', 'money', source)} per day")


def _against(asked: Understanding, overview: Seen, one: Seen, name: str, draft: Draft) -> None:
    wanted, value = target(asked, name), as_number(one.at("groups", 0, name))
    if wanted is None or value is None:
        return
    draft.say(f"{METRICS[name].label} is {verdict(name, value, wanted, spoken_target(asked, overview, name, draft))}")


def _groups(asked: Understanding, one: Seen, kind: str, period: Period | None, draft: Draft) -> None:
    wanted = named_groups(asked, kind)
    groups = [(i, group) for i, group in enumerate(one.rows("groups")) if not wanted or str(group.get("key")) in wanted]
    if not groups:
        draft.say(f"The figures{spoken_scope(asked)}{spoken_period(asked, period)} are missing: the data hold no rows for that")
        return
    names = asked_metrics(asked, ("cost", "cpa", "roas"))
    shown = groups if kind in ("week", "month") else groups[:_MOST_GROUPS]
    lead = f"{listed(_named(asked, name) for name in names)} by {kind}{spoken_period(asked, period)}"
    parts = [f"{name_of(group.get('key'))}: {listed(_short(one, names, name, i, draft) for name in names)}" for i, group in shown]
    draft.say(f"{lead}: {'; '.join(parts)}")
    if len(groups) > len(shown):
        draft.say(f"These are the first {len(shown)} by spend" if kind not in ("date",) else "The further days are left out here")
    if missing := [name for name in wanted if name not in {str(group.get("key")) for _, group in groups}]:
        draft.warn(f"data for {listed(map(name_of, missing))} are missing")


def _short(one: Seen, names: tuple[str, ...], name: str, index: int, draft: Draft) -> str:
    value = draft.value(one, name, "groups", index, name)
    return value if len(names) == 1 else f"{METRICS[name].label} {value}"


def _share(asked: Understanding, part: Seen, whole: Seen, draft: Draft) -> None:
    name = asked_metrics(asked, ("cost",))[0]
    a, b = as_number(part.at("groups", 0, name)), as_number(whole.at("groups", 0, name))
    if a is not None and b:
        source = f"ratio({part.source('groups', 0, name)}, {whole.source('groups', 0, name)})"
        draft.say(f"The share of {METRICS[name].label}{spoken_scope(asked)} is {draft.claimed(100 * a / b, 'share', '%', source)}")
