"""Missing and contradictory data: the right answer gives what there is, and says what there is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from generator.account import Defect
from generator.paraphrases import Ask, Name, ask
from generator.questions.case import Number, Question
from generator.questions.kpi import figure_ask
from generator.questions.view import View
from generator.questions.wording import METRICS, Scope, label, of_campaign, spelt, upper_first, whole_account

MISSING = ("missing", "no data", "gap", "not reported", "incomplete", "absent", "unreported")
"""How an answer may say that data are not there; with the metric's name before it."""
ASK_PERIOD_WITHOUT_DATA = (
    "[What was|What is|What's] the {metric} [of|for] {who} in {month}?",
    "[Tell me|Give me|I need] the {metric} [of|for] {who} in {month}[|, please].",
    "{metric} {who} {month}[?|]",
    "[How was|How high was] the {metric} [of|for] {who} in {month}?",
    "In {month}, what was the {metric} of {who}?",
    "[Can|Could] you [pull|look up|check] the {metric} [of|for] {who} in {month}?",
)
ASK_UNKNOWN_CAMPAIGN = (
    "[What was|What is|What's] the {metric} [of|for] {who} {period}?",
    "[Tell me|Give me|I need] the {metric} [of|for] {who} {period}[|, please].",
    "How did {who} do {period}[ in terms of {metric}|, {metric}-wise]?",
    "{metric} {who} {period}[?|]",
    "[Can|Could] you [pull|look up|check] the {metric} [of|for] {who} {period}?",
)
ASK_UNKNOWN_METRIC = (
    "[What was|What is|What's] the {thing} of {who} {period}?",
    "[Tell me|Give me|I need] the {thing} [of|for] {who} {period}[|, please].",
    "{thing} {who} {period}[?|]",
    "How [high|good] was the {thing} of {who} {period}?",
    "[Can|Could] you [pull|look up|check] the {thing} [of|for] {who} {period}?",
)
ASK_CONTRADICTION = (
    "[Can I trust|Can we trust|Are we able to trust] the conversions of {who} {period}?",
    "[Do|Did] the conversions of {who} [match|agree with|fit] the [shop's |]orders {period}?",
    "[Compare|Please compare] conversions and [shop |]orders of {who} {period}.",
    "How many conversions and how many [shop |]orders did {who} have {period}?",
    "Conversions [vs|versus|against] [shop |]orders [of|for] {who} {period}[?|]",
    "[Are|Were] the platform's conversions [of|for] {who} {period} [right|correct|plausible], [given|compared with] the orders?",
)
_THINGS = ("bounce rate", "video completion rate", "open rate", "customer lifetime value")
_NO_FIGURE = (
    "no data", "not available", "unavailable", "not in the data", "missing", "not contain", "not include", "not exist", "unknown",
    "not measured", "not tracked", "cannot", "outside the data", "not covered", "not found", "could not find", "not have",
)  # fmt: skip


def questions(views: Sequence[View]) -> Iterator[Question]:
    number = 0
    for view in views:
        for defect in view.account.truth.defects:
            number += 1
            yield _of_defect(view, defect, f"gaps-{number:02d}")
    makers = (_too_early, _no_campaign, _no_metric, _too_late)
    for view, make in zip((*views, *views), (*makers, *makers[2:], *makers[:2]), strict=True):
        number += 1
        yield make(view, f"gaps-{number:02d}")


def _of_defect(view: View, defect: Defect, case_id: str) -> Question:
    return {"missing_days": _missing_days, "empty_cells": _empty_cells, "contradiction": _contradiction}[defect.kind](view, defect, case_id)


def _missing_days(view: View, defect: Defect, case_id: str) -> Question:
    """Figures of the days that are there; the days that are not, named by their number."""
    scope = of_campaign(defect.campaign) if defect.campaign else whole_account()
    period = view.period(max(view.first, defect.start - timedelta(days=7)), min(view.last, defect.end + timedelta(days=7)))
    metric = view.rng(case_id).choice(("conversions", "clicks"))
    value = view.figure(metric, period, scope.filters)
    days = [str(defect.start + timedelta(days=number)) for number in range((defect.end - defect.start).days + 1)]
    reference = f"{upper_first(scope.spelt)} had {value:,.0f} {metric} {period.spelt()}."
    return Question(
        id=case_id,
        account=view.name,
        turns=[figure_ask(metric, period, scope)],
        reference=f"{reference} Caveats: {len(days)} days are missing ({' and '.join(days)}).",
        mistakes={"caveat": reference, "number": f"{value * 1.1:,.0f} {metric}. Caveats: {len(days)} days are missing."},
        answer=[f"{metric} {word}" for word in MISSING],
        numbers=[
            Number(metric, value, view.source(metric, period, scope.filters), 0.002, 0.5),
        ],
        tools=["compute_kpis"],
        tags=["caveat", "missing_days"],
        note=f"No rows from {defect.start} to {defect.end}; the sum is of the days that are there.",
    )


def _empty_cells(view: View, defect: Defect, case_id: str) -> Question:
    scope, metric = of_campaign(defect.campaign or ""), defect.columns[0]
    period = view.period(max(view.first, defect.start - timedelta(days=9)), min(view.last, defect.end + timedelta(days=5)))
    value = view.figure(metric, period, scope.filters)
    days = (defect.end - defect.start).days + 1
    reference = f"{scope.spelt} had {value:,.0f} {metric} {period.spelt()}."
    return Question(
        id=case_id,
        account=view.name,
        turns=[figure_ask(metric, period, scope)],
        reference=f"{reference} Caveats: {metric} are missing (empty cells) on {days} days from {defect.start} to {defect.end}.",
        mistakes={"caveat": reference, "number": f"{scope.spelt} had {value * 1.1:,.0f} {metric}; {metric} are missing on {days} days."},
        answer=[f"{metric} {word}" for word in (*MISSING, "empty")],
        numbers=[Number(metric, value, view.source(metric, period, scope.filters), 0.002, 0.5)],
        tools=["compute_kpis"],
        tags=["caveat", "empty_cells"],
        note=f"{metric} is empty from {defect.start} to {defect.end}; the sum is of what is reported.",
    )


def _contradiction(view: View, defect: Defect, case_id: str) -> Question:
    """The platform counts conversions twice: more of them than the shop sold."""
    scope, period = of_campaign(defect.campaign or ""), view.period(defect.start, defect.end)
    counted, sold = (view.figure(metric, period, scope.filters) for metric in ("conversions", "orders"))
    return Question(
        id=case_id,
        account=view.name,
        turns=[ask(*ASK_CONTRADICTION, who=scope.pattern, period=period.phrases(), **scope.slots)],
        reference=f"The platform reports {counted:,.0f} conversions for {scope.spelt} {period.spelt()}, the shop {sold:,.0f} orders. "
        "Caveats: platform conversions contradict the shop's orders, so that the conversions cannot be trusted.",
        mistakes={
            "caveat": f"{scope.spelt} had {counted:,.0f} conversions {period.spelt()}.",
            "number": f"{counted * 1.1:,.0f} conversions contradict {sold * 1.1:,.0f} orders.",
        },
        answer=[
            f"conversions {word} orders"
            for word in (
                "contradict",
                "exceed",
                "more than",
                "higher than",
                "above",
                "disagree",
                "do not match",
                "differ",
                "double",
                "twice",
            )
        ],
        numbers=[
            Number("conversions", counted, view.source("conversions", period, scope.filters), 0.002, 0.5),
            Number("orders", sold, view.source("orders", period, scope.filters), 0.002, 0.5),
        ],
        tags=["caveat", "contradiction"],
        note="The platform counts each conversion twice on these days.",
    )


def _too_early(view: View, case_id: str) -> Question:
    return _outside(view, case_id, view.rng(case_id).choice(("[June|June 2026]", "[May|May 2026]", "[July|July 2026]")))


def _too_late(view: View, case_id: str) -> Question:
    return _outside(view, case_id, view.rng(case_id).choice(("[November|November 2026]", "[December|December 2026]")))


def _outside(view: View, case_id: str, month: str) -> Question:
    """A month of which there is no data: no figure is right."""
    name = view.rng(case_id).choice(view.regular)
    scope, metric = of_campaign(name), view.rng(case_id).choice(("roas", "cpa", "ctr"))
    value = view.figure(metric, view.month(8), {"campaign": name})
    spoken = ask(*ASK_PERIOD_WITHOUT_DATA, metric=METRICS[metric], who=scope.pattern, month=month, **scope.slots)
    covered = f"the data cover {view.first} to {view.last}"
    return _without_figure(
        view, case_id, spoken, f"There is no data for that month, so the {label(metric)} of {name} cannot be computed: {covered}.",
        f"The {label(metric)} of {name} was {spelt(metric, value, view.currency)}.", spelt(metric, value, ""), "outside",
    )  # fmt: skip


def _no_campaign(view: View, case_id: str) -> Question:
    """A campaign that does not exist: not the figure of another."""
    name = view.rng(case_id).choice(("Pinterest Spring Test", "Affiliate Partners", "Podcast Sponsoring", "Billboard Berlin"))
    scope, period = Scope({}, of_campaign(name).pattern, name, {"name": Name(name)}), view.month(9)
    spoken = ask(*ASK_UNKNOWN_CAMPAIGN, metric=METRICS["roas"], who=scope.pattern, period=period.phrases(), **scope.slots)
    total = view.figure("roas", period)
    return _without_figure(
        view, case_id, spoken, f"There is no campaign {name} in the data: the campaigns are {', '.join(view.regular)}.",
        f"The ROAS of {name} was {total:.2f}.", f"{total:.2f}", "unknown_campaign",
    )  # fmt: skip


def _no_metric(view: View, case_id: str) -> Question:
    thing, name = view.rng(case_id).choice(_THINGS), view.rng(case_id).choice(view.regular)
    scope, period = of_campaign(name), view.month(9)
    spoken = ask(*ASK_UNKNOWN_METRIC, thing=f"[{thing}|{thing}|average {thing}]", who=scope.pattern, period=period.phrases(), **scope.slots)
    return _without_figure(
        view, case_id, spoken, f"The {thing} of {name} is not available: no data about it is in the tables.",
        f"The {thing} of {name} was 42.10 %.", "42.10", "unknown_metric",
    )  # fmt: skip


def _without_figure(view: View, case_id: str, spoken: Ask, reference: str, mistake: str, made_up: str, tag: str) -> Question:
    return Question(
        id=case_id,
        account=view.name,
        turns=[spoken],
        reference=reference,
        mistakes={"made_up": mistake},
        answer=_NO_FIGURE,
        tags=["caveat", tag],
        note=f"There is nothing to compute from; an answer such as {made_up.strip()} is made up.",
    )
