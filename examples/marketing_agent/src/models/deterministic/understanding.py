"""From a message to what it asks: words, names, periods, amounts, cues, and what the conversation adds. No intent is chosen here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

from src.domain import Recollection
from src.models.deterministic import conversation
from src.models.deterministic.amounts import Amount, Wishes, amounts, wishes
from src.models.deterministic.conversation import Earlier
from src.models.deterministic.language import Found, Token, normalise, phrases, tokens
from src.models.deterministic.lexicon import CUES, DIMENSION_WORDS, KNOWN, METRIC_WORDS, METRICS
from src.models.deterministic.message import mended_text, without_pasted_orders, without_remarks
from src.models.deterministic.names import Named, find_names, name_words, parts_of, unknown_name
from src.models.deterministic.overview import Overview
from src.models.deterministic.people import asks_for_contact
from src.models.deterministic.periods import Calendar, Period, find_periods
from src.models.deterministic.quarantine import gives_orders

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
    contact: bool = False
    """Whether it asks how to reach a person."""
    unknown_metric: str = ""
    """What is asked for like a metric and is none: `bounce rate`."""
    pasted: tuple[str, ...] = ()
    """Quoted texts of the message that give orders: they were not read as what is asked."""

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
    asks = partial(_asks, overview=overview, extra=extra)
    text, pasted = without_pasted_orders(normalise(message), asks)
    text = without_remarks(mended_text(text, extra, _quoted(text)), lambda sentence: not asks(sentence))
    for part in parts(_spelt_out(text)):
        understood = _understood(part, overview, extra, facts, earlier, memory, after_another=bool(found))
        understood = replace(understood, pasted=pasted)
        facts = {**facts, **understood.stated}
        found.append(understood)
        earlier = _as_earlier(understood, earlier)
    return tuple(found)


def _asks(sentence: str, overview: Overview, extra: frozenset[str]) -> bool:
    """Whether a sentence asks something, or names something of the account; "I have a meeting in an hour" does neither."""
    if "?" in sentence or _FIGURE.search(sentence) or _ASKS.match(sentence) or _WISHES.search(sentence) or _QUOTED.search(sentence) or asks_for_contact(sentence):
        return True
    words = tokens(sentence, KNOWN, extra)
    named = find_names(words, overview, sentence)
    lemmas = tuple(token.lemma for token in words)
    if METRIC_WORDS.find(lemmas, named.taken) or named.of("campaign") or named.of("creative") or named.unclear or _names_group(words, named, overview):
        return True
    if CUES.find(lemmas) & _TELLING:
        return True
    return bool(overview.last and overview.first and any(one.days > 1 for one in find_periods(sentence, Calendar(overview.first, overview.last))))


_FIGURE = re.compile(r"\d{2}")
_WISHES = re.compile(
    r"\b(?:want|need|would like|'d like|wish|give|send|show|tell|list|export|must|never|always|don't|do not|keep|cap|limit|restrict|set|put|plan|rank|mean|meant|"
    r"names?|e-?mails|addresses|update|compare|remember|note that|mind|instead|assume|use)\b",
    re.IGNORECASE,
)
_TELLING = frozenset(
    {"why", "broken", "reallocate", "overspend", "copy", "anomaly", "change", "target", "quality", "leads", "prompt", "takeover", "remember", "recall",
     "corrects", "difference", "pause", "recommend"}
)


def _names_group(words: tuple[Token, ...], named: Named, overview: Overview) -> bool:
    """Whether a channel or audience is called by its name; `mail` may be any mail."""
    return any(words[one.start].text in (*overview.channels, *overview.audiences) for one in named.mentions if one.end > one.start)


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
    quoted = _without_names(_quoted(text), overview)
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
        dimension=_dimension(lemmas, named.taken, frozenset(i for one in metrics for i in range(one.start, one.end)), cues),
        named=named,
        campaigns=named.of("campaign"),
        channels=named.of("channel"),
        audiences=named.of("audience"),
        creatives=named.of("creative"),
        periods=periods,
        amounts=numbers,
        wishes=wishes(text, numbers, named, tuple((token.start, token.end) for token in words)),
        quoted=quoted or _after_colon(text, cues, words, named),
        top=_top(text),
        earlier=earlier,
        memory=memory,
        assumed=tuple(period.assumed for period in periods if period.assumed),
        is_question=conversation.is_question(text),
        contact=asks_for_contact(text),
        unknown_metric=_unknown_metric(words, metrics),
    )
    if unknown := _unknown_campaign(understood, metrics):
        understood = replace(understood, named=replace(named, unknown=unknown))
    understood = replace(understood, facts=facts)
    understood = replace(understood, stated=_stated(understood))
    return _with_conversation(replace(understood, facts={**facts, **understood.stated}), after_another=after_another)


def _cue_words(words: tuple[Token, ...], named: Named, metrics: tuple[Found, ...]) -> list[str]:
    """The lemmas without names, which may be made of any words, and without the people in `cost per lead`."""
    lemmas = ["<note>" if token.text == "note" else "<name>" if i in named.taken and token.lemma not in ("email",) else token.lemma for i, token in enumerate(words)]
    for one in metrics:
        for i in range(one.start, one.end):
            if one.end - one.start > 1 and lemmas[i] in ("lead", "sal", "customer", "order", "pay"):
                lemmas[i] = "<metric>"
    line = " ".join(lemmas).replace("break down", "breakdown")
    return _HOW_MUCH.sub("how much", line).split()


_HOW_MUCH = re.compile(r"\bhow (?:high|low|larg|larg|big|good|bad|strong)\b(?! (?:be|do) you)")
"""`how high was it` asks for a figure, not for the highest."""


def _periods(text: str, overview: Overview, earlier: Earlier | None, *, apart: bool) -> tuple[Period, ...]:
    if not overview.first or not overview.last:
        return ()
    before = earlier.periods[0] if earlier and earlier.periods else None
    return find_periods(text, Calendar(overview.first, overview.last), before, apart=apart)


def _without_names(quoted: tuple[str, ...], overview: Overview) -> tuple[str, ...]:
    """Without what is quoted only because it is a name."""
    every = (*(one.name for one in overview.campaigns), *(one[1] for one in overview.creatives), *overview.channels, *overview.audiences)
    names = {parts_of(name) for name in every}
    return tuple(text for text in quoted if parts_of(text) not in names)


def _unknown_campaign(asked: Understanding, metrics: tuple[Found, ...]) -> str:
    """A name that is asked about and is not of the account; only where nothing of the account is named."""
    about = asked.metrics or asked.any("why", "broken", "health", "summary")
    aliased = {i for one in asked.named.mentions if one.kind == "channel" for i in range(one.start, one.end) if asked.words[i].text not in asked.overview.channels}
    if not about or len(aliased) < len(asked.named.taken) or asked.named.unclear or not asked.overview.campaigns or asked.any("copy", "prompt", "takeover"):
        return ""
    if len(asked.quoted) == 1 and len(asked.quoted[0].split()) < 5 and not gives_orders(asked.quoted[0]):
        return asked.quoted[0]
    dated = {i for i, word in enumerate(asked.words) if any(one.at <= word.start < one.stop for one in asked.periods)}
    taken = dated | {i for one in metrics for i in range(one.start, one.end)}
    name = unknown_name(asked.words, asked.text, frozenset(taken))
    return name if len(name.split()) > 1 or not aliased else ""


_MEASURES = frozenset({"rat", "rate", "ratio", "scor", "score", "index", "frequency", "duration"})
_NO_MEASURE = frozenset(
    phrases("the, a, an, this, that, our, what, which, good, high, low, same, better, average, any, growth, daily, of, for, is, was, how, at, in, and, or, rate, first")
)


def _unknown_metric(words: tuple[Token, ...], metrics: tuple[Found, ...]) -> str:
    """`video completion rate`: what is called like a measure, where the words are no metric that the data have."""
    known = {i for one in metrics for i in range(one.start, one.end)}
    for at, word in enumerate(words):
        if word.lemma not in _MEASURES or at in known:
            continue
        start = at
        while start and at - start < 3 and words[start - 1].text not in _NO_MEASURE and words[start - 1].text.isalpha() and start - 1 not in known:
            start -= 1
        if start < at:
            return " ".join(token.text for token in words[start : at + 1])
    return ""


def _dimension(lemmas: tuple[str, ...], named: frozenset[int], measured: frozenset[int], cues: frozenset[str]) -> str | None:
    """The groups that are asked for. `which week` is one, `last week` is a period; `campaign Boots` and `all campaigns together` are none."""
    found = []
    taken = named | measured
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
        elif not _is_grouped(lemmas, one, named, cues):
            continue
        elif before in ("this", "that") or (before in ("the", "a", "our") and further not in _BY and not cues & _GROUPING):
            continue
        found.append((before in _SURELY_BY, one.meaning))
    return next((meaning for sure, meaning in found if sure), found[0][1] if found else None)


_SURELY_BY = ("by", "per", "each", "every", "which", "what", "across", "between", "among")
_RANKING = frozenset({"best", "worst", "high", "low", "compare", "target", "pause"})


def _is_grouped(lemmas: tuple[str, ...], one: Found, named: frozenset[int], cues: frozenset[str]) -> bool:
    """Whether a word such as `campaigns` asks for groups: not as a part of a name, and not where all of them are meant together."""
    before = lemmas[one.start - 1] if one.start else ""
    if before in _SURELY_BY or "which" in lemmas[max(0, one.start - 4) : one.start]:
        return True
    if cues & _RANKING:
        return True
    beside_name = one.start - 1 in named or one.end in named
    return not (beside_name or before in ("all", "whole", "entir") or "together" in cues)


_GROUPING = frozenset({"best", "worst", "high", "low", "compare", "which", "target", "count"})


def _quoted(text: str) -> tuple[str, ...]:
    return tuple(next(group for group in match.groups() if group).strip() for match in _QUOTED.finditer(text))


def _after_colon(text: str, cues: frozenset[str], words: tuple[Token, ...], named: Named) -> tuple[str, ...]:
    """The text to be checked; what follows a campaign's name and a colon is a question about the campaign."""
    found = _AFTER_COLON.search(text) if cues & {"copy", "verify"} else None
    if found is None or any(words[one.end - 1].end <= found.start() for one in named.mentions if one.end):
        return ()
    return (found[1].strip(),)


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
    others = asked.any("reallocate", "overspend", "copy", "personal", "why", "broken", "leads", "prompt", "takeover", "corrects", "pause", "summary", "target")
    opens = asked.earlier is None and bool({"i", "we", "let", "let's"} & {token.text for token in asked.words})
    return (asked.has("topic") or opens) and scoped and not asks and not others


def _topic(asked: Understanding) -> dict[str, str]:
    """The new topic; what was the topic before is empty from now on."""
    kind, names = next((kind, names) for kind, names in (("campaign", asked.campaigns), ("channel", asked.channels), ("audience", asked.audiences)) if names)
    old = {f"default_{one}": "" for one in ("campaign", "channel", "audience") if asked.facts.get(f"default_{one}")}
    return {**old, f"default_{kind}": names[0]}


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
    scoped = asked.campaigns or asked.channels or asked.audiences or asked.creatives or asked.has("together") or _names_all(asked)
    scoped = scoped or (asked.dimension and (campaign or asked.dimension == "channel"))
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
    return any(words[i + 1 : i + 2] == ["campaigns"] or words[i + 1 : i + 2] == ["channels"] for i, word in enumerate(words) if word == "all")


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
