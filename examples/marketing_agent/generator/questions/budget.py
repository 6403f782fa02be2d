"""Budget: where money earns most under diminishing returns, within limits and wishes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from generator import truth_of
from generator.paraphrases import Name, Slot, ask
from generator.questions.case import Number, Question
from generator.questions.view import View
from generator.questions.wording import CAMPAIGN, Period

GOALS = {
    "revenue": "[revenue|as much revenue as possible|the most revenue|maximum revenue]",
    "conversions": "[conversions|as many conversions as possible|the most conversions|maximum conversions]",
}
ASK_REALLOCATE = (
    "[How should|How would] [we|you|I] [reallocate|redistribute|shift|split] the [daily |]budget for {goal}[, without spending more per day|, total unchanged|, at the same total]{based}{wish}?",
    "[Please reallocate|Reallocate|Redistribute|Optimise] [our|the] daily budget for {goal}[, keeping the total as it is|, same total|]{based}{wish}.",
    "[What's|What is] the best [split|allocation|distribution] of our [current |]daily budget for {goal}{based}{wish}?",
    "[Same|With the same] total per day, how do we get {goal} out of the campaigns{based}{wish}?",
    "I want {goal} from the same daily budget{based}{wish}. [How should I split it|What do you propose|Your proposal]?",
    "[Can|Could] you [optimise|rebalance|reallocate] the daily budget between the campaigns for {goal}{based}{wish}?",
    "Budget reallocation for {goal}{based}, same total{wish}[?|, please.|]",
)
ASK_MORE = (
    "[Which campaign|What campaign] should get more [budget|money] [if we want|for] more {goal}{based}?",
    "[Where|In which campaign] would an extra [euro|bit of budget] [earn|bring] the most {goal}{based}?",
    "[If I moved|If we moved|Moving] budget between campaigns for {goal}{based}: which one should [get|receive] [the most extra|the biggest increase]?",
    "[Give me|Name|Tell me] the campaign that deserves the biggest budget increase for {goal}{based}.",
    "Which campaign deserves the [largest|biggest] budget increase{based}, for {goal}?",
    "[Total unchanged|Same total], which campaign [should we|would you] [feed|fund] [more|the most on top] for {goal}{based}?",
    "[More|Extra] budget for {goal}: which campaign [first|comes first|should be first]{based}?",
)
ASK_TOTAL = (
    "[Split|Distribute|Allocate] {total} [a|per] day over the campaigns for {goal}{based}.",
    "[We have|I have] {total} [a|per] day from November. [How should we|How do I] split it over the campaigns for {goal}{based}?",
    "With {total} [a|per] day, what's the best [split|allocation] for {goal}{based}?",
    "Plan {total} daily budget for {goal}{based}[, please|].",
    "[How would|How should] {total} [a|per] day be [split|allocated|distributed] over the campaigns for {goal}{based}?",
)
_GAIN_TOLERANCE, _GAIN_POINTS = 0.4, 3.5
"""Of the true gain, or in points of per cent, whichever is wider: the curves have to be estimated from noisy days, and the optimum
often lies beyond what was ever spent."""
_CLEAR_GAIN = 0.06
"""Smaller gains are asked for without their size."""


def questions(views: Sequence[View]) -> Iterator[Question]:
    number = 0
    for view in views:
        for make in (_within_limits, _keep, _more, _given_total):
            number += 1
            yield make(view, f"budget-{number:02d}")


def base_period(view: View) -> Period:
    """The month before anything went wrong with most campaigns: what a careful planner would take, and what the question names."""
    return view.month(9)


def based(period: Period) -> str:
    """A pattern that names the data to plan by."""
    month = f"{period.start:%B}"
    return f"[, based on {month}| based on the {month} data|, going by the {month} numbers|, using {period.start} to {period.end} as the basis]"


def current(view: View, period: Period) -> Mapping[str, float]:
    return truth_of.current_spend(view.account, period.start, period.end)


def optimum(
    view: View, total: float, limits: Mapping[str, Mapping[str, float]] | None = None, objective: truth_of.Objective = "revenue"
) -> Mapping[str, float]:
    return truth_of.best_allocation(view.account, total, limits=limits, objective=objective)


def gain(view: View, now: Mapping[str, float], then: Mapping[str, float], objective: truth_of.Objective) -> float:
    before, after = (truth_of.expected(view.account, allocation)[objective] for allocation in (now, then))
    return after / before - 1


def short_name(name: str) -> str:
    """Without an order that follows the name: nobody has to repeat it."""
    return name.split(" - ")[0]


def spend_source(period: Period, campaign: str | None = None) -> dict[str, str]:
    return {"per_day": "cost", **period.source(), **({"campaign": campaign} if campaign else {})}


def told(view: View, now: Mapping[str, float], then: Mapping[str, float]) -> str:
    lines = (f"{name} {now[name]:,.2f} to {then[name]:,.2f} {view.currency}" for name in now)
    return f"Proposed per day: {'; '.join(lines)}."


def _moves(now: Mapping[str, float], then: Mapping[str, float]) -> tuple[str, str]:
    """The campaigns that get and give the most."""
    ordered = sorted(now, key=lambda name: then[name] - now[name])
    return ordered[-1], ordered[0]


def _within_limits(view: View, case_id: str) -> Question:
    """The whole account at the same total. The gain is stated where it is large enough to be estimated."""
    return _reallocation(view, case_id, "revenue", wish="", keep=None)


def _keep(view: View, case_id: str) -> Question:
    keep = view.rng(case_id).choice(view.askable)
    wish = f"[, but leave {CAMPAIGN} untouched|, but keep the budget of {CAMPAIGN} as it is| and don't touch {CAMPAIGN}|, {CAMPAIGN} stays as it is]"
    return _reallocation(view, case_id, "conversions", wish=wish, keep=keep)


def _reallocation(view: View, case_id: str, objective: truth_of.Objective, *, wish: str, keep: str | None) -> Question:
    period = base_period(view)
    now = current(view, period)
    limits = {keep: {"min": now[keep], "max": now[keep]}} if keep else None
    then = optimum(view, sum(now.values()), limits, objective)
    better, (more, less) = gain(view, now, then, objective), _moves(now, then)
    numbers = [Number("total per day", sum(now.values()), spend_source(period), 0.003, 1.0)]
    if keep:
        numbers.append(Number(f"{keep} unchanged per day", now[keep], spend_source(period, keep), 0.003, 0.5))
    if better >= _CLEAR_GAIN:
        numbers.append(_gain_number(100 * better, objective, keep))
    slots: dict[str, Slot] = {"name": Name(keep)} if keep else {}
    kept = f" {keep} stays at {now[keep]:,.2f} {view.currency}." if keep else ""
    opening = f"Reallocate the daily budget of {sum(now.values()):,.2f} {view.currency} for {objective}: more for {more}, less for {less}."
    return Question(
        id=case_id,
        account=view.name,
        turns=[ask(*ASK_REALLOCATE, goal=GOALS[objective], based=based(period), wish=wish, **slots)],
        reference=f"{opening}{kept} {told(view, now, then)} Expected gain in {objective}: {100 * better:.1f} %.",
        mistakes={
            "number": f"Reallocate the daily budget of {1.1 * sum(now.values()):,.2f} {view.currency} for {objective}: more for {less}, less for {more}.",
        },
        answer=[objective],
        must_include=[short_name(more), short_name(less)],
        numbers=numbers,
        tools=["reallocate_budget"],
        tags=["keep"] if keep else ["limits"],
        difficulty="hard",
        note=f"True optimum for {objective}: {', '.join(f'{name} {cost:.0f}' for name, cost in then.items())}; gain {100 * better:.1f} %.",
    )


def _gain_number(percent: float, objective: str, keep: str | None) -> Number:
    source = {"gain_percent": objective, **({"keep": keep} if keep else {})}
    return Number("expected gain in %", percent, source, _GAIN_TOLERANCE, _GAIN_POINTS)


def _more(view: View, case_id: str) -> Question:
    """The direction of the largest increase in the true optimum, where it is clearly the largest."""
    objective: truth_of.Objective = "revenue"
    period = base_period(view)
    now = current(view, period)
    then = optimum(view, sum(now.values()), None, objective)
    ordered = sorted(now, key=lambda name: now[name] - then[name])
    more, second, less = ordered[0], ordered[1], ordered[-1]
    close = then[second] - now[second] > 0.7 * (then[more] - now[more])
    accepted = tuple(map(short_name, (more, second) if close else (more,)))
    return Question(
        id=case_id,
        account=view.name,
        turns=[ask(*ASK_MORE, goal=objective, based=based(period))],
        reference=f"{more} should get the most more budget for revenue: from {now[more]:,.2f} to {then[more]:,.2f} {view.currency} a day.",
        mistakes={"campaign": f"{less} should get more budget for revenue."},
        answer=accepted,
        must_not_include=[f"more budget for {less}", f"{less} should get more", f"increase {less}", f"{less} deserves"],
        tools=["reallocate_budget"],
        tags=["direction"],
        note=f"In the true optimum {more} gains {then[more] - now[more]:.0f} a day, {second} {then[second] - now[second]:.0f}.",
    )


def _given_total(view: View, case_id: str) -> Question:
    """A total within the daily total; every campaign within its limits."""
    period = base_period(view)
    now, allowed = current(view, period), float(view.account.document["budget"]["daily_total"])
    total = float(round(view.rng(case_id).uniform(0.82, 0.97) * allowed, -1))
    then = optimum(view, total)
    more, less = _moves(now, then)
    written = f"[{total:.0f} {view.currency}|{total:,.0f} {view.currency}|{view.currency} {total:,.0f}]"
    return Question(
        id=case_id,
        account=view.name,
        turns=[ask(*ASK_TOTAL, total=written, goal=GOALS["revenue"], based=based(period))],
        reference=f"Split {total:,.2f} {view.currency} a day for revenue. {told(view, now, then)}",
        mistakes={"number": f"Split {1.1 * total:,.2f} {view.currency} a day for revenue: everything to {less}."},
        answer=["revenue"],
        must_include=[short_name(more)],
        numbers=[Number("total per day", total, {"said": total}, 0.001, 0.5)],
        tools=["reallocate_budget"],
        tags=["total"],
        note=f"True optimum: {', '.join(f'{name} {cost:.0f}' for name, cost in then.items())}; the most allowed is {allowed:.0f}.",
    )
