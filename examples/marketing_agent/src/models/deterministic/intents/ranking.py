"""Which is best, worst, highest, cheapest: groups ranked by a metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from src.models.deterministic.against_target import spoken_target, target, verdict
from src.models.deterministic.asking import caveat_of_period, is_thin, kpis, scope, spoken_metric, spoken_period, tell_missing_days
from src.models.deterministic.drafting import Call, Draft, Seen, as_number, listed, name_of
from src.models.deterministic.language import phrases
from src.models.deterministic.lexicon import METRICS
from src.models.deterministic.understanding import Understanding, outside_data

NAME = "ranking"
_MOST = 10


def matches(asked: Understanding) -> float:
    if (
        not asked.overview.has_account
        or not asked.any("best", "worst", "high", "low", "pause")
        and asked.top is None
        and "eat" not in asked.lemmas
    ):
        return 0.0
    if asked.dimension and not (asked.has("topic") and not asked.is_question and not asked.metrics):
        return 0.66 if not asked.has("target") else 0.58
    open_question = (
        asked.any("which", "pause") and not asked.campaigns and not asked.creatives and len(asked.channels) < 2 and len(asked.audiences) < 2
    )
    return 0.56 if open_question and not asked.has("per_day") else 0.0


def dimension(asked: Understanding) -> str:
    return asked.dimension or "campaign"


def metric(asked: Understanding) -> str:
    """What to rank by; efficiency and success are read as ROAS where no metric is named, creatives by CTR."""
    names = [name for name in asked.metrics if name in METRICS]
    if names:
        return names[0]
    return "ctr" if asked.dimension == "creative" else "roas"


def wants_high(asked: Understanding) -> bool:
    """Whether the highest value is asked for: `worst CPA` and `most expensive` are high, `best CPA` and `cheapest` low."""
    lower_is_better = METRICS[metric(asked)].lower_is_better
    lemmas = set(asked.lemmas)
    if "least" in lemmas and asked.any("worst", "best") and not asked.metrics:
        return lower_is_better
    if asked.any("worst", "best") and not ({"highest", "lowest"} & lemmas):
        return asked.has("worst") == lower_is_better
    if asked.has("pause") and not asked.metrics:
        return lower_is_better
    if asked.has("low"):
        return False
    return asked.has("high") or not lower_is_better


def plan(asked: Understanding) -> tuple[Call, ...]:
    label = METRICS[metric(asked)].label
    filters = scope(asked) if dimension(asked) != "campaign" or not asked.campaigns else {}
    return (
        kpis(
            f"Compute {label} by {dimension(asked)}{spoken_period(asked, asked.period)} and rank.", dimension(asked), asked.period, filters
        ),
    )


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    one, name, kind = seen[1], metric(asked), dimension(asked)
    if asked.period and outside_data(asked.period, asked.overview):
        draft.say(f"I cannot rank by {kind}: data for {asked.period.told} are missing, the account covers {asked.overview.whole_told}")
        return
    ranked = ranking(one, name, high=wants_high(asked))
    if not ranked:
        draft.say(f"I cannot rank by {kind}: {METRICS[name].label} is missing for every {kind}{spoken_period(asked, asked.period)}")
    else:
        _tell(asked, seen[0], one, ranked, draft)
    if not asked.metrics:
        draft.warn(f"assuming {METRICS[name].label} is what the ranking is about, as no metric was named")
    if not asked.dimension:
        draft.warn(f"assuming a ranking by {kind}")
    caveat_of_period(asked, draft)
    draft.heed(one)
    tell_missing_days(one, draft)


def ranking(one: Seen, name: str, *, high: bool) -> list[tuple[int, Mapping[str, Any]]]:
    """Groups with a value, the wanted end first, each with its place in the result."""
    valued = [(i, group) for i, group in enumerate(one.rows("groups")) if as_number(group.get(name)) is not None]
    return sorted(valued, key=lambda item: (as_number(item[1].get(name)) or 0.0) * (-1 if high else 1))


def superlative(asked: Understanding) -> str:
    """The question's own word for what it ranks by."""
    for token in asked.words:
        if token.text in _SUPERLATIVES:
            return token.text
    return "highest" if wants_high(asked) else "lowest"


_SUPERLATIVES = frozenset(
    phrases(
        "best, worst, highest, lowest, cheapest, strongest, weakest, biggest, largest, smallest, top, bottom, greatest, fewest, poorest"
    )
)


def _tell(asked: Understanding, overview: Seen, one: Seen, ranked: list[tuple[int, Mapping[str, Any]]], draft: Draft) -> None:
    name, kind = metric(asked), dimension(asked)
    (index, first), rest = ranked[0], ranked[1:]
    key = name_of(first.get("key"))
    when = spoken_period(asked, asked.period)
    draft.say(
        f"The {kind} with the {superlative(asked)} {spoken_metric(asked, name)}{when} is {key}, with {draft.metric(one, name, 'groups', index, name)}"
    )
    _remember(asked, kind, ranked, draft)
    many = min(asked.top - 1 if asked.top else 2, _MOST)
    shown = rest[:many]
    if shown:
        others = [f"{name_of(group.get('key'))} ({draft.value(one, name, 'groups', i, name)})" for i, group in shown]
        draft.say(f"Next {'come' if len(shown) > 1 else 'comes'} {listed(others)}")
    if len(rest) > many and rest:
        i, last = rest[-1]
        draft.say(f"At the other end is {name_of(last.get('key'))} with {draft.value(one, name, 'groups', i, name)}")
    wanted, value = target(asked, name), as_number(first.get(name))
    if wanted is not None and value is not None:
        draft.say(f"For {key} that is {verdict(name, value, wanted, spoken_target(asked, overview, name, draft))}")
    _thin(one, name, ranked[: many + 1], draft)
    if asked.any("recommend", "pause"):
        draft.say(f"Recommendation: look at {key} first, and test a change there before moving budget")


def _remember(asked: Understanding, kind: str, ranked: list[tuple[int, Mapping[str, Any]]], draft: Draft) -> None:
    keys = [str(group.get("key")) for _, group in ranked]
    if kind in ("campaign", "channel", "audience", "creative"):
        draft.focus[f"{kind}s"] = keys[:1]
        draft.pair = (kind, *keys[:2])


def _thin(one: Seen, name: str, ranked: list[tuple[int, Mapping[str, Any]]], draft: Draft) -> None:
    if name not in ("cvr", "cpa", "roas"):
        return
    for index, group in ranked:
        if is_thin(group):
            count = draft.value(one, "conversions", "groups", index, "conversions")
            draft.warn(f"thin data: {name_of(group.get('key'))} has only {count} conversions, so its {METRICS[name].label} is uncertain")
