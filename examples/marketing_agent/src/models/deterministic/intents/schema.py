"""What the account is: its campaigns, dates, limits, tables; and what can be asked."""

from __future__ import annotations

from src.models.deterministic.drafting import Call, Draft, Seen, listed, name_of
from src.models.deterministic.understanding import Understanding

NAME = "schema"


def matches(asked: Understanding) -> float:
    if not asked.has("schema") or asked.any("change", "best", "worst", "high", "low", "target", "reallocate", "quality"):
        return 0.0
    spent = asked.metrics and (asked.periods or "go" in asked.lemmas)
    return 0.63 if not spent and (not asked.metrics or "budget" in asked.lemmas) else 0.3


def plan(asked: Understanding) -> tuple[Call, ...]:
    return ()


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    overview, told = asked.overview, seen[0]
    if "budget" in asked.lemmas and overview.budget is not None:
        draft.say(
            f"The daily budget limit over all campaigns is {draft.number(told, 'daily budget limit', 'money', 'budget', 'daily_total')}"
        )
        _limits(asked, told, draft)
        return
    if "channel" in asked.lemmas and overview.channels:
        draft.say(f"The channels in the data are {listed(overview.channels)}")
    elif "audienc" in asked.lemmas and overview.audiences:
        draft.say(f"The audiences in the data are {listed(overview.audiences)}")
    elif overview.campaigns:
        draft.say(f"The campaigns we run in this account are {listed(name_of(one.name) for one in overview.campaigns)}")
    if overview.whole_told:
        draft.say(f"The data cover {overview.whole_told}")
    if overview.tables:
        draft.say(f"There are the tables {listed(overview.tables)}")
    if "can" in asked.lemmas and "you" in asked.lemmas:
        draft.say("I can compute figures, compare, test, diagnose, propose a budget split and check copy")


def _limits(asked: Understanding, told: Seen, draft: Draft) -> None:
    for name in asked.campaigns[:4]:
        if limit := asked.overview.limits.get(name):
            bounds = [f"{end} {draft.number(told, f'{end} of {name_of(name)}', 'money', 'budget', 'limits', name, end)}" for end in limit]
            draft.say(f"The limits of {name_of(name)} per day are {listed(bounds)}")
