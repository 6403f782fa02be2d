"""KPI questions: figures by campaign, channel, audience and period; best and worst; changes; targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from generator.paraphrases import Ask, ask
from generator.questions.case import Number, Question
from generator.questions.view import View
from generator.questions.wording import (
    LOWER_IS_BETTER,
    METRICS,
    RATIOS,
    Period,
    Scope,
    accepted_names,
    label,
    of_audience,
    of_campaign,
    of_channel,
    spelt,
    upper_first,
    whole_account,
)

TOLERANCE = 0.008
"""Relative, of ratios. A case is tagged `ratio` where the mean of daily ratios is at least twice as far from the truth as is allowed."""


ASK_FIGURE = (
    "[What was|What is|What's] [the|our] {metric} [of|for] {who} {period}?",
    "[Can|Could] you [tell me|give me|look up|pull|check] the {metric} [of|for] {who} {period}[|, please|]?",
    "[Tell me|Give me|Show me|I need|I'd like to know|Please send me] the {metric} [of|for] {who} {period}[|, please].",
    "What {metric} did {who} [have|get|reach|end up with] {period}?",
    "{period}, what was the {metric} of {who}?",
    "{metric} [of |for |]{who} {period}[?|]",
    "{who}: {metric} {period}?",
    "How [high|good] was the {metric} [of|for] {who} {period}?",
    "Do you have the {metric} [of|for] {who} {period}?",
    "Looking at {who} {period}: what {metric} [do we see|did we get]?",
)
ASK_COUNT = {
    "cost": (
        "How much did we spend on {who} {period}?",
        "How much [money |]did {who} cost [us |]{period}?",
        "What did {who} cost [us|] {period}?",
        "[What was|What is|What's] the [total |]{metric} [of|for|on] {who} {period}?",
        "[Total|Overall] spend [of|for|on] {who} {period}[?|]",
        "[Give me|Tell me|I need|Please pull] the [total |]{metric} [of|for] {who} {period}.",
        "How much budget went into {who} {period}?",
    ),
    "revenue": (
        "How much revenue did {who} [bring in|make|generate|bring] {period}?",
        "What revenue [came from|did we get from] {who} {period}?",
        "[What was|What is|What's] the {metric} [of|from] {who} {period}?",
        "[Give me|Tell me|I need|Please pull] the {metric} [of|from|for] {who} {period}.",
        "{metric} {who} {period}[?|]",
    ),
    "count": (
        "How many {noun} did {who} [get|have|bring|bring in|generate] {period}?",
        "How many {noun} [came from|were there from|do we count for] {who} {period}?",
        "[What was|What is|What's] the [total |]number of {noun} [of|for|from] {who} {period}?",
        "[Give me|Tell me|I need|Please pull] the [number of |]{noun} [of|from|for] {who} {period}.",
        "{noun} [of |for |]{who} {period}[?|]",
        "{period}, how many {noun} did {who} [get|have]?",
    ),
}
SUPERLATIVE = {
    True: "[best|lowest|most favourable]",
    False: "[best|highest|strongest]",
}
INFERIOR = {True: "[worst|highest|most expensive]", False: "[worst|lowest|weakest]"}
ASK_EXTREME = (
    "[Which campaign|What campaign|Which one of our campaigns] had the {extreme} {metric} {period}?",
    "[Which|What] campaign [did|was] the {extreme} [on|by|in terms of] {metric} {period}?",
    "[Tell me|Show me|Name] the campaign with the {extreme} {metric} {period}.",
    "{period}, which campaign had the {extreme} {metric}[, and how much was it|]?",
    "Campaign with {extreme} {metric} {period}[?|]",
    "Where was the {metric} {extreme} {period}, by campaign?",
    "[Can|Could] you tell me which campaign had the {extreme} {metric} {period}[|, please]?",
)
ASK_CHANGE = (
    "How did the {metric} of {who} change {after} compared with {before}?",
    "[By how much|How much] did the {metric} of {who} [change|move] from {before_name} to {after_name}?",
    "[What is|What's|What was] the change in {metric} of {who} from {before_name} to {after_name}, in percent?",
    "{metric} of {who}: {after_name} [vs|versus|against] {before_name}, [change in percent|percentage change]?",
    "[Compare|Please compare] the {metric} of {who} in {after_name} with {before_name}: what's the change in percent?",
    "In percent, how did {who}'s {metric} [develop|change] from {before_name} to {after_name}?",
)
ASK_TARGET = (
    "Did {who} [meet|hit|reach|make] [our|the] {metric} target {period}?",
    "[Was|Is] {who} [on|within] [our|the] {metric} target {period}?",
    "[Are we|Were we] on target with the {metric} of {who} {period}?",
    "How does the {metric} of {who} {period} [compare with|stand against|look against] [our|the] target?",
    "{metric} of {who} {period} [vs|versus|against] target[?|]",
    "{who}: {metric} target [met|hit|reached] {period}?",
)
MONTHLY = {8: "August", 9: "September", 10: "October"}


def questions(views: Sequence[View]) -> Iterator[Question]:
    number = 0
    for view in views:
        for make in (_campaign_ratio, _spanning_ratio, _group_ratio, _count, _money, _extreme, _change, _target):
            number += 1
            yield make(view, f"kpi-{number:02d}")


def figure_question(view: View, case_id: str, metric: str, period: Period, scope: Scope) -> Question:
    value = view.figure(metric, period, scope.filters)
    number = Number(label(metric), value, view.source(metric, period, scope.filters), *_tolerances(metric))
    said = spelt(metric, value, view.currency)
    telling = metric in RATIOS and value * view.ratio_gap(metric, period, scope.filters) >= 2 * max(TOLERANCE * value, number.tolerance)
    mistakes = {"number": f"{upper_first(scope.spelt)} had {spelt(metric, value * 1.1, view.currency)} {period.spelt()}."}
    if telling:
        of_days, _ = view.mean_of_ratios(metric, period, scope.filters)
        mistakes["ratio"] = f"The {label(metric)} of {scope.spelt} {period.spelt()} was {spelt(metric, of_days, view.currency)}."
    return Question(
        id=case_id,
        account=view.name,
        turns=[figure_ask(metric, period, scope)],
        reference=f"{upper_first(scope.spelt)} had {said} {period.spelt()}.",
        mistakes=mistakes,
        answer=accepted_names(metric),
        numbers=[number],
        tools=["compute_kpis"],
        tags=["ratio"] if telling else [],
        difficulty="easy",
    )


def figure_ask(metric: str, period: Period, scope: Scope) -> Ask:
    kind = metric if metric in ("cost", "revenue") else "count"
    patterns = ASK_FIGURE if metric in RATIOS else ASK_COUNT[kind]
    return ask(*patterns, metric=METRICS[metric], noun=metric, who=scope.pattern, period=period.phrases(), **scope.slots)


def _tolerances(metric: str) -> tuple[float, float]:
    """Relative and absolute: two decimals of ratios, whole counts, money to the nearest thousandth."""
    if metric in RATIOS:
        return TOLERANCE, 0.006
    return (0.002, 0.5) if metric not in ("cost", "revenue") else (0.003, 0.5)


def _campaign_ratio(view: View, case_id: str) -> Question:
    """A sound campaign, where daily volumes differ enough."""
    scopes = [of_campaign(name) for name in view.askable]
    return figure_question(view, case_id, *view.telling(scopes, [view.month(9), view.month(10), view.back(30), *view.ranges(case_id)]))


def _spanning_ratio(view: View, case_id: str) -> Question:
    """A period that spans what went wrong, so that good and bad days weigh differently."""
    scopes = [of_campaign(name) for name in (view.faults or view.regular)]
    periods = [view.whole(), view.month(10), view.back(28), *view.ranges(case_id)]
    return figure_question(view, case_id, *view.telling(scopes, periods, ("cpa", "roas", "cpc")))


def _group_ratio(view: View, case_id: str) -> Question:
    """A channel or an audience, or the whole account."""
    channels = {channel for channel, _ in view.places.values()}
    scopes = [*map(of_channel, sorted(channels)), of_audience("new"), of_audience("returning")]
    several = [scope for scope in scopes if len(set(view.left(scope.filters)) - set(view.hostile)) > 1]
    periods = [view.month(9), view.back(14), view.back(28), view.month(8), *view.ranges(case_id, 4)]
    return figure_question(view, case_id, *view.telling(several, periods))


def _count(view: View, case_id: str) -> Question:
    rng = view.rng(case_id)
    metric = rng.choice(("conversions", "clicks", "impressions"))
    scopes = [of_campaign(rng.choice(view.askable)), of_channel(view.places[rng.choice(view.askable)][0])]
    periods = [view.back(7), view.period(*_week(view, rng.randrange(2, 8)))]
    choices = [(period, scope) for period in periods for scope in scopes if view.clean(period, scope.filters)]
    return figure_question(view, case_id, metric, *(rng.choice(choices) if choices else (view.month(8), scopes[0])))


def _week(view: View, back: int) -> tuple[date, date]:
    """The Monday and Sunday of a calendar week that is over."""
    monday = view.last - timedelta(days=view.last.weekday() + 7 * back)
    return monday, monday + timedelta(days=6)


def _money(view: View, case_id: str) -> Question:
    rng = view.rng(case_id)
    metric, period = rng.choice(("cost", "revenue")), rng.choice((view.month(9), view.month(8)))
    scopes = [scope for scope in (whole_account(), of_audience("returning"), of_audience("new")) if view.clean(period, scope.filters)]
    if not scopes:
        metric, scopes = "cost", [whole_account()]
    return figure_question(view, case_id, metric, period, rng.choice(scopes))


def _extreme(view: View, case_id: str) -> Question:
    """Best or worst campaign, where the first is clearly ahead of the second and no campaign with thin data interferes."""
    choices = []
    for metric in ("roas", "cpa", "cvr", "ctr"):
        for period in (view.month(9), view.month(8), view.back(14), view.back(28)):
            if not view.clean(period):
                period = view.month(8)
            ranked = view.ranked(metric, period, list(view.places))
            for best, order in ((True, ranked), (False, ranked[::-1])):
                lead = abs(order[0][1] / order[1][1] - 1)
                if order[0][0] in view.regular:
                    choices.append((min(lead, 0.3), metric, period, best, order))
    clear = [choice for choice in choices if choice[0] >= 0.06] or [max(choices, key=lambda choice: choice[0])]
    _, metric, period, best, order = view.rng(case_id).choice(clear)
    (winner, value), (second, other) = order[0], order[1]
    lower = metric in LOWER_IS_BETTER
    word = "best" if best else "worst"
    said, also = (spelt(metric, figure, view.currency) for figure in (value, other))
    extreme = (SUPERLATIVE if best else INFERIOR)[lower]
    return Question(
        id=case_id,
        account=view.name,
        turns=[ask(*ASK_EXTREME, extreme=extreme, metric=METRICS[metric], period=period.phrases())],
        reference=f"The campaign with the {word} {label(metric)} {period.spelt()} was {winner}: {said}. Next came {second} with {also}.",
        mistakes={
            "campaign": f"The campaign with the {word} {label(metric)} {period.spelt()} was {second}: {also}.",
            "number": f"The campaign with the {word} {label(metric)} was {winner}: {spelt(metric, value * 1.1, view.currency)}.",
        },
        answer=[f"{winner} {name}" for name in accepted_names(metric)],
        must_include=[winner],
        numbers=[Number(f"{label(metric)} of {winner}", value, view.source(metric, period, {"campaign": winner}))],
        tools=["compute_kpis"],
        tags=["ranking"],
    )


def _change(view: View, case_id: str) -> Question:
    """August is not a whole month in the data, so that only rates and means a day could be compared with it: September and October it is."""
    name, metric = _most_changed(view)
    before, after = view.month(9), view.month(10)
    old, new = (view.figure(metric, period, {"campaign": name}) for period in (before, after))
    change = 100 * (new / old - 1)
    scope = of_campaign(name)
    said = f"{spelt(metric, old, view.currency)} in September and {spelt(metric, new, view.currency)} in October"
    slots = {
        "before": before.phrases(),
        "after": after.phrases(),
        "before_name": "[September|Sept|September 2026]",
        "after_name": "[October|Oct|October 2026]",
    }
    return Question(
        id=case_id,
        account=view.name,
        turns=[ask(*ASK_CHANGE, metric=METRICS[metric], who=scope.pattern, **slots, **scope.slots)],
        reference=f"The {label(metric)} of {name} changed by {change:+.1f} % from September to October: {said}.",
        mistakes={"number": f"The {label(metric)} of {name} changed by {change * 1.25 + 3:+.1f} % from September to October."},
        answer=accepted_names(metric),
        numbers=[
            Number(f"{label(metric)} in September", old, view.source(metric, before, {"campaign": name})),
            Number(f"{label(metric)} in October", new, view.source(metric, after, {"campaign": name})),
        ],
        tools=["compute_kpis"],
        tags=["change"],
        note=f"The change is {change:+.1f} %; both figures must be stated, the change may be rounded as one likes.",
    )


def _most_changed(view: View) -> tuple[str, str]:
    before, after = view.month(9), view.month(10)
    names = [name for name in view.askable if view.clean(before, {"campaign": name})] or list(view.regular)
    choices = [(name, metric) for name in names for metric in ("cpa", "cvr", "roas", "cpc")]

    def moved(choice: tuple[str, str]) -> float:
        old, new = (view.figure(choice[1], period, {"campaign": choice[0]}) for period in (before, after))
        return abs(new / old - 1)

    return max(choices, key=moved)


def _target(view: View, case_id: str) -> Question:
    """Against the target of account.json, where it is not met or missed by a hair."""
    choices = []
    for metric, target in view.account.document["targets"].items():
        for name in view.askable:
            for period in (view.month(9), view.back(28), view.month(8)):
                value = view.figure(metric, period, {"campaign": name})
                if view.clean(period, {"campaign": name}) and abs(value / target - 1) > 0.08:
                    choices.append((metric, float(target), name, period, value))
    metric, target, name, period, value = view.rng(case_id).choice(choices)
    met = (value <= target) == (metric in LOWER_IS_BETTER)
    scope = of_campaign(name)
    reference = _verdict(view, metric, value, target, met=met)
    return Question(
        id=case_id,
        account=view.name,
        turns=[ask(*ASK_TARGET, metric=METRICS[metric], who=scope.pattern, period=period.phrases(), **scope.slots)],
        reference=f"{name} {'met' if met else 'missed'} the {label(metric)} target {period.spelt()}: {reference}",
        mistakes={
            "number": f"{name} {'met' if met else 'missed'} the target: {_verdict(view, metric, value * 1.1, target, met=met)}",
            "verdict": f"{name} {'did not meet' if met else 'met'} the target: {_verdict(view, metric, value, target, met=not met)}",
        },
        answer=MET[metric] if met else MISSED[metric],
        must_not_include=(*NOT_WHEN_MET, f"{name} missed", f"{name} misses") if met else (*NOT_WHEN_MISSED, f"{name} met", f"{name} meets"),
        numbers=[
            Number(label(metric), value, view.source(metric, period, {"campaign": name})),
            Number(f"target {label(metric)}", target, {"document": ["targets", metric]}, relative=0.0),
        ],
        tools=["compute_kpis"],
        tags=["target"],
    )


def _verdict(view: View, metric: str, value: float, target: float, *, met: bool) -> str:
    above = (metric in LOWER_IS_BETTER) != met
    return f"{spelt(metric, value, view.currency)} is {'above' if above else 'below'} the target of {target:.2f}."


_MET = ("met target", "meets target", "on target", "hit target", "reached target", "within target", "achieved target", "better target")
_MISSED = (
    "missed target",
    "misses target",
    "not meet the target",
    "not met the target",
    "off target",
    "not reach the target",
    "worse target",
)
MET = {"cpa": (*_MET, "below target", "under target"), "roas": (*_MET, "above target", "exceeds target", "over target")}
MISSED = {"cpa": (*_MISSED, "above target", "exceeds target", "over target"), "roas": (*_MISSED, "below target", "under target")}
NOT_WHEN_MET = ("did not meet", "has not met", "does not meet")
NOT_WHEN_MISSED = ("yes,",)
"""What only the opposite verdict says; `none misses the target` may well be said."""
