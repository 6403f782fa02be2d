"""Did we stay within the budget: the spend of each day held against the daily limit."""

from __future__ import annotations

from src.models.deterministic.asking import caveat_of_period, kpis, spoken_period, tell_missing_days
from src.models.deterministic.drafting import Call, Draft, Seen, as_number, listed
from src.models.deterministic.understanding import Understanding

NAME = "budget_check"
_LOOKS_BACK = frozenset({"do", "have", "be"})
_SIDES = frozenset({"within", "over", "exceed", "under", "abov", "blow", "stay", "below"})
_MOST = 5


def matches(asked: Understanding) -> float:
    words = set(asked.lemmas)
    about_budget = "overspend" in words or ("budget" in words and bool(_SIDES & words))
    looks_back = asked.is_question and bool(asked.lemmas) and asked.lemmas[0] in _LOOKS_BACK
    wishes = asked.amounts or asked.any("takeover", "personal", "recommend") or asked.campaigns
    return 0.93 if asked.overview.budget is not None and about_budget and looks_back and not wishes else 0.0


def plan(asked: Understanding) -> tuple[Call, ...]:
    return (kpis(f"Compute the spend of each day{spoken_period(asked, asked.period)}.", "date", asked.period, {}),)


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    one, budget = seen[1], asked.overview.budget
    days = [(i, cost) for i, group in enumerate(one.rows("groups")) if (cost := as_number(group.get("cost"))) is not None]
    if budget is None or not days:
        draft.say("I cannot say whether we overspent: the spend by day is missing")
    else:
        _tell(asked, seen[0], one, days, budget, draft)
    caveat_of_period(asked, draft)
    draft.heed(one)
    tell_missing_days(one, draft)


def _tell(asked: Understanding, overview: Seen, one: Seen, days: list[tuple[int, float]], budget: float, draft: Draft) -> None:
    limit = draft.number(overview, "daily budget limit", "money", "budget", "daily_total")
    when = spoken_period(asked, asked.period)
    above = [i for i, cost in days if cost > budget]
    if above:
        told = [f"{one.at('groups', i, 'key')} ({draft.value(one, 'cost', 'groups', i, 'cost')})" for i in above[:_MOST]]
        draft.say(f"We did overspend the daily budget of {limit}{when}: {listed(told)}{' and more days' if len(above) > _MOST else ''}")
        return
    highest = max(days, key=lambda item: item[1])[0]
    top = draft.value(one, "cost", "groups", highest, "cost")
    draft.say(
        f"We did stay within the daily budget of {limit}{when}; the highest spend of a day was {top} on {one.at('groups', highest, 'key')}"
    )
