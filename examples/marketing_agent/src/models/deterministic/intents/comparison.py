"""Did it change, does A beat B, is that real: two periods or two groups, with a test of significance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from src.models.deterministic.asking import as_said, caveat_of_metric, caveat_of_period, scope, spoken_metric, spoken_period, tested
from src.models.deterministic.conversation import last_two
from src.models.deterministic.drafting import Call, Draft, Seen, as_number, listed, name_of
from src.models.deterministic.language import phrases
from src.models.deterministic.lexicon import METRICS
from src.models.deterministic.periods import Period
from src.models.deterministic.understanding import Understanding, outside_data

NAME = "comparison"
_MOST_METRICS = 2
_RECENT_DAYS = 14
_FALLING = frozenset(
    phrases("drop, fall, declin, decreas, slump, deteriorat, plung, collaps, slip, tank, shrink, crash, down, worsen, low, dip, los, reduc")
)
_RISING = frozenset(phrases("rise, ris, increas, grow, growth, improv, climb, soar, surg, recover, up, high, jump, gain"))
_CHANCE = ("noise", "random", "chance", "luck", "lucky", "fluke", "coincidence", "variance", "accident")
_YES_NO = frozenset(phrases("do, be, have, can, be, could, would, should"))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sides of a test, as its arguments and as they are spoken of; `a` is what `b` is held against."""

    a: Mapping[str, str]
    b: Mapping[str, str]
    a_told: str
    b_told: str
    over_time: bool
    assumed: str = ""
    periods: tuple[Period, ...] = ()


def matches(asked: Understanding) -> float:
    moved = len(asked.periods) == 2 and bool(asked.metrics) and not asked.amounts
    if not asked.overview.has_account or (asked.any("reallocate") and not moved):
        return 0.0
    if asked.has("target") and not _names(asked) and len(asked.periods) < 2:
        return 0.0
    if asked.has("real") and (_names(asked) or asked.any("change", "compare") or asked.follows_up or asked.metrics):
        return 0.74
    if len(_names(asked)) == 2 and asked.any("compare", "best", "worst", "change", "high", "low", "which"):
        return 0.72
    if len(asked.periods) == 2 and (asked.any("compare", "change", "best", "worst", "high", "low") or asked.follows_up):
        return 0.71 if not asked.dimension else 0.4
    if (
        asked.has("change")
        and (asked.metrics or asked.follows_up or asked.periods or asked.named.mentions)
        and not _over_time(asked)
        and not asked.dimension
    ):
        return 0.68
    if (
        asked.any("vague", "refer", "which")
        and asked.any("best", "worst", "high", "low")
        and not asked.named.mentions
        and last_two(asked.memory)
    ):
        return 0.7
    same_question = (
        asked.earlier is not None and asked.earlier.intent == NAME and asked.follows_up and not asked.any("best", "worst", "schema")
    )
    return 0.6 if same_question else 0.0


def _over_time(asked: Understanding) -> bool:
    """Whether it is a course of days that is asked for, not a difference."""
    return asked.has("anomaly") or (asked.has("trend") and not {"up", "down"} & set(asked.lemmas))


def _names(asked: Understanding) -> tuple[tuple[str, str], ...]:
    """Two names of one kind."""
    for kind, names in (
        ("creative", asked.creatives),
        ("campaign", asked.campaigns),
        ("channel", asked.channels),
        ("audience", asked.audiences),
    ):
        if len(names) >= 2:
            return ((kind, names[0]), (kind, names[1]))
    return ()


def metrics(asked: Understanding) -> tuple[str, ...]:
    if names := tested(asked, _MOST_METRICS):
        return names
    return ("ctr",) if asked.creatives else ("roas",) if _names(asked) else ("conversions",)


def pair(asked: Understanding) -> Pair | None:
    """The two sides; None where the data have no days to set side by side."""
    names = _names(asked) or _earlier_pair(asked)
    if names:
        return _of_names(asked, names)
    filters = _scope(asked)
    if len(asked.periods) >= 2:
        a, b = sorted(asked.periods[:2], key=lambda period: period.start)
        return _of_periods(filters, a, b, "")
    later = asked.period or _recent(asked)
    if later is None or asked.overview.first is None:
        return None
    earlier = _before(asked, later)
    if earlier is None:
        return None
    assumed = "assuming the days right before are what it is compared with"
    return _of_periods(filters, earlier, later, assumed)


def _earlier_pair(asked: Understanding) -> tuple[tuple[str, str], ...]:
    earlier, two = asked.earlier, last_two(asked.memory)
    if two and asked.any("best", "worst", "high", "low", "compare") and not asked.named.mentions and not asked.dimension:
        return ((two[0], two[1]), (two[0], two[2]))
    moved = (_FALLING | _RISING) & set(asked.lemmas)
    if not asked.follows_up or earlier is None or len(earlier.pair) != 3 or moved or not asked.has("real"):
        return ()
    kind, first, second = earlier.pair
    return ((kind, first), (kind, second))


def _scope(asked: Understanding) -> dict[str, str]:
    filters = scope(asked)
    return {**filters, "creative": asked.creatives[0]} if len(asked.creatives) == 1 else filters


def _of_names(asked: Understanding, names: tuple[tuple[str, str], ...]) -> Pair:
    when = asked.period.arguments() if asked.period else {}
    shared = {key: value for key, value in scope(asked).items() if key != names[0][0]}
    sides = [{**shared, kind: name, **when} for kind, name in names]
    periods = (asked.period,) if asked.period else ()
    return Pair(sides[0], sides[1], name_of(names[0][1]), name_of(names[1][1]), over_time=False, periods=periods)


def _of_periods(filters: Mapping[str, str], a: Period, b: Period, assumed: str) -> Pair:
    told = [f"{as_said(one)}, {one.told}" if one.words and not any(char.isdigit() for char in one.words) else one.told for one in (a, b)]
    return Pair(
        {**filters, **a.arguments()}, {**filters, **b.arguments()}, told[0], told[1], over_time=True, assumed=assumed, periods=(a, b)
    )


def _recent(asked: Understanding) -> Period | None:
    first, last = asked.overview.first, asked.overview.last
    if not first or not last or (last - first).days < 2 * _RECENT_DAYS:
        return None
    return Period(last - timedelta(days=_RECENT_DAYS - 1), last)


def _before(asked: Understanding, later: Period) -> Period | None:
    """As many days before, or the whole calendar month before a whole month; fewer where the data begin later."""
    first = asked.overview.first
    end = later.start - timedelta(days=1)
    if first is None or end < first:
        return None
    start = end - timedelta(days=later.days - 1)
    if later.start.day == 1 and later.days >= 28 and later.start.month == later.end.month:
        start = end.replace(day=1)
    return Period(max(first, start), end)


def plan(asked: Understanding) -> tuple[Call, ...]:
    sides = pair(asked)
    if sides is None:
        return ()
    return tuple(
        Call(
            f"Test whether {METRICS[name].label} of {sides.b_told} differs from {sides.a_told} by more than chance.",
            "test_significance",
            {"metric": name, "a": dict(sides.a), "b": dict(sides.b)},
        )
        for name in metrics(asked)
    )


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    sides = pair(asked)
    if sides is None:
        draft.say("I cannot compare that: data before that period are missing. Which two periods shall I compare?")
        return
    for name, one in zip(metrics(asked), seen[1:], strict=False):
        _write_one(asked, sides, one, name, draft)
    _assumptions(asked, sides, draft)
    draft.heed(*seen[1:])


def _assumptions(asked: Understanding, sides: Pair, draft: Draft) -> None:
    if sides.assumed:
        draft.warn(sides.assumed)
    caveat_of_metric(asked, draft)
    if not asked.metrics:
        draft.warn(f"assuming {METRICS[metrics(asked)[0]].label} is what is to be compared, as no metric was named")
    if sides.over_time:
        for text in asked.assumed:
            draft.warn(text)
    else:
        caveat_of_period(asked, draft)


def _write_one(asked: Understanding, sides: Pair, one: Seen, name: str, draft: Draft) -> None:
    label = spoken_metric(asked, name)
    if not one.worked:
        draft.say(f"I cannot say whether the {label} differs, because the test failed")
        return
    if any(outside_data(period, asked.overview) for period in sides.periods):
        draft.say(f"I cannot compare {label}: data are missing, the account covers {asked.overview.whole_told}")
        return
    a, b = as_number(one.at("a")), as_number(one.at("b"))
    if a is None or b is None:
        side = sides.a_told if a is None else sides.b_told
        draft.say(f"I cannot compare {label}: it is missing for {side}")
        return
    draft.say(_sentence(asked, sides, one, name, label, a, b, draft))
    if one.at("enough_data") is False:
        draft.warn("thin data: there are too few observations to tell a difference of this size from chance")


def _sentence(asked: Understanding, sides: Pair, one: Seen, name: str, label: str, a: float, b: float, draft: Draft) -> str:
    real = bool(one.at("significant"))
    before, after = draft.value(one, name, "a"), draft.value(one, name, "b")
    if name in ("conversions", "cost", "revenue"):
        after = f"{after} per day"
    change = draft.fraction(one, f"change of {METRICS[name].label}", "relative_change")
    chance = f"(p {draft.number(one, 'p-value', 'p', 'p_value')})"
    moved = "rose" if b > a else "fell" if b < a else "did not move"
    if sides.over_time:
        where = _spoken(asked)
        told = f"the {label}{where}{_when(asked)} {moved} from {before} ({sides.a_told}) to {after} ({sides.b_told}), a change of {change}"
    else:
        better = sides.b_told if (b < a) == METRICS[name].lower_is_better else sides.a_told
        when = spoken_period(asked, asked.period) if asked.period else ""
        told = f"comparing {label}{when}, {better} is better: {sides.a_told} has {before}, {sides.b_told} {after}, a difference of {change}"
    if real:
        return f"{_yes_no(asked, a, b, name, real=True)}{told}; this difference is significant {chance}, so it is real"
    return f"{_yes_no(asked, a, b, name, real=False)}{told}, but it is not significant {chance}, so it may well be noise"


def _spoken(asked: Understanding) -> str:
    names = asked.creatives or asked.campaigns or (*asked.channels, *asked.audiences)
    return f" of {listed(map(name_of, names))}" if names else ""


def _when(asked: Understanding) -> str:
    words = as_said(asked.period) if asked.period and len(asked.periods) == 1 else ""
    return f" {words}" if words and not any(char.isdigit() for char in words) else ""


def _yes_no(asked: Understanding, a: float, b: float, name: str, *, real: bool) -> str:
    """`Yes, ` or `No, ` where the question wants it, and only where its direction is plain."""
    lemmas = asked.lemmas
    if not lemmas or next((lemma for lemma in lemmas if lemma not in ("so", "and", "but", "ok", "then")), "") not in _YES_NO:
        return ""
    if any(word in asked.text.lower() for word in _CHANCE):
        return ""
    if not real:
        return "No, "
    falling, rising = bool(_FALLING & set(lemmas)), bool(_RISING & set(lemmas))
    if {"bad", "worsen", "deteriorat"} & set(lemmas) or {"improv", "better"} & set(lemmas):
        got_better = (b < a) == METRICS[name].lower_is_better
        return "Yes, " if got_better == bool({"improv", "better"} & set(lemmas)) else "No, "
    if falling != rising:
        return "Yes, " if (b < a) == falling else "No, "
    return "Yes, " if asked.has("real") else ""
