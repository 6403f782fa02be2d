"""What several intents ask the tools, and how they speak of scope, period and metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from src.models.deterministic.drafting import Call, Draft, Seen, as_number, listed, name_of
from src.models.deterministic.language import lemma, phrases
from src.models.deterministic.lexicon import METRICS
from src.models.deterministic.overview import day
from src.models.deterministic.periods import Period
from src.models.deterministic.quarantine import carries_marker
from src.models.deterministic.understanding import Understanding

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
    parts += [f"the audience {listed(asked.audiences)}"] if asked.audiences else []
    return f" of {', '.join(parts)}" if parts else ""


def dates(period: Period | None) -> dict[str, str]:
    return period.arguments() if period else {}


def spoken_period(asked: Understanding, period: Period | None) -> str:
    """` last week (2026-10-25 to 2026-10-31)`: the question's own words, and what they were read as."""
    if period is None:
        return f" over the whole period ({asked.whole.told})" if asked.whole else ""
    words = as_said(period)
    if not words or any(char.isdigit() for char in words):
        return f" from {period.told}" if period.days > 1 else f" {period.told}"
    return f" {'over ' if words.lower().startswith('the ') else ''}{words} ({period.told})"


def as_said(period: Period) -> str:
    """The words that named the period, without a capital that only the start of a sentence gave them."""
    words = period.words
    return words[:1].lower() + words[1:] if words.split(" ")[0].lower() in _SMALL else words


_SMALL = frozenset(
    phrases("in, for, during, on, over, the, last, past, since, until, before, after, from, between, this, first, second, week, previous")
)


def kpis(thought: str, group_by: str, period: Period | None, filters: Mapping[str, str]) -> Call:
    return Call(thought, "compute_kpis", {"group_by": group_by, **filters, **dates(period)})


def asked_metrics(asked: Understanding, fallback: tuple[str, ...] = DEFAULT_METRICS) -> tuple[str, ...]:
    return tuple(name for name in asked.metrics if name in METRICS) or fallback


def spoken_metric(asked: Understanding, name: str) -> str:
    """The metric by the question's word where it has one of its own: `cost per order (CPA)`."""
    label = METRICS[name].label
    words = dict(zip(asked.metrics, asked.metric_words, strict=False)).get(name, "")
    word = " ".join(words.lower().split())
    if not word or word.split(" ")[0] in _JUDGING or lemma(word) == lemma(label.lower()):
        return label
    return f"{word} ({label})" if label.isupper() else word


_JUDGING = frozenset(
    phrases(
        "budget, cheap, cheapest, expensive, costly, priciest, convert, converts, profitable, profitability, pay, paid, a, an, one, each, every"
    )
)


def tested(asked: Understanding, most: int) -> tuple[str, ...]:
    """The metrics asked for, as the tools that test and search for changes take them."""
    return tuple(dict.fromkeys(METRICS[name].stands_in or name for name in asked.metrics if name in METRICS))[:most]


def caveat_of_metric(asked: Understanding, draft: Draft) -> None:
    for name in asked.metrics:
        if name in METRICS and METRICS[name].stands_in:
            draft.warn(f"{METRICS[name].label} alone cannot be tested; assuming {METRICS[METRICS[name].stands_in].label} in their place")


def caveat_of_period(asked: Understanding, draft: Draft) -> None:
    """What was assumed about the days; that days lie outside the data, the tools say themselves."""
    if not asked.periods and asked.whole:
        draft.warn("assuming all days are meant, as no dates were given")
    for text in asked.assumed:
        draft.warn(text)


def tell_missing_days(seen: Seen, draft: Draft) -> None:
    """The result's `missing_days` as days named, where no warning of the result names them. Call it after `heed`."""
    missing = seen.at("missing_days")
    days = [str(one) for one in missing if day(one)] if isinstance(missing, (list, tuple)) else []
    told = " ".join(draft.caveats)
    if days and not (days[0] in told and days[-1] in told):
        draft.warn(f"missing days: {', '.join(days[:8])}{' and more' if len(days) > 8 else ''}")


def is_thin(group: Mapping[str, Any]) -> bool:
    """Whether so few conversions stand behind a group that its ratios say little."""
    conversions = as_number(group.get("conversions"))
    return conversions is not None and conversions < 30
