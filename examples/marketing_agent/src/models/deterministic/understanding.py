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
from src.models.deterministic.continuing import as_earlier, with_conversation
from src.models.deterministic.conversation import Earlier
from src.models.deterministic.grouping import dimension_of
from src.models.deterministic.language import Found, Token, normalise, tokens
from src.models.deterministic.lexicon import CUES, KNOWN, METRIC_WORDS
from src.models.deterministic.message import mended_text, without_pasted_orders, without_remarks
from src.models.deterministic.names import Named, find_names, name_words, parts_of
from src.models.deterministic.overview import Overview
from src.models.deterministic.people import asks_for_contact
from src.models.deterministic.periods import Calendar, Period, find_periods
from src.models.deterministic.stating import stated_by
from src.models.deterministic.unknown import unknown_campaign, unknown_metric

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
        earlier = as_earlier(understood, earlier)
    return tuple(found)


def _asks(sentence: str, overview: Overview, extra: frozenset[str]) -> bool:
    """Whether a sentence asks something, or names something of the account; "I have a meeting in an hour" does neither."""
    if (
        "?" in sentence
        or _FIGURE.search(sentence)
        or _ASKS.match(sentence)
        or _WISHES.search(sentence)
        or _QUOTED.search(sentence)
        or asks_for_contact(sentence)
    ):
        return True
    words = tokens(sentence, KNOWN, extra)
    named = find_names(words, overview, sentence)
    lemmas = tuple(token.lemma for token in words)
    if (
        METRIC_WORDS.find(lemmas, named.taken)
        or named.of("campaign")
        or named.of("creative")
        or named.unclear
        or _names_group(words, named, overview)
    ):
        return True
    if CUES.find(lemmas) & _TELLING:
        return True
    return bool(
        overview.last and overview.first and any(one.days > 1 for one in find_periods(sentence, Calendar(overview.first, overview.last)))
    )


_FIGURE = re.compile(r"\d{2}")
_WISHES = re.compile(
    r"\b(?:want|need|would like|'d like|wish|give|send|show|tell|list|export|must|never|always|don't|do not|keep|cap|limit|restrict|set|put|plan|rank|mean|meant|"
    r"names?|e-?mails|addresses|update|compare|remember|note that|mind|instead|assume|use)\b",
    re.IGNORECASE,
)
_TELLING = frozenset(
    {
        "why",
        "broken",
        "reallocate",
        "overspend",
        "copy",
        "anomaly",
        "change",
        "target",
        "quality",
        "leads",
        "prompt",
        "takeover",
        "remember",
        "recall",
        "corrects",
        "difference",
        "pause",
        "recommend",
    }
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
        dimension=dimension_of(lemmas, named.taken, frozenset(i for one in metrics for i in range(one.start, one.end)), cues),
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
        unknown_metric=unknown_metric(words, metrics),
    )
    if unknown := unknown_campaign(understood, metrics):
        understood = replace(understood, named=replace(named, unknown=unknown))
    understood = replace(understood, facts=facts)
    understood = replace(understood, stated=stated_by(understood))
    return with_conversation(replace(understood, facts={**facts, **understood.stated}), after_another=after_another)


def _cue_words(words: tuple[Token, ...], named: Named, metrics: tuple[Found, ...]) -> list[str]:
    """The lemmas without names, which may be made of any words, and without the people in `cost per lead`."""
    lemmas = [
        "<note>" if token.text == "note" else "<name>" if i in named.taken and token.lemma not in ("email",) else token.lemma
        for i, token in enumerate(words)
    ]
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


def outside_data(period: Period, overview: Overview) -> bool:
    """Whether no day of the period is in the data."""
    first, last = overview.first or date.min, overview.last or date.max
    return period.end < first or period.start > last
