"""Names of the account in a message: campaigns, channels, audiences, creatives; whole, in part, mistyped, or by another word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from src.models.deterministic.language import Token, edit_distance, phrases, slack
from src.models.deterministic.lexicon import AUDIENCE_ALIASES, AUDIENCE_NOUNS, CHANNEL_ALIASES, COMMON, KNOWN
from src.models.deterministic.overview import Campaign, Overview
from src.models.deterministic.quarantine import shown

Kind = Literal["campaign", "channel", "audience", "creative"]
_PARTS = re.compile(r"[^\W_]+")
_BEFORE_NAMES = frozenset(
    phrases(
        "for, in, on, of, to, from, vs, versus, and, or, between, why, do, be, about, into, with, campaign, than, campaigns, against, only, touch"
    )
)
_AFTER_NO_NAME = frozenset(
    phrases("rul, guidelin, polic, policy, saf, guid, voic, tone, complianc, check, awareness, customer, user, visitor, target, budget")
)
_CREATIVE_NOUNS = frozenset(phrases("creativ, variant, ad, version, headlin, banner"))
_CAMPAIGN_WORDS = frozenset(
    phrases("brand, generic, shopping, launch, prospecting, retargeting, sale, summer, winter, spring, autumn, product")
)
_PAIRING = frozenset({"or", "vs", "versus", "and", "than", "against", "beat", "to"})


class Mention(NamedTuple):
    kind: Kind
    name: str
    start: int
    """Index of its first token."""
    end: int


@dataclass(frozen=True, slots=True)
class Named:
    """The names in a message, in the order in which they stand there."""

    mentions: tuple[Mention, ...] = ()
    unclear: tuple[str, ...] = ()
    """Campaigns between which a shortened name leaves the choice."""
    unknown: str = ""
    """What is called a campaign and is none of the account."""

    def of(self, kind: Kind) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.name for one in self.mentions if one.kind == kind))

    @property
    def taken(self) -> frozenset[int]:
        return frozenset(i for one in self.mentions for i in range(one.start, one.end))


def name_words(overview: Overview) -> frozenset[str]:
    """The words of the account's names: what is one of them was not mistyped."""
    names = [*(one.name for one in overview.campaigns), *overview.channels, *overview.audiences, *(one[1] for one in overview.creatives)]
    return frozenset(part for name in names for part in parts_of(name))


@lru_cache(maxsize=4_096)
def parts_of(name: str) -> tuple[str, ...]:
    return tuple(_PARTS.findall(shown(name).lower()))


def find_names(given: tuple[Token, ...], overview: Overview, text: str = "", quoted: tuple[str, ...] = ()) -> Named:
    """All names; the longest first, and no word for two of them. `text` is the message as written: only there `A` differs from `a`."""
    found: list[Mention] = []
    several = _several_creatives(given, overview)
    initials = frozenset(token.text[0] for token in given)
    for kind, name, parts in _candidates(overview.campaigns, overview.creatives, overview.channels, overview.audiences):
        if parts[0][0] not in initials:
            continue
        taken = frozenset(i for one in found for i in range(one.start, one.end))
        found.extend(one for one in _whole(given, kind, name, parts, taken) if several or _letter_meant(given, one, text))
    found.extend(_creatives_by_headline(quoted, overview))
    shortened, unclear = _shortened(given, overview, found)
    found.extend(shortened)
    taken = frozenset(i for one in found for i in range(one.start, one.end))
    found.extend(_aliases(given, overview, taken))
    found.extend(_lettered(given, overview, found, text))
    merged = tuple(sorted(_merged(found), key=lambda one: one.start))
    return Named(merged, unclear, "" if unclear or any(one.kind == "campaign" for one in merged) else _unknown(given, merged))


@lru_cache(maxsize=64)
def _candidates(
    campaigns: tuple[Campaign, ...], creatives: tuple[tuple[str, str, str], ...], channels: tuple[str, ...], audiences: tuple[str, ...]
) -> tuple[tuple[Kind, str, tuple[str, ...]], ...]:
    """Kind, name and words of all that can be named, the longest first."""
    found: list[tuple[Kind, str, tuple[str, ...]]] = [("campaign", one.name, parts_of(one.name)) for one in campaigns]
    found += [("creative", one, parts_of(one)) for one in dict.fromkeys(one[1] for one in creatives)]
    found += [("creative", name, parts) for _, name, headline in creatives if len(parts := parts_of(headline)) > 2]
    found += [("channel", one, parts_of(one)) for one in channels]
    found += [("audience", one, parts_of(one)) for one in audiences]
    return tuple(sorted((one for one in found if one[2]), key=lambda one: -len(one[2])))


def _several_creatives(given: tuple[Token, ...], overview: Overview) -> bool:
    """Whether several creatives are named in full: beside `boots b`, the `a` of `boots a` is no article."""
    if not any(len(token.text) == 1 for token in given):
        return False
    names = {parts: name for _, name, _ in overview.creatives if len(parts := parts_of(name)) > 1}
    return len({name for parts, name in names.items() if next(_whole(given, "creative", name, parts, frozenset()), None)}) > 1


def _whole(given: tuple[Token, ...], kind: Kind, name: str, parts: tuple[str, ...], taken: frozenset[int]) -> Iterator[Mention]:
    for start in range(len(given) - len(parts) + 1):
        if given[start].text[0] != parts[0][0]:
            continue
        span = range(start, start + len(parts))
        if not taken.isdisjoint(span) or not all(_same(given[i].text, part) for i, part in zip(span, parts, strict=True)):
            continue
        if len(parts) > 1 or _meant(given, start, kind, name):
            yield Mention(kind, name, start, span.stop)


def _same(word: str, part: str) -> bool:
    word = word.removesuffix("'s")
    if word == part or (len(part) > 2 and word == f"{part}s"):
        return True
    if word[0] != part[0] or word in KNOWN:
        return False
    most = min(slack(part), slack(word))
    return most > 0 and edit_distance(word, part, most) <= most


def _meant(given: tuple[Token, ...], at: int, kind: Kind, name: str) -> bool:
    """Whether one word is the name it looks like: `new` is an audience only beside a word for people, `A` a creative beside `ad`."""
    word, after, before = given[at].text, given[at + 1 : at + 2], given[max(0, at - 1) : at]
    beside = {token.lemma for token in (*before, *after)}
    if kind == "audience" and word in COMMON | {"new", "returning", "repeat", "existing", "loyal"}:
        near = {token.lemma for token in given[max(0, at - 2) : at + 3]}
        other = any(token.text in {"returning", "new"} and token.text != word for token in given)
        return bool(near & AUDIENCE_NOUNS) or other or word == "returning"
    if kind == "creative" and word in KNOWN:
        return bool(beside & _CREATIVE_NOUNS)
    if kind == "channel" and name == "display":
        return not (at == 0 and after and after[0].lemma not in {"campaign", "ad", "channel"}) and not (
            after and after[0].text in {"me", "us", "the"}
        )
    return not (kind == "campaign" and word in KNOWN) or _names_campaign(given, at, at + 1)


def _letter_meant(given: tuple[Token, ...], mention: Mention, text: str) -> bool:
    """Whether a creative's letter is one: `Brand A` and `brand creative a` are, `is Brand a success` is not."""
    last = given[mention.end - 1]
    plain = len(last.text) > 1 or (last.text != "a" and mention.end - mention.start > 1)
    return mention.kind != "creative" or plain or _is_letter(given, mention.end - 1, text)


def _is_letter(given: tuple[Token, ...], at: int, text: str) -> bool:
    near = {token.lemma for token in given[max(0, at - 3) : at]}
    after = given[at + 1].lemma if at + 1 < len(given) else ""
    paired = after in _PAIRING and at + 2 < len(given) and len(given[at + 2].text) == 1
    return paired or bool(near & _CREATIVE_NOUNS and given[at].text != "a") or text[given[at].start : given[at].end].isupper()


def _lettered(given: tuple[Token, ...], overview: Overview, found: list[Mention], text: str) -> Iterator[Mention]:
    """`creative A`, `A against B`: creatives called by their last letter, of the campaigns that the message names."""
    campaigns = {one.name for one in found if one.kind == "campaign"}
    taken = frozenset(i for one in found for i in range(one.start, one.end))
    letters = [at for at, token in enumerate(given) if at not in taken and len(token.text) == 1 and token.text in "abcdef"]
    spoken_of = len(letters) > 1 or any(token.lemma in _CREATIVE_NOUNS for token in given)
    for at in letters:
        if (
            not spoken_of
            or (at == 0 and len(letters) == 1)
            or not _is_letter(given, at, text)
            and not (at and len(given[at - 1].text) and given[at - 1].lemma in _PAIRING)
        ):
            continue
        for campaign, name, _ in overview.creatives:
            if campaign in campaigns and parts_of(name)[-1:] == (given[at].text,):
                yield Mention("creative", name, at, at + 1)


def _names_campaign(given: tuple[Token, ...], start: int, end: int) -> bool:
    after = given[end].lemma if end < len(given) else ""
    before = given[start - 1].lemma if start else ""
    if after == "campaign":
        return True
    return after not in _AFTER_NO_NAME and (before in _BEFORE_NAMES or (before in {"the", "our"} and after in {"", "do"}))


def _creatives_by_headline(quoted: tuple[str, ...], overview: Overview) -> Iterator[Mention]:
    for text in quoted:
        for _, creative, headline in overview.creatives:
            if headline and headline.strip().lower() == text.strip().lower():
                yield Mention("creative", creative, 0, 0)


def _aliases(given: tuple[Token, ...], overview: Overview, taken: frozenset[int]) -> Iterator[Mention]:
    groups: tuple[tuple[Kind, tuple[str, ...], dict[str, tuple[str, ...]]], ...] = (
        ("channel", overview.channels, CHANNEL_ALIASES),
        ("audience", overview.audiences, AUDIENCE_ALIASES),
    )
    for kind, names, aliases in groups:
        for name in names:
            for alias in aliases.get(name, ()):
                found = _whole_words(given, alias.split(), taken)
                yield from (Mention(kind, name, *span) for span in found if kind == "channel" or _meant(given, span[0], kind, name))


def _whole_words(given: tuple[Token, ...], parts: list[str], taken: frozenset[int]) -> Iterator[tuple[int, int]]:
    for start in range(len(given) - len(parts) + 1):
        end = start + len(parts)
        if given[start].text == parts[0] and taken.isdisjoint(range(start, end)) and [token.text for token in given[start:end]] == parts:
            yield start, end


def _shortened(given: tuple[Token, ...], overview: Overview, found: list[Mention]) -> tuple[list[Mention], tuple[str, ...]]:
    """Parts of campaign names: `the brand campaign`, where one campaign alone has that word."""
    campaigns = [(one.name, frozenset(parts_of(one.name))) for one in overview.campaigns]
    known = frozenset(part for _, parts in campaigns for part in parts) - {"campaign", "the", "and", "of", "a", "for", "in", "on"}
    hard = frozenset(i for one in found if one.kind in ("campaign", "creative") for i in range(one.start, one.end))
    soft = {i for one in found if one.kind in ("channel", "audience") for i in range(one.start, one.end)}
    mentions: list[Mention] = []
    unclear: tuple[str, ...] = ()
    for start, end, run in _runs(given, known, hard):
        names = tuple(name for name, parts in campaigns if frozenset(run) <= parts)
        if not names or set(range(start, end)) <= soft:
            continue
        if all(word in KNOWN for word in run) and not _names_campaign(given, start, end):
            continue
        if len(names) == 1:
            mentions.append(Mention("campaign", names[0], start, end))
        else:
            unclear = unclear or names
    return mentions, unclear


def _unknown(given: tuple[Token, ...], found: tuple[Mention, ...]) -> str:
    """`the brand campaign`, where no campaign has that word in its name."""
    taken = {i for one in found for i in range(one.start, one.end)}
    for i in range(2, len(given)):
        word = given[i - 1].text
        named = given[i].text == "campaign" and i - 1 not in taken and given[i - 2].text in {"the", "our", "my"}
        if named and (word not in KNOWN or word in _CAMPAIGN_WORDS):
            return word
    return ""


_BEFORE_UNKNOWN = frozenset({"for", "of", "do", "have"})
_AFTER_UNKNOWN = frozenset(
    {
        "in",
        "from",
        "since",
        "during",
        "over",
        "last",
        "past",
        "between",
        "on",
        "until",
        "get",
        "have",
        "for",
        "bring",
        "this",
        "the",
        "please",
        "and",
    }
)
_NO_NOUN = ("ing", "ly", "ed")
_ASKED_FOR = frozenset({"which", "what", "each", "every", "best", "worst"})
_LONGEST_UNKNOWN = 4
_SHORT_WORD = 6
"""Up to so many letters a word that is near to a plain one may be another: `radio` is not a mistyped `ratio`."""
_NO_NAME = frozenset(
    phrases(
        "me, us, you, them, everything, everyone, everybody, anyone, boss, client, team, report, meeting, everyday, interest, details, purposes, now, good, "
        "fun, starters, reference, context, instance, comparison, yourself, free, granted, roughly, exactly"
    )
)


def unknown_name(given: tuple[Token, ...], text: str, taken: frozenset[int]) -> str:
    """What stands where a campaign's name would and is none: `Billboard Berlin` in "ROAS of Billboard Berlin in May"; empty where nothing does.

    Capitals tell a name where the message has any; `taken` are the tokens that mean something else.
    """
    cased = any(text[token.start : token.end][:1].isupper() for token in given[1:])
    for start in range(1, len(given)):
        end = start
        while end < len(given) and end - start < _LONGEST_UNKNOWN and _could_name(given, end, text, taken, cased=cased, first=end == start):
            end += 1
        words = given[start:end]
        before, after = given[start - 1], given[end].lemma if end < len(given) else ""
        placed = before.lemma in _BEFORE_UNKNOWN or (before.lemma == "campaign" and not _ASKED_FOR & {one.lemma for one in given[:start]})
        placed = after == "campaign" or placed and (cased or _ends_there(given, end, text))
        if words and placed and any(_is_unknown(token) for token in words) and (cased or not words[0].text.endswith(_NO_NOUN)):
            return text[words[0].start : words[-1].end]
    return ""


def _ends_there(given: tuple[Token, ...], end: int, text: str) -> bool:
    """Whether a name may end before this token: at a preposition, a date, a mark, or the end."""
    if end >= len(given) or text[given[end - 1].end : given[end].start].strip():
        return True
    return given[end].lemma in _AFTER_UNKNOWN or given[end].text[0].isdigit()


def _could_name(given: tuple[Token, ...], at: int, text: str, taken: frozenset[int], *, cased: bool, first: bool) -> bool:
    token = given[at]
    if at in taken or not token.text.isalpha() or len(token.text) < 3 or token.text in _NO_NAME or token.lemma == "campaign":
        return False
    if not first and text[given[at - 1].end : token.start].strip(" -_"):
        return False
    return text[token.start].isupper() if cased else _is_unknown(token)


def _is_unknown(token: Token) -> bool:
    if token.text in KNOWN:
        return False
    slipped = len(token.mended) != len(token.text) or sorted(token.mended) == sorted(token.text) or len(token.text) > _SHORT_WORD
    return token.mended == token.text or (token.mended in COMMON and not slipped)


def _runs(given: tuple[Token, ...], known: frozenset[str], hard: frozenset[int]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    start: int | None = None
    run: list[str] = []
    for i in range(len(given) + 1):
        part = _part(given[i].text, known) if i < len(given) and i not in hard else None
        if part is not None:
            start = i if start is None else start
            run.append(part)
        elif start is not None:
            yield start, i, tuple(run)
            start, run = None, []


def _part(word: str, known: frozenset[str]) -> str | None:
    word = word.removesuffix("'s")
    if word in known:
        return word
    return next((part for part in known if len(part) > 3 and _same(word, part)), None)


def _merged(found: list[Mention]) -> list[Mention]:
    """Without the channel and audience mentions inside a campaign's mention."""
    covered = frozenset(i for one in found if one.kind == "campaign" for i in range(one.start, one.end))
    return [one for one in found if one.kind in ("campaign", "creative") or covered.isdisjoint(range(one.start, one.end))]
