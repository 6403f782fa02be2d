"""Conversations of three or four messages: the last answer needs what was said before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.paraphrases import Ask, Name, ask, follow_up
from generator.questions.budget import base_period, current, optimum, spend_source
from generator.questions.case import Number, Question
from generator.questions.kpi import figure_ask, figure_question
from generator.questions.view import View, can_be_told
from generator.questions.wording import (
    CAMPAIGN,
    LOWER_IS_BETTER,
    METRICS,
    Period,
    label,
    of_audience,
    of_campaign,
    of_channel,
    spelt,
    whole_account,
)

THANKS = follow_up("[Thanks|Thank you|Great|Ok, thanks|Perfect|Good to know][|.|!]", "[Ok|Okay|Alright|Got it][.|, noted.|]")


def questions(views: Sequence[View]) -> Iterator[Question]:
    first, second, third, fourth = views
    plans = (
        (_target, first), (_target, second), (_month_before, third), (_month_before, fourth), (_it, first), (_it, third), (_cap, fourth),
        (_cap, first), (_only_channel, second), (_only_channel, third), (_better_of_two, fourth), (_correction, second), (_same_for, first),
        (_difference, third),
    )  # fmt: skip
    for number, (make, view) in enumerate(plans, start=1):
        yield make(view, f"session-{number:02d}")


def _session(view: View, case_id: str, turns: Sequence[Ask], question: Question, forgotten: str, tag: str) -> Question:
    """`question` says what the last answer must be; `forgotten` is what an agent without memory would say."""
    mistakes = {key: text for key, text in question.mistakes.items() if key == "number"}
    return Question(
        id=case_id,
        account=view.name,
        turns=turns,
        reference=question.reference,
        mistakes={**mistakes, "memory": forgotten},
        answer=question.answer,
        must_include=question.must_include,
        numbers=question.numbers,
        tools=question.tools,
        tags=["memory", tag],
        difficulty="hard",
        note=f"The last answer needs the earlier messages. {question.note}".strip(),
    )


def _good_periods(view: View, name: str) -> tuple[Period, Period]:
    """Two months that follow each other, without defects of the campaign where possible."""
    pair = (view.month(9), view.month(10))
    return pair if all(view.clean(period, {"campaign": name}) for period in pair) else (view.month(8), view.month(9))


def _pick(view: View, case_id: str) -> str:
    clean = [name for name in view.askable if all(view.clean(view.month(month), {"campaign": name}) for month in (8, 9))]
    return view.rng(case_id).choice(clean or list(view.askable))


def _aside(view: View) -> Ask:
    """A question between, so that what was said is not in the last message but one."""
    period = view.month(8)
    return figure_ask("cost", period, whole_account())


def _target(view: View, case_id: str) -> Question:
    """A target told earlier, other than the account's own, decides which campaigns miss it."""
    period = view.month(9) if view.clean(view.month(9)) else view.month(8)
    ranked = view.ranked("cpa", period, view.regular)
    cut = max(range(1, len(ranked)), key=lambda index: ranked[index][1] / ranked[index - 1][1])
    target = float(round((ranked[cut - 1][1] * ranked[cut][1]) ** 0.5))
    if not ranked[cut - 1][1] * 1.02 < target < ranked[cut][1] * 0.98:
        target = round((ranked[cut - 1][1] * ranked[cut][1]) ** 0.5, 1)
    if target == view.account.document["targets"].get("cpa"):
        target += 0.5
    above = ranked[cut:]
    told = ask(
        "[Our|My] [CPA target|target CPA|target for CPA|CPA goal] is {target}[ from now on| now| this quarter|].",
        "[Please remember|Remember|Note|For this conversation]: [we aim for|our target is] a CPA of [at most |]{target}.",
        "[We want to stay below|We may not go above] a CPA of {target}[, that's the target|, that is our target].",
        "[The new|New] CPA target is {target}.",
        target=_amount(target, view.currency),
    )
    last = follow_up(
        "[Which campaigns|What campaigns] [missed|were above|did not meet|exceeded] [that|the|my] target {period}?",
        "{period}, which campaigns [missed|were above] [it|the target|my target]?",
        "[So which|And which] campaigns [are too expensive|miss the target|are above target] {period}?",
        "[List|Name|Show me] the campaigns [that missed|above|that did not meet] [the|my|that] target {period}.",
        period=period.phrases(),
    )
    lines = "; ".join(f"{name} CPA {value:.2f} {view.currency}" for name, value in above)
    question = Question(
        id=case_id,
        account=view.name,
        turns=(),
        reference=f"These campaigns missed the CPA target of {target:.2f} {view.currency} {period.spelt()}: {lines}.",
        mistakes={"number": f"The campaigns that missed the CPA target of {target * 1.1:.2f} are {ranked[0][0]}."},
        answer=("CPA target", "cost per conversion target", "cost per acquisition target"),
        must_include=[above[0][0]] if len(above) > 3 else [name for name, _ in above],
        numbers=[
            Number("target told earlier", target, {"said": target}, 0.0, 0.005),
            Number(f"CPA of {above[-1][0]}", above[-1][1], view.source("cpa", period, {"campaign": above[-1][0]})),
        ],
        tools=["compute_kpis"],
    )
    own = view.account.document["targets"].get("cpa", 0.0)
    return _session(
        view, case_id, [told, _aside(view), last], question, f"Against the CPA target of {own:.2f} all campaigns did well.", "target"
    )


def _amount(value: float, currency: str) -> str:
    text = f"{value:g}"
    return f"[{text} {currency}|{currency} {text}|{text} {currency}]"


def _month_before(view: View, case_id: str) -> Question:
    """`and the month before?` of a campaign and metric of the message before."""
    name = _pick(view, case_id)
    earlier, later = _good_periods(view, name)
    metric = max(("cpa", "roas", "cvr"), key=lambda metric: _moved(view, metric, name, earlier, later))
    scope = of_campaign(name)
    last = follow_up(
        "[And|And what about|What about|How about] [the month before|the previous month|the month before that]?",
        "[And|] the month before?",
        "[Same|The same] for the month before[, please|].",
        "[How was it|What was it|How high was it] the month before?",
        "[The|And the] previous month?",
    )
    opening = ask(
        "[I'm looking at|Let's look at|I'd like to talk about|Let's go through] {who}[.| today.]", who=scope.pattern, **scope.slots
    )
    middle = follow_up(
        "[What was|What's|Tell me] its {metric} in {month}[?|, please?]",
        "[How high was|How was] the {metric} in {month}?",
        "{metric} in {month}?",
        metric=METRICS[metric],
        month=f"{later.start:%B}",
    )
    question = figure_question(view, case_id, metric, earlier, scope)
    forgotten = f"The {label(metric)} of the account {earlier.spelt()}: {view.spelt(metric, view.month(8))}."
    if abs(view.figure(metric, view.month(8)) / view.figure(metric, earlier, scope.filters) - 1) < 0.03:
        forgotten = "The month before what? Please name metric and campaign."
    return _session(view, case_id, [opening, middle, last], question, forgotten, "follow_up")


def _moved(view: View, metric: str, name: str, earlier: Period, later: Period) -> float:
    old, new = (view.figure(metric, period, {"campaign": name}) for period in (earlier, later))
    return abs(new / old - 1)


def _it(view: View, case_id: str) -> Question:
    """The campaign is named once and is `it` afterwards."""
    name = _pick(view, case_id)
    scope, (earlier, later) = of_campaign(name), _good_periods(view, name)
    metric = view.rng(case_id).choice(("cvr", "cpa", "roas"))
    clicks = follow_up("[How many clicks did it get|How many clicks did it have|Its clicks] in {month}?", month=f"{later.start:%B}")
    last = follow_up(
        "[And what was|What was|And] its {metric} {period}?",
        "[And how|How] [high|good] was its {metric} {period}?",
        "[What|And what] {metric} did it [have|reach] {period}?",
        "[Now|And now|Also] its {metric} {period}[, please|].",
        metric=METRICS[metric],
        period=earlier.phrases(),
    )
    question = figure_question(view, case_id, metric, earlier, scope)
    spend = figure_ask("cost", earlier, scope)
    other = next(candidate for candidate in view.regular if candidate != name)
    forgotten = f"The {label(metric)} of {other} {earlier.spelt()}: {view.spelt(metric, earlier, {'campaign': other})}."
    return _session(view, case_id, [spend, clicks, last], question, forgotten, "pronoun")


def _cap(view: View, case_id: str) -> Question:
    """A cap told earlier binds the reallocation."""
    period = base_period(view)
    now = current(view, period)
    free = optimum(view, sum(now.values()))
    name = max(view.regular, key=lambda candidate: free[candidate] - now[candidate])
    cap = float(round(now[name] + 0.25 * (free[name] - now[name]), -1))
    then = optimum(view, sum(now.values()), {name: {"max": cap}})
    told = ask(
        "[Please remember|Remember|Note|For planning]: never [put|spend] more than {cap} [a|per] day [into|on] {who}.",
        "{who} may [get|cost|take] at most {cap} [a|per] day[, keep that in mind|, remember that|].",
        "[There is|We have] a cap of {cap} [a|per] day on {who}[, keep that in mind|, please remember|].",
        "[Cap|Limit] {who} at {cap} [a|per] day[ from now on| in all plans|].",
        cap=_amount(cap, view.currency),
        who=CAMPAIGN,
        name=Name(name),
    )
    last = follow_up(
        "[Now reallocate|Reallocate|Please redistribute|Now optimise] the daily budget for revenue, same total, based on {month}.",
        "[How should we|How would you] [reallocate|redistribute] the daily budget for revenue, based on {month}, total unchanged?",
        "[Ok, so|So|Now:] what's the best split of the daily budget for revenue, going by the {month} numbers?",
        month=f"{period.start:%B}",
    )
    lines = "; ".join(f"{each} {now[each]:,.2f} to {then[each]:,.2f} {view.currency}" for each in now)
    question = Question(
        id=case_id,
        account=view.name,
        turns=(),
        reference=f"Reallocate the daily budget for revenue with {name} capped at {cap:,.2f} {view.currency} a day: {lines}. "
        f"The total stays at {sum(now.values()):,.2f} {view.currency}.",
        mistakes={"number": f"Reallocate the daily budget for revenue: {name} {cap * 1.1:,.2f} {view.currency}."},
        answer=["revenue"],
        must_include=[name],
        numbers=[
            Number("cap told earlier", cap, {"said": cap}, 0.0, 0.5),
            Number("total per day", sum(now.values()), spend_source(period), 0.003, 1.0),
        ],
        tools=["reallocate_budget"],
        note=f"Without the cap the optimum gives {name} {free[name]:.0f} a day.",
    )
    forgotten = f"Reallocate the daily budget for revenue: {name} {free[name]:,.2f} {view.currency}, total {sum(now.values()):,.2f}."
    return _session(view, case_id, [told, _aside(view), last], question, forgotten, "cap")


def _only_channel(view: View, case_id: str) -> Question:
    """A channel said once holds for what follows."""
    name = _pick(view, case_id)
    channel, period = view.places[name][0], view.month(8)
    scope = of_channel(channel)
    metric = view.rng(case_id).choice(("conversions", "clicks"))
    told = ask(
        "[From now on|For the rest of this chat|Today] I [only care about|only want to look at|am only interested in] the {channel} channel.",
        "[Please restrict|Restrict|Limit] everything to {channel}[ campaigns|] [from now on|for now].",
        "[Only|Just] {channel}[ campaigns|], please, [in everything that follows|for all my questions].",
        channel=channel,
    )
    spend = follow_up("[How much did we spend|What did we spend|Spend] in {month}?", month="[September|Sept]")
    last = follow_up(
        "[And how many|How many] {metric} [did we get|were there|did that bring] {period}?",
        "[And the|And|Also the] {metric} {period}?",
        "[What was|And what was] the number of {metric} {period}?",
        "[Now|And now] [the |]{metric} {period}[, please|].",
        metric=metric,
        period=period.phrases(),
    )
    question = figure_question(view, case_id, metric, period, scope)
    forgotten = f"The account had {view.spelt(metric, period)} {period.spelt()}."
    return _session(view, case_id, [told, spend, last], question, forgotten, "scope")


def _better_of_two(view: View, case_id: str) -> Question:
    """Two campaigns of two messages are compared in the third."""
    period = view.month(9) if view.clean(view.month(9)) else view.month(8)
    metric = view.rng(case_id).choice(("roas", "cpa"))
    ranked = view.ranked(metric, period, view.regular)
    (better, best_value), (worse, other) = ranked[0], ranked[-1]
    first, second = of_campaign(worse), of_campaign(better)
    again = follow_up("[And|And for|Same for|What about] {who}?", who=second.pattern, **second.slots)
    last = follow_up(
        "[So which|Which|And which] [of the two|one] [is|was] better?",
        "[Which of them|Which one|Who] [did|does|is] better[, then|]?",
        "[So the better one is|The better one of the two is|Better one]?",
    )
    good = f"{spelt(metric, best_value, view.currency)} against {spelt(metric, other, view.currency)} of {worse}"
    question = Question(
        id=case_id,
        account=view.name,
        turns=(),
        reference=f"{better} was the better one of the two {period.spelt()}: {good}.",
        mistakes={"number": f"{better} was better: {spelt(metric, best_value * 1.1, view.currency)} against {other * 1.1:.2f}."},
        answer=[f"{better} better", f"{better} best", *(f"{better} {'lower' if metric in LOWER_IS_BETTER else 'higher'}",)],
        must_include=[better],
        numbers=[Number(f"{label(metric)} of {better}", best_value, view.source(metric, period, {"campaign": better}))],
    )
    return _session(view, case_id, [figure_ask(metric, period, first), again, last], question, "Which two do you mean?", "comparison")


def _correction(view: View, case_id: str) -> Question:
    """The user meant another campaign; metric and period stay."""
    name = _pick(view, case_id)
    wrong = next(candidate for candidate in view.regular if candidate != name)
    period, meant = view.month(8), of_campaign(name)
    metrics = [metric for metric in ("ctr", "cpc", "cpa") if can_be_told(view.figure(metric, period, meant.filters))]
    metric = view.rng(case_id).choice(metrics)
    last = follow_up(
        "[Sorry|Oh sorry|Oops], I meant {who}.",
        "[No|Wait|Hm, no], [not that one|the other one]: {who}.",
        "[I meant|I actually meant|Actually] {who}[, sorry|, my mistake|, not that one].",
        "[My mistake|Wrong campaign], {who} [please|it should be|is what I need].",
        who=meant.pattern,
        **meant.slots,
    )
    question = figure_question(view, case_id, metric, period, meant)
    forgotten = f"{name} spent {view.figure('cost', view.whole(), meant.filters):,.2f} {view.currency} over all the days."
    turns = [figure_ask(metric, period, of_campaign(wrong)), THANKS, last]
    return _session(view, case_id, turns, question, forgotten, "correction")


def _same_for(view: View, case_id: str) -> Question:
    """`And for returning customers?`: metric and period of the message before."""
    period, metric = view.month(9), view.rng(case_id).choice(("roas", "cpa", "cvr"))
    new, returning = of_audience("new"), of_audience("returning")
    last = follow_up(
        "[And|And for|Same for|And what about|What about] {who}?",
        "[The same|Same figure|Same number] for {who}[, please|].",
        "[Now|And now] {who}[, please|].",
        who=returning.pattern,
    )
    question = figure_question(view, case_id, metric, period, returning)
    forgotten = f"The returning audience cost {view.figure('cost', view.whole(), returning.filters):,.2f} {view.currency} in all."
    return _session(view, case_id, [_aside(view), figure_ask(metric, period, new), last], question, forgotten, "follow_up")


def _difference(view: View, case_id: str) -> Question:
    """The difference of two figures that were given before."""
    period, metric = view.month(8), "conversions"
    new, returning = of_audience("new"), of_audience("returning")
    one, two = (view.figure(metric, period, scope.filters) for scope in (new, returning))
    again = follow_up("[And|And for|Same for|What about] {who}?", who=returning.pattern)
    last = follow_up(
        "[So what's|What's|And what is] the difference[ between the two|]?",
        "[How many more|How big a gap] is that[, then|]?",
        "[The|And the] difference[ between both| between them|]?",
    )
    more, less = ("new", "returning") if one > two else ("returning", "new")
    source = {"difference": metric, **period.source(), "audiences": [more, less]}
    question = Question(
        id=case_id,
        account=view.name,
        turns=(),
        reference=f"The difference is {abs(one - two):,.0f} conversions: the {more} audience has more than the {less} one ({max(one, two):,.0f} and {min(one, two):,.0f}).",
        mistakes={"number": f"The difference is {abs(one - two) * 1.1:,.0f} conversions."},
        answer=("difference", "more", "gap", "fewer", "less"),
        numbers=[Number("difference", abs(one - two), source, 0.0, 0.5)],
    )
    return _session(
        view, case_id, [figure_ask(metric, period, new), again, last], question, "The difference between which figures?", "arithmetic"
    )
