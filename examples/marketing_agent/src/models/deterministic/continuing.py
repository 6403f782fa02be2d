"""What a message leaves open, from the turns before it and from what the user set for all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from src.models.deterministic.conversation import Earlier
from src.models.deterministic.lexicon import METRICS

if TYPE_CHECKING:
    from src.models.deterministic.understanding import Understanding


def with_conversation(asked: Understanding, *, after_another: bool) -> Understanding:
    follows = _follows_up(asked, after_another=after_another)
    asked = replace(asked, follows_up=follows)
    if follows and asked.earlier:
        asked = _inherited(asked, asked.earlier)
    return _with_defaults(asked)


def _follows_up(asked: Understanding, *, after_another: bool) -> bool:
    """Whether the message leans on the last one: it refers, it goes on, or it is too short to stand alone."""
    if asked.earlier is None:
        return False
    has_scope = bool(asked.campaigns or asked.channels or asked.audiences or asked.creatives)
    refers = asked.has("refer") and not has_scope
    corrects = asked.has("corrects") and has_scope and not asked.metric_words
    goes_on = corrects or asked.lemmas[:1] in (("and",), ("sam",)) or asked.lemmas[:2] in (("what", "about"), ("how", "about"))
    short = (
        len(asked.words) <= 7
        and not asked.metrics
        and not asked.any("summary", "schema", "broken", "prompt", "thanks", "outside", "reallocate", "recall")
    )
    relative = any(period.words and period.assumed and "assuming 'the" in period.assumed for period in asked.periods)
    return refers or goes_on or short or relative or (after_another and not has_scope and not asked.dimension)


def _inherited(asked: Understanding, earlier: Earlier) -> Understanding:
    """What the message leaves open, from the turn before. A new scope of one kind replaces the old one of any kind."""
    if earlier.intent == "ranking" and asked.any("best", "worst", "high", "low") and not asked.named.mentions:
        asked = replace(asked, dimension=asked.dimension or earlier.dimension)
    whole = asked.has("together") or _names_all(asked)
    if not (asked.campaigns or asked.channels or asked.audiences or asked.creatives or whole) and asked.dimension is None:
        asked = replace(
            asked, campaigns=earlier.campaigns, channels=earlier.channels, audiences=earlier.audiences, creatives=earlier.creatives
        )
    return replace(
        asked,
        metrics=asked.metrics or earlier.metrics,
        periods=asked.periods or earlier.periods,
        dimension=asked.dimension or (earlier.dimension if not (asked.campaigns or asked.channels or asked.audiences) else None),
    )


def _with_defaults(asked: Understanding) -> Understanding:
    """What the user set from now on, where the message does not say otherwise."""
    facts, assumed = asked.facts, list(asked.assumed)
    metric, channel, campaign, audience = (facts.get(f"default_{what}") for what in ("metric", "channel", "campaign", "audience"))
    if not asked.metrics and metric in METRICS and not asked.stated:
        asked = replace(asked, metrics=(str(metric),))
        assumed.append(f"assuming {METRICS[str(metric)].label}, the metric that you set")
    scoped = bool(asked.campaigns or asked.channels or asked.audiences or asked.creatives) or asked.has("together") or _names_all(asked)
    scoped = scoped or asked.dimension == "channel" or bool(asked.dimension and campaign)
    if not scoped and audience in asked.overview.audiences:
        asked = replace(asked, audiences=(str(audience),))
    elif not scoped and channel in asked.overview.channels:
        asked = replace(asked, channels=(str(channel),))
        assumed.append(f"assuming {channel}, the channel that you set")
    elif not scoped and campaign in {one.name for one in asked.overview.campaigns}:
        asked = replace(asked, campaigns=(str(campaign),))
    if asked.channels and not asked.campaigns and "campaign" in {token.text for token in asked.words}:
        several = asked.overview.campaigns_of(asked.channels, asked.audiences)
        if len(several) > 1:
            assumed.append(f"assuming all campaigns of {', '.join(asked.channels)}, as there are several")
    return replace(asked, assumed=tuple(assumed))


def _names_all(asked: Understanding) -> bool:
    """`all campaigns`: beyond the topic of the conversation."""
    words = [token.text for token in asked.words]
    return any(
        words[i + 1 : i + 2] == ["campaigns"] or words[i + 1 : i + 2] == ["channels"] for i, word in enumerate(words) if word == "all"
    )


def as_earlier(asked: Understanding, before: Earlier | None) -> Earlier:
    before = before or Earlier()
    return Earlier(
        intent=before.intent,
        metrics=asked.metrics or before.metrics,
        dimension=asked.dimension,
        campaigns=asked.campaigns,
        channels=asked.channels,
        audiences=asked.audiences,
        creatives=asked.creatives,
        periods=asked.periods or before.periods,
    )
