"""Budget: how to split, move or optimise it, within the limits; and wishes that break a limit, which are refused by its name."""

from __future__ import annotations

import re
from typing import Any

from src.models.deterministic.asking import caveat_of_period, dates, kpis, spoken_scope
from src.models.deterministic.drafting import Call, Draft, Seen, as_number, listed, name_of, shown_number
from src.models.deterministic.language import phrases
from src.models.deterministic.overview import number
from src.models.deterministic.periods import Period
from src.models.deterministic.stating import CAP
from src.models.deterministic.understanding import Understanding, outside_data

NAME = "reallocation"
_SETS = frozenset(
    phrases(
        "rais, increas, lower, set, giv, give, put, cut, reduc, cap, budget, decreas, shift, mov, move, spend, allocat, invest, plan, pour, push, assign, go"
    )
)
_LONGEST_REASON = 280
_MOST_BINDING = 2
_NOUNS = frozenset(phrases("budget, spend, money, cost, campaign, channel, mix, euro, eur, allocat"))


def matches(asked: Understanding) -> float:
    if not asked.overview.has_account or asked.any("prompt", "personal") or _looks_back(asked):
        return 0.0
    about_money = bool(_NOUNS & set(asked.lemmas)) or bool(asked.campaigns or asked.amounts or asked.metrics)
    if asked.has("overspend") and about_money and not (asked.has("target") and asked.metrics):
        return 0.92
    wants = asked.any("reallocate") or asked.wishes.max_change is not None
    if wants and about_money and not (asked.has("why") and not asked.any("recommend")):
        return 0.9
    if _asks_too_much(asked):
        return 0.9
    sets = bool(asked.wishes.limits) and (bool(_SETS & set(asked.lemmas)) or asked.has("per_day") and not asked.is_question)
    if sets and not asked.any("why", "compare", "target"):
        return 0.88
    if (
        asked.has("recommend")
        and not (asked.metrics or asked.named.mentions or asked.dimension or asked.follows_up)
        and len(asked.words) < 9
    ):
        return 0.2
    spend = (
        "spend" in asked.lemmas and asked.wishes.total is not None and not asked.has("count") and not asked.any("why", "target", "change")
    )
    if spend and not (asked.has("which") and asked.dimension):
        return 0.7
    goes_on = asked.earlier is not None and asked.earlier.intent == NAME and asked.follows_up and bool(asked.amounts or asked.wishes.keep)
    return 0.7 if goes_on else 0.0


_BY_GROUP = re.compile(r"\bsplit\b[^.?!]*\bby (?:campaign|channel|audience|creative|day|week|month)", re.IGNORECASE)


def _asks_too_much(asked: Understanding) -> bool:
    """Whether a total above the daily limit is wished: it has to be refused, whatever else the message says."""
    total, budget = asked.wishes.total, asked.overview.budget
    plain = total is not None and budget is not None and total > budget and asked.has("per_day")
    return plain and not asked.any("target", "count", "change", "compare", "high", "low", "schema")


def _looks_back(asked: Understanding) -> bool:
    """`How did CPA move from May to June` and `split the spend by channel` ask for figures, not for a plan."""
    compared = len(asked.periods) == 2 and bool(asked.metrics) and asked.has("change")
    return not asked.amounts and (compared or bool(_BY_GROUP.search(asked.text)))


def arguments(asked: Understanding) -> dict[str, Any]:
    """The wishes as the tool takes them, what the user said earlier among them."""
    wishes = asked.wishes
    wanted: dict[str, Any] = {"objective": objective(asked)[0]}
    total = None if _is_extra(asked) else wishes.total
    if total is None and wishes.factor and not asked.campaigns and asked.overview.budget and wishes.factor > 1:
        total = wishes.factor * asked.overview.budget
    if total is not None:
        wanted["total"] = total
    if limits := {**told_caps(asked), **wishes.limits}:
        wanted["limits"] = {name: dict(limit) for name, limit in limits.items()}
    if wishes.max_change is not None:
        wanted["max_change"] = wishes.max_change
    if keep := kept(asked):
        wanted["keep"] = list(keep)
    return {**wanted, **dates(basis(asked))}


def basis(asked: Understanding) -> Period | None:
    """The days that the plan rests on; None, which is all days, where the period named is still to come."""
    return None if asked.period and outside_data(asked.period, asked.overview) else asked.period


def told_caps(asked: Understanding) -> dict[str, dict[str, float]]:
    """The most per day that the user allowed a campaign earlier, where the account does not allow less."""
    caps: dict[str, dict[str, float]] = {}
    for one in asked.overview.campaigns:
        cap, most = number(asked.facts.get(f"{CAP}{one.name}")), asked.overview.limits.get(one.name, {}).get("max")
        if cap is not None and one.name not in asked.wishes.limits and (most is None or cap < most):
            caps[one.name] = {"max": cap}
    return caps


def _is_extra(asked: Understanding) -> bool:
    """Whether the amount comes on top of what is spent now, which the plan does not know yet."""
    return bool({"extra", "additional"} & set(asked.lemmas)) and asked.wishes.total is not None


def kept(asked: Understanding) -> tuple[str, ...]:
    said = asked.facts.get("keep_campaigns")
    names = [*asked.wishes.keep, *(said if isinstance(said, (list, tuple)) else ())]
    known = {one.name for one in asked.overview.campaigns}
    return tuple(dict.fromkeys(str(name) for name in names if name in known and name not in asked.wishes.limits))


def objective(asked: Understanding) -> tuple[str, bool]:
    """What to maximise, and whether the question says so."""
    for name in asked.metrics:
        if name in ("revenue", "roas"):
            return "revenue", True
        if name in ("conversions", "cpa", "orders", "cvr"):
            return "conversions", True
    if "lead" in asked.lemmas:
        return "conversions", True
    return "revenue", False


def plan(asked: Understanding) -> tuple[Call, ...]:
    wanted = arguments(asked)
    return (
        kpis("See what each campaign spends and returns.", "campaign", basis(asked), {}),
        Call("Find the split with the highest expected return within the limits.", "reallocate_budget", wanted),
    )


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    overview, figures, split = seen
    if not split.worked:
        draft.say("I cannot propose a budget split, because the computation failed")
    elif problem := _refused(asked, overview, split, draft):
        draft.say(problem)
        _limits(asked, overview, split, draft)
        if split.at("feasible"):
            _proposal(asked, split, draft, lead="Within the limits, the budget split with the highest expected return is")
    else:
        if _wants_one(asked):
            _most_raised(asked, split, draft)
        if "underperform" in asked.lemmas or asked.has("worst"):
            _worst(asked, figures, draft)
        _proposal(asked, split, draft, lead=_lead(asked))
    if not objective(asked)[1]:
        draft.warn("assuming the aim is revenue, as none was named")
    if _is_extra(asked):
        draft.warn("the split is for the present total: the extra amount should go first to the campaigns that it raises most")
    for text in asked.wishes.assumed:
        draft.warn(text)
    if asked.period and basis(asked) is None:
        draft.warn(f"assuming {asked.period.told} is to be planned by the figures of all days of the data ({asked.overview.whole_told})")
    elif asked.periods:
        caveat_of_period(asked, draft)
    draft.heed(figures, split)


def _refused(asked: Understanding, overview: Seen, split: Seen, draft: Draft) -> str:
    """Why the wish cannot be fulfilled; empty where it can."""
    wishes, budget = asked.wishes, asked.overview.budget
    if wishes.total is not None and budget is not None and not _is_extra(asked) and wishes.total > budget:
        limit = draft.number(overview, "daily budget limit", "money", "budget", "daily_total")
        return f"I cannot propose a budget{_spoken_total(asked)}: the daily limit of the account is {limit}"
    for name, wish in wishes.limits.items():
        most = number(asked.overview.limits.get(name, {}).get("max"))
        if most is not None and max(wish.values()) > most:
            limit = draft.number(overview, f"limit of {name_of(name)}", "money", "budget", "limits", name, "max")
            return f"I cannot give {name_of(name)} that much budget: its limit is {limit} per day"
    why_not = str(split.at("why_not") or "")
    reason = name_of(why_not).rstrip(". ") if len(why_not) <= _LONGEST_REASON else ""  # told whole, or its numbers lose their source
    if split.at("feasible") is False:
        return f"I cannot propose that budget{_spoken_total(asked)}: {reason or 'it breaks a limit of the account'}"
    if asked.has("overspend"):
        limit = draft.number(overview, "daily budget limit", "money", "budget", "daily_total")
        return f"I cannot propose to spend more than allowed{spoken_scope(asked)}: the daily budget limit of {limit} may not be exceeded"
    if wishes.factor and wishes.factor > 1 and len(asked.campaigns) == 1:
        return _multiplied(asked, overview, split, draft)
    return ""


def _multiplied(asked: Understanding, overview: Seen, split: Seen, draft: Draft) -> str:
    name, factor = asked.campaigns[0], asked.wishes.factor or 1.0
    now = as_number(split.at("current", name))
    most = number(asked.overview.limits.get(name, {}).get("max"))
    if now is None or most is None or now * factor <= most:
        return ""
    shown = draft.number(split, f"current spend of {name_of(name)}", "money", "current", name)
    limit = draft.number(overview, f"limit of {name_of(name)}", "money", "budget", "limits", name, "max")
    return f"I cannot raise the budget of {name_of(name)} that far: it spends {shown} per day now, and its limit is {limit} per day"


def _spoken_total(asked: Understanding) -> str:
    """The wished total where the message has it as it is; a figure that was converted would stand there without a source."""
    total = asked.wishes.total
    said = total is not None and any(amount.value == total for amount in asked.amounts) and f"{total:.0f}" in asked.text.replace(",", "")
    return f" of {total:,.2f} {asked.overview.currency} per day".replace("  ", " ") if said else ""


def _limits(asked: Understanding, overview: Seen, split: Seen, draft: Draft) -> None:
    if asked.overview.budget is None or any(claim["source"].endswith("budget.daily_total") for claim in draft.claims):
        return
    limit = draft.number(overview, "daily budget limit", "money", "budget", "daily_total")
    draft.say(f"The limit of the daily budget over all campaigns is {limit}")


def _lead(asked: Understanding) -> str:
    words = {token.lemma: token.text for token in asked.words}
    verb = next(
        (
            words[lemma]
            for lemma in ("split", "shift", "mov", "reallocat", "allocat", "distribut", "rebalanc", "optimis", "optimiz")
            if lemma in words
        ),
        "split",
    )
    aim = "conversions" if objective(asked)[0] == "conversions" else "revenue"
    return f"To {verb} the budget for the most {aim}, I propose per day"


def _proposal(asked: Understanding, split: Seen, draft: Draft, lead: str) -> None:
    proposed, current = split.at("proposed"), split.at("current")
    if not isinstance(proposed, dict) or not proposed:
        draft.say("I cannot propose a split: the data hold no campaign to split over")
        return
    current = current if isinstance(current, dict) else {}
    order = sorted(proposed, key=lambda name: -abs((as_number(proposed[name]) or 0) - (as_number(current.get(name)) or 0)))
    moved = [name for name in order if abs((as_number(proposed[name]) or 0) - (as_number(current.get(name)) or 0)) >= 0.5]
    told = [_moved(split, name, draft) for name in moved]
    if told:
        draft.say(f"{lead}: {'; '.join(told)}")
    else:
        draft.say(f"{lead}: no change, the present split is already the best within the limits")
    if unmoved := [name for name in order if name not in moved]:
        draft.say(f"Unchanged: {listed(_stays(split, name, draft) for name in unmoved)}")
    for name, limit in told_caps(asked).items():
        cap = shown_number(limit["max"], draft.currency, draft.currency)
        draft.say(f"{name_of(name)} is capped at {cap} per day, as you said")
    _expected(split, draft, objective(asked)[0])
    _binding(split, order, draft)


def _binding(split: Seen, names: list[str], draft: Draft) -> None:
    """What holds the split back: the tool's words where they are few, else the campaigns whose limits are reached."""
    told = split.at("binding")
    texts = [name_of(text).rstrip(". ") for text in told] if isinstance(told, (list, tuple)) else []
    if 0 < len(texts) <= _MOST_BINDING:
        draft.say(f"What binds: {'; '.join(texts)}")
    elif bound := [name_of(name) for name in names if any(name_of(name) in text for text in texts)]:
        draft.say(f"Limits bind for {listed(bound)}")


def _moved(split: Seen, name: str, draft: Draft) -> str:
    now = draft.number(split, f"current spend of {name_of(name)}", "money", "current", name)
    then = draft.number(split, f"proposed spend of {name_of(name)}", "money", "proposed", name)
    return f"{name_of(name)} {then} (now {now})"


def _stays(split: Seen, name: str, draft: Draft) -> str:
    now = draft.number(split, f"current spend of {name_of(name)}", "money", "current", name)
    return f"{name_of(name)} at {now}"


def _wants_one(asked: Understanding) -> bool:
    """Whether it asks which campaign should get more, not for the whole plan."""
    one = "campaign" in {token.text for token in asked.words} and asked.any("which")
    return (
        one and not asked.amounts and not asked.campaigns and asked.any("high", "recommend", "best", "reallocate") and not asked.wishes.keep
    )


def _most_raised(asked: Understanding, split: Seen, draft: Draft) -> None:
    proposed, current = split.at("proposed"), split.at("current")
    if not isinstance(proposed, dict) or not isinstance(current, dict) or not proposed:
        return
    by = {name: (as_number(value) or 0.0) - (as_number(current.get(name)) or 0.0) for name, value in proposed.items()}
    name = max(by, key=lambda one: by[one])
    if by[name] > 0:
        draft.say(f"The campaign that should get the most additional budget is {_moved(split, name, draft)} per day")
        draft.focus["campaigns"] = [name]


def _expected(split: Seen, draft: Draft, aim: str) -> None:
    unit = "money" if aim == "revenue" else "conversions"
    if as_number(split.at("expected_proposed")) is None:
        return
    proposed = draft.number(split, f"expected {aim}", unit, "expected_proposed")
    current = draft.number(split, f"current {aim}", unit, "expected_current")
    gain = draft.fraction(split, "expected gain", "expected_gain")
    total = draft.number(split, "total budget", "money", "total")
    draft.say(f"The total is {total} per day; expected {aim} is {proposed} per day against {current} now, a gain of {gain}")


def _worst(asked: Understanding, figures: Seen, draft: Draft) -> None:
    groups = [(i, group) for i, group in enumerate(figures.rows("groups")) if as_number(group.get("roas")) is not None]
    if asked.campaigns:
        groups = [(i, group) for i, group in groups if str(group.get("key")) in asked.campaigns] or groups
    if groups:
        index, worst = min(groups, key=lambda item: as_number(item[1].get("roas")) or 0.0)
        told = f"{draft.metric(figures, 'roas', 'groups', index, 'roas')} and {draft.metric(figures, 'cpa', 'groups', index, 'cpa')}"
        draft.say(f"The underperforming campaign to optimize is {name_of(worst.get('key'))}, with {told}")
        draft.focus["campaigns"] = [str(worst.get("key"))]
