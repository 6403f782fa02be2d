"""Why, and what is broken: campaigns examined for the four faults that their data can show."""

from __future__ import annotations

from src.models.deterministic.asking import spoken_metric, spoken_scope
from src.models.deterministic.drafting import Call, Draft, Seen, as_number, listed, name_of
from src.models.deterministic.lexicon import METRICS
from src.models.deterministic.quarantine import carries_marker
from src.models.deterministic.understanding import Understanding

NAME = "diagnosis"
CAUSES = {
    "broken_landing_page": ("a broken landing page", "have the landing page checked and repaired, and pause the campaign until it works"),
    "tracking_gap": ("a tracking gap", "repair the conversion tracking and judge by the shop's orders until then; do not cut the campaign"),
    "bid_inflation": ("bid inflation", "check bids and competitors, and cap the bid until the cost per click is back"),
    "creative_fatigue": ("creative fatigue", "replace the worn creatives and limit the frequency"),
}
_MOST = 9


def matches(asked: Understanding) -> float:
    if not asked.overview.has_account:
        return 0.0
    if asked.has("why"):
        return 0.82 if not (asked.has("quality", "tables") and not asked.campaigns) else 0.7
    if _asks_after_health(asked):
        return 0.77
    if asked.has("broken") and not asked.has("corrects"):
        return 0.78 if not asked.has("copy", "verify") or asked.campaigns else 0.5
    return 0.55 if asked.follows_up and asked.earlier and asked.earlier.intent == NAME and not asked.metrics else 0.0


def _asks_after_health(asked: Understanding) -> bool:
    """`Is Brand Search ok`, `check campaign Brand Search`, `is everything fine`."""
    if asked.metric_words or asked.quoted or asked.any("copy", "target", "quality", "corrects") or asked.unknown_metric:
        return False
    if asked.has("health"):
        asks = asked.is_question or asked.named.mentions
        return bool(asks) and bool(
            asked.campaigns or asked.channels or {"everyth", "everything", "anyth", "anything", "all"} & set(asked.lemmas)
        )
    return asked.has("verify") and len(asked.campaigns) == 1


def examined(asked: Understanding) -> tuple[str, ...]:
    """The campaigns named, those of a named creative, channel or audience, else all of them."""
    if asked.campaigns:
        return asked.campaigns[:_MOST]
    if asked.creatives:
        return tuple(dict.fromkeys(one[0] for one in asked.overview.creatives if one[1] in asked.creatives))[:_MOST]
    return asked.overview.campaigns_of(asked.channels, asked.audiences)[:_MOST]


def plan(asked: Understanding) -> tuple[Call, ...]:
    campaigns = [name for name in examined(asked) if not carries_marker(name)]
    return tuple(Call(f"Look for the cause in {name_of(name)}.", "diagnose_campaign", {"campaign": name}) for name in campaigns)


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    found = [one for one in seen[1:] if one.call.tool == "diagnose_campaign"]
    if not found:
        draft.say(f"I cannot diagnose anything{spoken_scope(asked)}: there is no such campaign in the data")
    elif len(found) == 1:
        _single(asked, found[0], draft)
    else:
        _several(asked, found, draft)
    draft.heed(*found)


def _fault(one: Seen) -> str | None:
    cause = str(one.at("cause") or "none")
    return None if cause == "none" else cause


def _campaign(one: Seen) -> str:
    return name_of(one.at("campaign") or one.call.arguments.get("campaign"))


def _topic(asked: Understanding) -> str:
    """What the question sees: `the drop in conversion rate (CVR)`."""
    metric = next((spoken_metric(asked, name) for name in asked.metrics if name in METRICS), "")
    words = {token.lemma: token.text for token in asked.words}
    seen = next(
        (
            words[lemma]
            for lemma in ("drop", "fall", "declin", "rise", "increas", "high", "low", "bad", "up", "down", "collaps")
            if lemma in words
        ),
        "",
    )
    if metric and seen in ("drop", "fall", "decline", "rise", "increase", "collapse"):
        return f"the {seen} in {metric}"
    return (
        f"the {metric}{f' being {seen}' if seen else ''}"
        if metric
        else f"the {seen}"
        if seen in ("drop", "fall", "decline", "rise")
        else ""
    )


def _ailing(asked: Understanding) -> str:
    """`What is broken`, in the question's own word."""
    words = {token.text for token in asked.words} | ({"broken"} if "break" in asked.lemmas else set())
    return f"What is {next((word for word in ('broken', 'off', 'failing') if word in words), 'wrong')}"


def _single(asked: Understanding, one: Seen, draft: Draft) -> None:
    name = _campaign(one)
    if not one.worked:
        draft.say(f"I cannot say what is wrong with {name}, because the diagnosis failed")
        return
    cause = _fault(one)
    topic = _topic(asked)
    draft.focus["campaigns"] = [str(one.at("campaign") or one.call.arguments.get("campaign"))]
    if cause is None:
        what = f"behind {topic} of {name} is no fault of the campaign" if topic else f"nothing is wrong with {name}"
        draft.say(f"{what}: the data show none of the known faults (cause: none)")
        _explain(one, draft)
        _ruled_out(one, draft)
        return
    told, action = CAUSES.get(cause, (cause.replace("_", " "), "look into it"))
    since = f" since {one.at('since')}" if one.at("since") else ""
    lead = f"The reason for {topic} of {name} is {told}{since}" if topic else f"{_ailing(asked)} with {name} is {told}{since}"
    draft.say(lead)
    _evidence(one, draft)
    _explain(one, draft)
    _ruled_out(one, draft)
    draft.say(f"Recommendation: {action}")
    _confidence(one, draft)


def _evidence(one: Seen, draft: Draft) -> None:
    told = []
    for i, fact in enumerate(one.rows("evidence")[:4]):
        metric = str(fact.get("metric") or "")
        unit = METRICS[metric].unit if metric in METRICS else ""
        label = METRICS[metric].label if metric in METRICS else metric.replace("_", " ")
        before = draft.number(one, f"{label} before", unit, "evidence", i, "before")
        after = draft.number(one, f"{label} after", unit, "evidence", i, "after")
        change = draft.fraction(one, f"change of {label}", "evidence", i, "relative_change")
        told.append(f"{label} {before} before and {after} after ({change})")
    if told:
        draft.say(f"Evidence: {listed(told)}")


def _explain(one: Seen, draft: Draft) -> None:
    """The tool's own words, unless they hold numbers: those would stand there without a source."""
    text = name_of(one.at("explanation") or "")
    if text and not any(char.isdigit() for char in text.replace(str(one.at("since") or "-"), "")):
        draft.say(text)


def _ruled_out(one: Seen, draft: Draft) -> None:
    others = [str(fact.get("cause") or "").replace("_", " ") for fact in one.rows("ruled_out")]
    if any(others):
        draft.say(f"Ruled out: {listed(others)}")


def _confidence(one: Seen, draft: Draft) -> None:
    confidence = as_number(one.at("confidence"))
    if confidence is not None and confidence < 0.7:
        draft.warn(f"the diagnosis of {_campaign(one)} is uncertain (confidence {draft.fraction(one, 'confidence', 'confidence')})")


def _several(asked: Understanding, found: list[Seen], draft: Draft) -> None:
    faulty = [one for one in found if one.worked and _fault(one)]
    sound = [_campaign(one) for one in found if one.worked and not _fault(one)]
    if not faulty:
        topic = _topic(asked)
        lead = f"Behind {topic} is no fault of a campaign" if topic else "Nothing is broken or wrong"
        draft.say(f"{lead}{spoken_scope(asked)}: no campaign shows a fault (cause: none)")
    else:
        told = [f"{_campaign(one)} has {CAUSES.get(str(_fault(one)), (str(_fault(one)), ''))[0]}{_since(one)}" for one in faulty]
        topic = _topic(asked)
        draft.say(
            f"{f'Behind {topic}' if topic else _ailing(asked)}{spoken_scope(asked).replace(' of ', ' in ', 1) if not asked.campaigns else ''}: {listed(told)}"
        )
        for one in faulty[:4]:
            _key_fact(one, draft)
        draft.say(f"Recommendation: {'; '.join(dict.fromkeys(CAUSES[str(_fault(one))][1] for one in faulty if _fault(one) in CAUSES))}")
        draft.focus["campaigns"] = [str(one.at("campaign") or one.call.arguments.get("campaign")) for one in faulty[:1]]
    if sound and faulty:
        draft.say(f"No fault in {listed(sound)}")
    for one in faulty:
        _confidence(one, draft)


def _since(one: Seen) -> str:
    return f" since {one.at('since')}" if one.at("since") else ""


def _key_fact(one: Seen, draft: Draft) -> None:
    facts = one.rows("evidence")
    if facts:
        place = max(range(len(facts)), key=lambda i: abs(as_number(facts[i].get("relative_change")) or 0.0))
        metric = str(facts[place].get("metric") or "")
        label = METRICS[metric].label if metric in METRICS else metric.replace("_", " ")
        unit = METRICS[metric].unit if metric in METRICS else ""
        before, after = (draft.number(one, f"{label} {end}", unit, "evidence", place, end) for end in ("before", "after"))
        draft.say(f"{_campaign(one)}: {label} went from {before} to {after}")
