"""What several intents ask the tools, and how they speak of scope, period and metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from src.models.deterministic.drafting import Call, Draft, Seen, as_number, listed, name_of
from src.models.deterministic.lexicon import METRICS
from src.models.deterministic.overview import day
from src.models.deterministic.periods import Period
from src.models.deterministic.quarantine import carries_marker
from src.models.deterministic.understanding import Understanding, outside_data

DEFAULT_METRICS = ("cost", "conversions", "cpa", "roas")


def describe() -> Call:
    return Call("See which tables, dates, names, limits and targets the account has.", "describe_data")


def scope(asked: Understanding) -> dict[str, str]:
    """The filters for one campaign, channel, audience. A campaign whose name carries a marker is measured by its channel and audience:
    no order of the data gets into a call."""
    filters: dict[str, str] = {}
    if len(asked.campaigns) == 1:
        campaign = asked.overview.campaign(asked.campaigns[0])
        if not carries_marker(campaign.name):
            return {"campaign": campaign.name}
        return {key: value for key, value in (("channel", campaign.channel), ("audience", campaign.audience)) if value}
    if len(asked.channels) == 1:
        filters["channel"] = asked.channels[0]
    if len(asked.audiences) == 1:
        filters["audience"] = asked.audiences[0]
    return filters


def spoken_scope(asked: Understanding) -> str:
    """` of Brand Search`, ` in social`, or nothing."""
    if asked.creatives:
        return f" of {listed(map(name_of, asked.creatives))}"
    if asked.campaigns:
        return f" of {listed(map(name_of, asked.campaigns))}"
    parts = [listed(asked.channels)] if asked.channels else []
    parts += [f"audience {listed(asked.audiences)}"] if asked.audiences else []
    return f" in {', '.join(parts)}" if parts else ""


def dates(period: Period | None) -> dict[str, str]:
    return period.arguments() if period else {}


def spoken_period(asked: Understanding, period: Period | None) -> str:
    """` last week (2026-10-25 to 2026-10-31)`: the question's own words, and what they were read as."""
    if period is None:
        return f" over the whole period ({asked.whole.told})" if asked.whole else ""
    words = period.words.lower() if period.words else ""
    if not words or words[0].isdigit() or words in period.told or "-" in words:
        return f" from {period.told}" if period.days > 1 else f" {period.told}"
    return f" {words} ({period.told})"


def kpis(thought: str, group_by: str, period: Period | None, filters: Mapping[str, str]) -> Call:
    return Call(thought, "compute_kpis", {"group_by": group_by, **filters, **dates(period)})


def asked_metrics(asked: Understanding, fallback: tuple[str, ...] = DEFAULT_METRICS) -> tuple[str, ...]:
    return tuple(name for name in asked.metrics if name in METRICS) or fallback


def spoken_metric(asked: Understanding, name: str) -> str:
    """The metric by the question's word where it has one: `cost per order (CPA)`."""
    label = METRICS[name].label
    for words in asked.metric_words:
        word = " ".join(words.lower().split())
        if (
            name in asked.metrics
            and asked.metrics.index(name) < len(asked.metric_words)
            and word == " ".join(asked.metric_words[asked.metrics.index(name)].lower().split())
        ):
            return label if word in (label.lower(), f"{label.lower()}s", "cheapest") else f"{word} ({label})"
    return label


def caveat_of_period(asked: Understanding, draft: Draft) -> None:
    """What was assumed about the days, and days that are asked for but not in the data."""
    first, last = asked.overview.first, asked.overview.last
    if not asked.periods and asked.whole:
        draft.warn(f"assuming the whole period {asked.whole.told}, as no dates were given")
    for period in asked.periods:
        if first and last and not outside_data(period, asked.overview) and (period.start < first or period.end > last):
            draft.warn(f"the data cover only {first} to {last}, so part of {period.told} is missing")
    for text in asked.assumed:
        draft.warn(text)


def tell_missing_days(seen: Seen, draft: Draft) -> None:
    """`missing_days` as days named, unless a warning names them already."""
    missing = seen.at("missing_days")
    days = [str(one) for one in missing if day(one)] if isinstance(missing, (list, tuple)) else []
    told = " ".join(draft.caveats)
    untold = [one for one in days if one not in told]
    if untold and not (days[0] in told and days[-1] in told):
        draft.warn(f"data are missing for {listed(untold[:8])}{' and more days' if len(untold) > 8 else ''}")


def is_thin(group: Mapping[str, Any]) -> bool:
    """Whether so few conversions stand behind a group that its ratios say little."""
    conversions = as_number(group.get("conversions"))
    return conversions is not None and conversions < 30
