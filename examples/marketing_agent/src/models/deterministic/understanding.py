"""From a message to what it asks: words, names, periods, amounts, cues, and what the conversation adds. No intent is chosen here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from src.domain import Recollection
from src.models.deterministic import conversation
from src.models.deterministic.amounts import Amount, Wishes, amounts, wishes
from src.models.deterministic.conversation import Earlier
from src.models.deterministic.language import Found, Token, normalise, tokens
from src.models.deterministic.lexicon import CUES, DIMENSION_WORDS, KNOWN, METRIC_WORDS, METRICS
from src.models.deterministic.names import Named, find_names, name_words
from src.models.deterministic.overview import Overview
from src.models.deterministic.periods import Calendar, Period, find_periods

MOST_PARTS = 3
_QUOTED = re.compile(r"\"([^\"\n]{2,600})\"|(?<![\w])'([^'\n]{3,600}(?:'[a-z]{1,2}\b[^'\n]{0,600})*)'(?![\w])|[«`]([^»`\n]{2,600})[»`]")
_AFTER_COLON = re.compile(r":\s+(\S.{3,1200})\s*$", re.DOTALL)
_SENTENCE = re.compile(
    r"(?<=[?!;])\s+|(?<=[a-z)\d]\.)\s+(?=[A-Z])|\n+|,?\s+and\s+(?=(?:which|what|why|how|when|where|who|is it|is that|did it)\b)"
)
_ASKS = re.compile(
    r"^\W*(?:(?:and|also|then|so|please|now|ok|okay|hi|hello|hey|thanks)\b\W*)*(?:which|what|who|how|why|when|where|is|are|was|were|did|does|do|can|could|should|has|"
    r"have|will|would|compare|show|list|give|tell|rank|find|check|analy[sz]e|diagnose|summari[sz]e|report|calculate|compute|ignore|disregard|"
    r"forget|reveal|print|export|split|reallocate|optimi[sz]e)\b",
    re.IGNORECASE,
)
_TWO_PARTS = re.compile(
    r"\b(first|second|third)\s+(?:and|vs\.?|versus|with|to|or)\s+(?:the\s+)?(second|third|last)\s+(half|week)\s+(?:of|in)\s+(\w+)",
    re.IGNORECASE,
)
_MERE_REFERENCE = re.compile(
    r"^\W*(?:and\s+)?(?:what|which|who|where)(?:'s|\s+(?:is|are|was|were))\s+(?:it|that|they|those|these)\W*$", re.IGNORECASE
)
_TOP = re.compile(
    r"\b(?:top|best|worst|bottom|first|highest|lowest|cheapest)\s+(\d{1,2}|two|three|four|five|ten)\b(?!\s*(?:days?|weeks?|months?|%))",
    re.IGNORECASE,
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_BY = frozenset(
    {
        "by",
        "per",
        "each",
        "every",
        "across",
        "over",
        "between",
        "which",
        "what",
        "all",
        "of",
        "top",
        "among",
        "for",
        "any",
        "the",
        "our",
        "rank",
    }
)
_TIME = ("date", "week", "month")


_NO_OVERVIEW, _NO_NAMES, _NO_WISHES, _NO_MEMORY = Overview(), Named(), Wishes(), Recollection()


@dataclass(frozen=True, slots=True)
class Understanding:
    """One question of a message, understood."""

    text: str
    overview: Overview = _NO_OVERVIEW
    words: tuple[Token, ...] = ()
    cues: frozenset[str] = frozenset()
    metrics: tuple[str, ...] = ()
    metric_words: tuple[str, ...] = ()
    """As the message has them: `cost per order`."""
    dimension: str | None = None
    named: Named = _NO_NAMES
    campaigns: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    creatives: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    amounts: tuple[Amount, ...] = ()
    wishes: Wishes = _NO_WISHES
    quoted: tuple[str, ...] = ()
    top: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What memory knows, with what this message adds."""
    stated: Mapping[str, Any] = field(default_factory=dict)
    """What this message wants to be remembered."""
    earlier: Earlier | None = None
    memory: Recollection = _NO_MEMORY
    follows_up: bool = False
    assumed: tuple[str, ...] = ()
    is_question: bool = True

    def has(self, *names: str) -> bool:
        """Whether all of these cues are there."""
        return all(name in self.cues for name in names)

    def any(self, *names: str) -> bool:
        return any(name in self.cues for name in names)

    @property
    def whole(self) -> Period | None:
        first, last = self.overview.first, self.overview.last
        return Period(first, last) if first and last else None

    @property
    def period(self) -> Period | None:
        """The period that is asked for; the last where the message has two, None where it has none."""
        return self.periods[-1] if self.periods else None

    @property
    def lemmas(self) -> tuple[str, ...]:
        return tuple(token.lemma for token in self.words)


def understand(message: str, told: Mapping[str, Any], memory: Recollection) -> tuple[Understanding, ...]:
    """The questions of a message in their order; at least one. A later one may refer to an earlier one."""
    overview = Overview.of(told)
    earlier = conversation.earlier_turn(memory)
    facts = conversation.known_facts(memory)
    extra = name_words(overview)
    found: list[Understanding] = []
    for part in parts(_spelt_out(normalise(message))):
        understood = _understood(part, overview, extra, facts, earlier, memory, after_another=bool(found))
        facts = {**facts, **understood.stated}
        found.append(understood)
        earlier = _as_earlier(understood, earlier)
    return tuple(found)


def _spelt_out(message: str) -> str:
    """`first and second half of October` as the two periods that it names."""
    return _TWO_PARTS.sub(r"\1 \3 of \4 and \2 \3 of \4", message)


def parts(message: str) -> tuple[str, ...]:
    """The questions of a message; what asks nothing stays with the question that it stands before, or else with the last."""
    if _QUOTED.search(message) or message.count(":") and _AFTER_COLON.search(message):
        return (message,)
    sentences = [one.strip() for one in _SENTENCE.split(message) if one and one.strip()]
    asking = [one for one in sentences if (one.endswith("?") or _ASKS.match(one)) and not _MERE_REFERENCE.match(one)]
    if len(asking) < 2:
        return (message,)
    found: list[str] = []
    waiting: list[str] = []
    for sentence in sentences:
        waiting.append(sentence)
        if sentence in asking and len(found) < MOST_PARTS:
            found.append(" ".join(waiting))
            waiting = []
    if waiting:
        found[-1] = " ".join((found[-1], *waiting))
    return tuple(found)


def _understood(
    text: str,
    overview: Overview,
    extra: frozenset[str],
    facts: Mapping[str, Any],
    earlier: Earlier | None,
    memory: Recollection,
    *,
    after_another: bool,
) -> Understanding:
    words = tokens(text, KNOWN, extra)
    quoted = _quoted(text)
    named = find_names(words, overview, text, quoted)
    lemmas = tuple(token.lemma for token in words)
    metrics = METRIC_WORDS.find(lemmas, named.taken)
    first_words = {one.meaning: text[words[one.start].start : words[one.end - 1].end] for one in reversed(metrics)}
    first_words = {one.meaning: first_words[one.meaning] for one in metrics}
    cues = CUES.find(_cue_words(words, named, metrics))
    periods = _periods(text, overview, earlier, apart=bool(cues & {"change", "compare", "real"}))
    numbers = amounts(text, tuple((period.at, period.stop) for period in periods))
    understood = Understanding(
        text=text,
        overview=overview,
        words=words,
        cues=cues,
        metrics=tuple(first_words),
        metric_words=tuple(first_words.values()),
        dimension=_dimension(lemmas, named.taken | {i for one in metrics for i in range(one.start, one.end)}, cues),
        named=named,
        campaigns=named.of("campaign"),
        channels=named.of("channel"),
        audiences=named.of("audience"),
        creatives=named.of("creative"),
        periods=periods,
        amounts=numbers,
        wishes=wishes(text, numbers, named, tuple((token.start, token.end) for token in words)),
        quoted=quoted or _after_colon(text, cues),
        top=_top(text),
        earlier=earlier,
        memory=memory,
        assumed=tuple(period.assumed for period in periods if period.assumed),
        is_question=conversation.is_question(text),
    )
    understood = replace(understood, stated=_stated(understood))
    return _with_conversation(replace(understood, facts={**facts, **understood.stated}), after_another=after_another)


def _cue_words(words: tuple[Token, ...], named: Named, metrics: tuple[Found, ...]) -> list[str]:
    """The lemmas without names, which may be made of any words, and without the people in `cost per lead`."""
    lemmas = ["<name>" if i in named.taken and token.lemma not in ("email",) else token.lemma for i, token in enumerate(words)]
    for one in metrics:
        for i in range(one.start, one.end):
            if one.end - one.start > 1 and lemmas[i] in ("lead", "sal", "customer", "order", "pay"):
                lemmas[i] = "<metric>"
    return " ".join(lemmas).replace("break down", "breakdown").split()


def _periods(text: str, overview: Overview, earlier: Earlier | None, *, apart: bool) -> tuple[Period, ...]:
    if not overview.first or not overview.last:
        return ()
    before = earlier.periods[0] if earlier and earlier.periods else None
    return find_periods(text, Calendar(overview.first, overview.last), before, apart=apart)


def _dimension(lemmas: tuple[str, ...], taken: frozenset[int], cues: frozenset[str]) -> str | None:
    """The groups that are asked for. `which week` is one, `last week` is a period."""
    found = []
    for one in DIMENSION_WORDS.find(lemmas, taken):
        before = lemmas[one.start - 1] if one.start else ""
        further = lemmas[one.start - 2] if one.start > 1 else ""
        after = lemmas[one.end] if one.end < len(lemmas) else ""
        if lemmas[one.start] == "ad" and (one.start - 1 in taken or after in ("platform", "spend", "copy", "text", "account")):
            continue
        if one.meaning in _TIME:
            daily = lemmas[one.start] in ("daily", "weekly", "monthly") or one.end - one.start > 1
            if (
                not daily
                and before not in ("by", "per", "each", "every", "which", "what", "worst", "best")
                and further not in ("which", "what")
            ):
                continue
            average = "averag" in lemmas or lemmas[one.start] != "daily"
            if "per_day" in cues and one.meaning == "date" and average and before not in ("which", "what", "by"):
                continue
        elif before in ("this", "that") or (before in ("the", "a", "our") and further not in _BY and not cues & _GROUPING):
            continue
        found.append((before in ("by", "per", "each", "which", "what", "across"), one.meaning))
    return next((meaning for sure, meaning in found if sure), found[0][1] if found else None)


_GROUPING = frozenset({"best", "worst", "high", "low", "compare", "which", "target", "count"})


def _quoted(text: str) -> tuple[str, ...]:
    return tuple(next(group for group in match.groups() if group).strip() for match in _QUOTED.finditer(text))


def _after_colon(text: str, cues: frozenset[str]) -> tuple[str, ...]:
    if not cues & {"copy", "verify"}:
        return ()
    found = _AFTER_COLON.search(text)
    return (found[1].strip(),) if found else ()


def _top(text: str) -> int | None:
    found = _TOP.search(text)
    return (
        None
        if not found
        else _COUNTS.get(found[1].lower()) or max(1, int(found[1]))
        if found[1].isdigit() or found[1].lower() in _COUNTS
        else None
    )


def _stated(asked: Understanding) -> dict[str, Any]:
    """What is said to be true or wanted from now on: targets, campaigns not to touch, a metric or scope to go by, or a note in words."""
    if asked.is_question and not asked.has("remember"):
        return {}
    stated: dict[str, Any] = {}
    value = next((one.value for one in asked.amounts if not one.percent), next((one.value for one in asked.amounts), None))
    if asked.any("target", "remember") and value is not None and asked.metrics and not asked.has("reallocate"):
        stated[f"target_{asked.metrics[0]}"] = value
        return stated
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


def _with_conversation(asked: Understanding, *, after_another: bool) -> Understanding:
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
    goes_on = asked.lemmas[:1] in (("and",), ("sam",)) or asked.lemmas[:2] in (("what", "about"), ("how", "about"))
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
    if not (asked.campaigns or asked.channels or asked.audiences or asked.creatives) and asked.dimension is None:
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
    metric, channel, campaign = (facts.get(f"default_{what}") for what in ("metric", "channel", "campaign"))
    if not asked.metrics and metric in METRICS and not asked.stated:
        asked = replace(asked, metrics=(str(metric),))
        assumed.append(f"assuming {METRICS[str(metric)].label}, the metric that you set")
    scoped = asked.campaigns or asked.channels or asked.audiences or asked.creatives or asked.dimension
    if not scoped and channel in asked.overview.channels:
        asked = replace(asked, channels=(str(channel),))
        assumed.append(f"assuming {channel}, the channel that you set")
    elif not scoped and campaign in {one.name for one in asked.overview.campaigns}:
        asked = replace(asked, campaigns=(str(campaign),))
    if asked.channels and not asked.campaigns and "campaign" in {token.text for token in asked.words}:
        several = asked.overview.campaigns_of(asked.channels, asked.audiences)
        if len(several) > 1:
            assumed.append(f"assuming all campaigns of {', '.join(asked.channels)}, as there are several")
    return replace(asked, assumed=tuple(assumed))


def _as_earlier(asked: Understanding, before: Earlier | None) -> Earlier:
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


def outside_data(period: Period, overview: Overview) -> bool:
    """Whether no day of the period is in the data."""
    first, last = overview.first or date.min, overview.last or date.max
    return period.end < first or period.start > last
