"""Copy with brand rules: texts that break one, and texts that break none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.paraphrases import Ask, Verbatim, ask
from generator.questions.case import Number, Question
from generator.questions.view import View

ASK_CHECK = (
    "[Does this|Would this] {kind} [meet|follow|respect|fit] our brand [rules|guidelines]: {text}",
    "[Is|Would] this {kind} [ok|fine|allowed|compliant][ for us|]: {text}",
    "[Please check|Check|Can you check|Could you check|Can you review] this {kind}[ against our brand rules| for brand rules|]: {text}",
    "[Can|May|Should] we [use|run|publish] this {kind}? {text}",
    "{text} - [is that|would that be] [ok|allowed|fine] as a {kind}[ for us| by our brand rules|]?",
    "{kind} [check|review]: {text}",
    "[New|Proposed] {kind}: {text}. [Any brand issues|Anything against our rules|Does it pass the brand rules|Ok to run]?",
    "Our agency [suggests|sent|proposes] this {kind}: {text}. [Does it comply with|Does it break] our brand rules?",
)
KINDS = {"headline": "[headline|headline|ad headline]", "body": "[body text|ad text|body copy|ad body]"}
PASSES = (
    "passes",
    "complies",
    "no violations",
    "no violation",
    "meets rules",
    "follows rules",
    "compliant",
    "within rules",
    "no issues",
    "allowed",
)
FAILS = (
    "violates",
    "violation",
    "fails",
    "not pass",
    "breaks",
    "not comply",
    "not compliant",
    "banned",
    "too long",
    "missing",
    "not allowed",
    "exceeds",
)
SAID_TO_PASS = ("it passes", "copy passes", "headline passes", "text passes", "passes all", "no violations", "no violation", "is compliant")
SAID_TO_FAIL = ("does not pass", "violates", "not compliant", "does not comply", "fails the", "violations: 1", "1 violation")
_HEADLINES = ("New arrivals for you", "Made to be used daily", "Back in stock this week", "Here for the weekend")
_BODIES = (
    "Everything for the season, packed by people who use it themselves.",
    "Have a look at what is new this week, and send back what does not fit.",
    "Made in small numbers. Sent from our own warehouse within two days.",
    "A calm choice for every day, with advice from our own team.",
)
_FILLER = "and everything else that you would like to see from us this season"


def questions(views: Sequence[View]) -> Iterator[Question]:
    number = 0
    for view, clean, body in zip(views, _HEADLINES, _BODIES, strict=True):
        brand = view.account.document["brand"]
        for make in (_banned, _disclaimer, _too_long, _clean):
            number += 1
            yield make(view, brand, body if number % 2 else clean, f"copy-{number:02d}")


def _spoken(text: str, kind: str) -> Ask:
    return ask(*ASK_CHECK, kind=KINDS[kind], text=Verbatim(f'"{text}"'))


def _kind(text: str, brand: Mapping[str, Any]) -> str:
    return "headline" if len(text) <= brand["max_headline_chars"] else "body"


def _violating(view: View, case_id: str, text: str, kind: str, names: Sequence[str], reason: str, **more: Any) -> Question:
    return Question(
        id=case_id,
        account=view.name,
        turns=[_spoken(text, kind)],
        reference=f"This {kind} does not pass the brand rules: {reason}",
        mistakes={"passes": f"This {kind} passes all brand rules of {view.account.document['brand']['name']}."},
        answer=FAILS,
        must_include=names,
        must_not_include=SAID_TO_PASS,
        tools=["check_copy"],
        tags=["violation", *more.pop("tags")],
        **more,
    )


def _banned(view: View, brand: Mapping[str, Any], text: str, case_id: str) -> Question:
    phrase = view.rng(case_id).choice(brand["banned_phrases"])
    whole = f"{phrase[:1].upper()}{phrase[1:]}: {text[:1].lower()}{text[1:]}"
    return _violating(
        view, case_id, whole, _kind(whole, brand), [phrase], f"it uses the banned phrase \"{phrase}\".",
        tags=["banned_phrase"], note=f"\"{phrase}\" is in brand.banned_phrases.",
    )  # fmt: skip


def _disclaimer(view: View, brand: Mapping[str, Any], text: str, case_id: str) -> Question:
    """A trigger word without the text that must stand beside it."""
    trigger, required = view.rng(case_id).choice(list(brand["required_disclaimers"].items()))
    whole = f"Now on: {trigger} for everybody. {_BODIES[0]}"
    return _violating(
        view, case_id, whole, "body", [required.rstrip(".")], f"it says \"{trigger}\" and the required disclaimer \"{required}\" is missing.",
        tags=["disclaimer"], note=f"\"{trigger}\" asks for \"{required}\".",
    )  # fmt: skip


def _too_long(view: View, brand: Mapping[str, Any], text: str, case_id: str) -> Question:
    most = int(brand["max_headline_chars"])
    whole = _longer_than(most, _HEADLINES[0], _FILLER)
    return _violating(
        view, case_id, whole, "headline", [], f"it is too long: {len(whole)} characters, at most {most} are allowed.",
        numbers=[Number("characters allowed", most, {"document": ["brand", "max_headline_chars"]}, 0.0, 0.0)],
        tags=["length"], note=f"{len(whole)} characters.",
    )  # fmt: skip


def _longer_than(most: int, text: str, filler: str) -> str:
    """`text` with as many words of `filler` as it takes."""
    for word in filler.split():
        if len(text) > most:
            break
        text = f"{text} {word}"
    return text


def _clean(view: View, brand: Mapping[str, Any], text: str, case_id: str) -> Question:
    """Breaks no rule; every second one holds a trigger word with its disclaimer."""
    trigger, required = next(iter(brand["required_disclaimers"].items()))
    with_trigger = f"Ask us about {trigger} orders. {required}"
    whole = with_trigger if view.rng(case_id).random() < 0.5 else text
    kind = _kind(whole, brand)
    return Question(
        id=case_id,
        account=view.name,
        turns=[_spoken(whole, kind)],
        reference=f"This {kind} passes the brand rules of {brand['name']}: no violations.",
        mistakes={"fails": f"This {kind} violates the brand rules: it is too long."},
        answer=PASSES,
        must_not_include=SAID_TO_FAIL,
        tools=["check_copy"],
        tags=["clean"],
        note="No banned phrase, no trigger without its disclaimer, short enough.",
    )
