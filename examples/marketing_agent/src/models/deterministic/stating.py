"""What a message wants to be remembered: targets, caps, campaigns not to touch, topics, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from src.models.deterministic import conversation

if TYPE_CHECKING:
    from src.models.deterministic.understanding import Understanding


def stated_by(asked: Understanding) -> dict[str, Any]:
    """What is said to be true or wanted from now on: targets, campaigns not to touch, a metric or scope to go by, or a note in words."""
    if asked.is_question and not asked.has("remember"):
        return {}
    stated: dict[str, Any] = {}
    value = next((one.value for one in asked.amounts if not one.percent), next((one.value for one in asked.amounts), None))
    if asked.any("target", "remember") and value is not None and asked.metrics and not asked.has("reallocate"):
        stated[f"target_{asked.metrics[0]}"] = value
        return stated
    if caps := {f"{CAP}{name}": limit["max"] for name, limit in asked.wishes.limits.items() if "max" in limit}:
        return {} if asked.wishes.total is not None or _plans_now(asked) else dict(caps)
    if _sets_topic(asked):
        return _topic(asked)
    if not asked.has("remember") and not conversation.is_standing(asked.text):
        return {}
    if asked.wishes.keep:
        stated["keep_campaigns"] = list(asked.wishes.keep)
    elif asked.metrics and not asked.any("reallocate", "why", "broken"):
        stated["default_metric"] = asked.metrics[0]
    elif asked.channels:
        stated["default_channel"] = asked.channels[0]
    elif asked.campaigns:
        stated["default_campaign"] = asked.campaigns[0]
    elif text := conversation.remembered_text(asked.text):
        stated[f"note_{'_'.join(text.lower().split()[:4])[:40]}"] = text
    return stated


CAP = "cap_"
"""Facts `cap_<campaign>`: the most per day that the user allows it."""


def _plans_now(asked: Understanding) -> bool:
    """Whether it wants a plan for its limits now, not limits for later plans."""
    verbs = {"split", "reallocat", "redistribut", "distribut", "allocat", "rebalanc", "optimis", "optimiz", "maximis", "maximiz"}
    standing = asked.has("remember") or conversation.is_standing(asked.text) or "all" in asked.lemmas
    return (bool(verbs & set(asked.lemmas)) or asked.lemmas[:1] == ("plan",)) and not standing


def _sets_topic(asked: Understanding) -> bool:
    """Whether it says what the next questions are about: `let's talk about Brand Search`, `only search campaigns, please`."""
    scoped = len(asked.campaigns) == 1 or len(asked.channels) == 1 or len(asked.audiences) == 1
    asks = asked.metric_words or asked.amounts or any(one.days > 1 for one in asked.periods) or asked.contact or asked.quoted
    others = asked.any(
        "reallocate",
        "overspend",
        "copy",
        "personal",
        "why",
        "broken",
        "leads",
        "prompt",
        "takeover",
        "corrects",
        "pause",
        "summary",
        "target",
    )
    opens = asked.earlier is None and bool({"i", "we", "let", "let's"} & {token.text for token in asked.words})
    return (asked.has("topic") or opens) and scoped and not asks and not others


def _topic(asked: Understanding) -> dict[str, str]:
    """The new topic; what was the topic before is empty from now on."""
    kind, names = next(
        (kind, names)
        for kind, names in (("campaign", asked.campaigns), ("channel", asked.channels), ("audience", asked.audiences))
        if names
    )
    old = {f"default_{one}": "" for one in ("campaign", "channel", "audience") if asked.facts.get(f"default_{one}")}
    return {**old, f"default_{kind}": names[0]}
