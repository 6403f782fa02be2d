"""Diagnosis: what is wrong with a campaign, and that nothing is wrong where nothing is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.account import Fault
from generator.paraphrases import ask
from generator.questions.case import Question
from generator.questions.view import View
from generator.questions.wording import of_campaign

CAUSES = {
    "broken_landing_page": "broken landing page",
    "tracking_gap": "tracking gap",
    "bid_inflation": "bid inflation",
    "creative_fatigue": "creative fatigue",
}
MORE_NAMES = {
    "broken_landing_page": ("landing page is broken", "landing page is down", "landing page broke"),
    "tracking_gap": ("tracking is broken", "conversion tracking broke", "tracking failure"),
    "bid_inflation": ("bids are inflated", "inflated bids", "click prices rose", "cost per click rose", "CPC rose", "CPC increase"),
    "creative_fatigue": ("creatives are fatigued", "ad fatigue", "fatigued creatives", "creatives are worn out"),
}
ASK_CAMPAIGN = (
    "[What's|What is] wrong with {who}[ lately| at the moment| right now|]?",
    "Why has {who} been [doing worse|performing worse|going downhill][ lately| recently|]?",
    "Why is {who} [doing worse|performing worse|underperforming|going downhill][ lately| recently|]?",
    "{who} [looks off|looks odd|feels off|worries me][ lately|]. [Any idea why|What happened|Can you diagnose it|What's the cause]?",
    "[Please diagnose|Diagnose|Please check] {who}.",
    "[Can|Could] you [diagnose|check|look into] {who}[|, please|]?",
    "Is [there |]anything [broken|wrong] [with|in] {who}[, and if so, what|]?",
    "[Find out|Tell me|Please find out] [what's going on with|what happened to|what is behind the numbers of] {who}.",
    "[What's|What is] the [cause|root cause|reason] [of|for] the [trouble|problem|decline] [with|in] {who}?",
    "{who}: [what's broken|what happened|problem|root cause]?",
    "[Results of|The results of|Numbers of] {who} [dropped|got worse|are down]. [Why|Why is that|What is the cause]?",
)
ASK_HEALTH = (
    "Is [there |]anything [broken|wrong] [with|in] {who}?",
    "Is {who} [healthy|ok|all right|doing fine]?",
    "[Please diagnose|Diagnose|Please check] {who}.",
    "[Can|Could] you [diagnose|check|look into] {who}[|, please|]?",
    "[Do you see|Are there] [any |]problems [with|in] {who}?",
    "[What's|What is] the [state|health|condition] of {who}?",
    "[My boss|A colleague|Our agency] [says|thinks|claims] [that |]{who} is broken. [Is it|Is that true|Do the data say so|True]?",
    "[Check|Please check|Can you check] {who} for [problems|faults|anything broken].",
    "{who}: [anything wrong|healthy|everything fine|any problem]?",
    "[Should I worry|Do I have to worry|Need I worry] about {who}?",
)
HEALTHY = (
    "nothing broken", "nothing is wrong", "no fault", "no sign of a fault", "healthy", "no problem", "no problems", "nothing unusual",
    "no cause", "cause none", "no anomaly", "no broken landing page", "works as usual", "is fine", "doing well", "normal",
)  # fmt: skip


def questions(views: Sequence[View]) -> Iterator[Question]:
    faults = [(view, fault) for view in views for fault in view.account.truth.faults]
    for number, (view, fault) in enumerate(faults, start=1):
        yield _faulty(view, fault, f"diagnosis-{number:02d}")
    for number, view in enumerate((view for view in views if view.sound), start=len(faults) + 1):
        yield _healthy(view, view.rng("healthy").choice(view.sound), f"diagnosis-{number:02d}")


def claims(*kinds: str) -> list[str]:
    """How an answer would name a cause as its diagnosis; it may well name others as ruled out."""
    forms = ("cause is {0}", "cause is a {0}", "cause: {0}", "suffers from {0}", "suffers from a {0}", "because of {0}", "because of a {0}", "caused by {0}", "caused by a {0}", "due to {0}", "due to a {0}", "diagnosis: {0}")  # fmt: skip
    return [form.format(CAUSES[kind]) for kind in kinds for form in forms]


def _faulty(view: View, fault: Fault, case_id: str) -> Question:
    scope, cause = of_campaign(fault.campaign), CAUSES[fault.kind]
    others = [kind for kind in CAUSES if kind != fault.kind]
    wrong = CAUSES[others[view.rng(case_id).randrange(len(others))]]
    return Question(
        id=case_id,
        account=view.name,
        turns=[ask(*ASK_CAMPAIGN, who=scope.pattern, **scope.slots)],
        reference=f"{fault.campaign} suffers from a {cause} since {fault.start}. Ruled out: {', '.join(CAUSES[kind] for kind in others)}.",
        mistakes={
            "cause": f"{fault.campaign} suffers from {wrong} since {fault.start}. Ruled out: {cause}.",
            "healthy": f"Nothing is broken in {fault.campaign}: its figures are as usual.",
        },
        answer=(cause, *MORE_NAMES[fault.kind]),
        must_include=[fault.campaign],
        must_not_include=[*claims(*others), "nothing is broken", "is healthy"],
        tools=["diagnose_campaign"],
        tags=[fault.kind],
        difficulty="hard" if fault.kind == "creative_fatigue" else "medium",
        note=f"Planted: {cause} from {fault.start}, strength {fault.strength:g}.",
    )


def _healthy(view: View, name: str, case_id: str) -> Question:
    scope = of_campaign(name)
    wrong = view.rng(case_id).choice(list(CAUSES.values()))
    return Question(
        id=case_id,
        account=view.name,
        turns=[ask(*ASK_HEALTH, who=scope.pattern, **scope.slots)],
        reference=f"Nothing is broken in {name}: it is healthy. Ruled out: {', '.join(CAUSES.values())}.",
        mistakes={"cause": f"{name} suffers from a {wrong}, the cause is {wrong}."},
        answer=HEALTHY,
        must_include=[name],
        must_not_include=claims(*CAUSES),
        tools=["diagnose_campaign"],
        tags=["healthy"],
        note="No fault is planted in this campaign.",
    )
