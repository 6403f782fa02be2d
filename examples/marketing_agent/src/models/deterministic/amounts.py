"""Amounts in a message, and what they bound: a total, a campaign's least or most, a largest change."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from src.models.deterministic.names import Mention, Named

_AMOUNT = re.compile(
    r"(?P<before>[€$£]|eur\b|usd\b|gbp\b)?\s?(?P<number>\d[\d,]*(?:\.\d+)?)\s?(?P<scale>k\b|m\b|thousand\b|million\b)?"
    r"\s?(?P<unit>%|percent\b|per cent\b|€|\$|£|eur\b|euros?\b|usd\b|dollars?\b|gbp\b|pounds?\b|x\b|times\b)?",
    re.IGNORECASE,
)
_DATE_LIKE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOST = re.compile(
    r"(?:at most|no more than|not more than|max(?:imum)?(?: of)?|cap(?:ped)?(?: of| at)?|up to|below|under|limit(?:ed)?(?: of| to| at)?|"
    r"not exceed(?:ing)?|never above|not above|never more than|ceiling of|<=?)\s*(?:it |them )?(?:at |to |of |is |a |be )?$"
    r"|\b(?:never|not|n't|nothing|no)\b[^.;,]{0,40}\b(?:more than|over|above|beyond)\s*$"
    r"|(?:^|[^\w-])(?:cap|caps|limit|limits|restrict|ceiling|maximum|max)\b(?:(?!\btotal\b)[^.;,]){1,48}\b(?:at|to|of|is|by)\s*$",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"(?:at least|no less than|not less than|min(?:imum)?(?: of)?|never below|not below|floor of|never less than|>=?)\s*(?:at |to |of |is |a |be )?$",
    re.IGNORECASE,
)
_WEEKLY, _MONTHLY = (
    re.compile(r"^\s*(?:a|per|each|every|/)\s*week|^\s*weekly", re.IGNORECASE),
    re.compile(r"^\s*(?:a|per|each|every|/)\s*month|^\s*monthly", re.IGNORECASE),
)
_KEEP = re.compile(
    r"\b(?:keep|don't touch|do not touch|not touch|never touch|without touching|leave|leaving|hands off|don't change|do not change|"
    r"not change|never change|without changing|don't move|do not move|untouched|unchanged|as (?:it is|is|they are)|alone|fix(?:ed)?|freeze|frozen|"
    r"except|excluding|exclude|but not|other than|apart from|protect|ring-?fence|stay(?:s)?|off limits|off-limits)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;.!?](?=\s|$)|\b(?:but|while|and then)\b", re.IGNORECASE)
_FOR = re.compile(
    r"\s*(?:(?:a|per|each|every|/)\s*day|daily|of (?:the )?(?:daily )?budget)?\s*(?:for|on|to|into|in|at|towards|onto|behind)\s+(?:(?:the|our|my|campaign)\s+)*[\"'“‘]?",
    re.IGNORECASE,
)
_CURRENCY_BEFORE = re.compile(r"(?:[€$£]|\b(?:eur|usd|gbp|euros?|dollars?))\s*$", re.IGNORECASE)
_CHANGE = re.compile(r"\b(?:change|shift|move|moving|changes|moved|vary|adjust|per campaign|step|swing|any campaign)\b", re.IGNORECASE)
_MULTIPLE = re.compile(r"\b(double|doubling|doubled|twice|triple|tripling|tripled|quadruple|10x|tenfold|halve|half)\b", re.IGNORECASE)
_FACTORS = {"double": 2.0, "doubling": 2.0, "doubled": 2.0, "twice": 2.0, "triple": 3.0, "tripling": 3.0, "tripled": 3.0, "quadruple": 4.0}
_FACTORS |= {"10x": 10.0, "tenfold": 10.0, "halve": 0.5, "half": 0.5}


@dataclass(frozen=True, slots=True)
class Amount:
    value: float
    percent: bool
    money: bool
    """Whether a currency stands at it."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a message wishes of the budget; money per day."""

    total: float | None = None
    limits: dict[str, dict[str, float]] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    max_change: float | None = None
    factor: float | None = None
    """Of the present budget: 2 where it shall be doubled."""
    assumed: tuple[str, ...] = ()


def amounts(text: str, dates: tuple[tuple[int, int], ...] = ()) -> tuple[Amount, ...]:
    """The numbers of a message that belong to no date."""
    spans = [*dates, *(match.span() for match in _DATE_LIKE.finditer(text))]
    found = []
    for match in _AMOUNT.finditer(text):
        start, end = match.start("number"), match.end()
        if any(a < end and start < b for a, b in spans) or (start and text[start - 1].isalpha()):
            continue
        value = float(match["number"].replace(",", "")[:18])
        scale = (match["scale"] or "").lower()
        value *= 1_000 if scale in ("k", "thousand") else 1_000_000 if scale in ("m", "million") else 1
        unit = (match["unit"] or "").lower()
        percent, money = (
            unit.startswith(("%", "per")),
            bool(match["before"] or (unit and unit[0] in "€$£eudgp" and not unit.startswith("per"))),
        )
        found.append(Amount(value, percent, money, start, end))
    return tuple(found)


def wishes(text: str, found: tuple[Amount, ...], named: Named, spans: tuple[tuple[int, int], ...]) -> Wishes:
    """`spans` are the characters of the tokens, by which mentions are found in `text`."""
    places = [(one, spans[one.start][0], spans[one.end - 1][1]) for one in named.mentions if one.kind == "campaign" and one.end > one.start]
    limits: dict[str, dict[str, float]] = {}
    total, max_change, assumed = None, None, []
    for amount in found:
        before, after = _CURRENCY_BEFORE.sub("", text[max(0, amount.start - 80) : amount.start]).rstrip(), text[amount.end :]
        bound = "max" if _MOST.search(f"{before} ") else "min" if _LEAST.search(f"{before} ") else None
        clause = _clause_of(text, amount.start)
        if amount.percent:
            if _CHANGE.search(text[clause[0] : clause[1]]):
                max_change = amount.value / 100
            continue
        owner = _owner(text, amount, places, clause)
        if owner and (bound or _set_for(text, amount, owner)):
            limits.setdefault(owner[0].name, {})[bound or "min"] = amount.value
            continue
        if total is None and (amount.money or amount.value >= 20):
            total, note = _daily(amount.value, after)
            assumed.extend(note)
    multiple = _MULTIPLE.search(text)
    return Wishes(
        total, limits, _kept(text, places, limits), max_change, _FACTORS[multiple[0].lower()] if multiple else None, tuple(assumed)
    )


def _set_for(text: str, amount: Amount, owner: tuple[Mention, int, int]) -> bool:
    """`give Brand 300`, `300 on Brand`: an amount that one campaign shall have."""
    between = text[amount.end : owner[1]] if owner[1] > amount.end else text[owner[2] : amount.start]
    return len(between) < 40 and not re.search(r"\b(?:across|over all|between|among|budget of|total)\b", between, re.IGNORECASE)


def _owner(text: str, amount: Amount, places: list[tuple[Mention, int, int]], clause: tuple[int, int]) -> tuple[Mention, int, int] | None:
    """The campaign that an amount belongs to: `300 for Brand`, else the last one before it; `it` is the one of the clause before."""
    inside = [one for one in places if clause[0] <= one[1] < clause[1]]
    for one in inside:
        if one[1] >= amount.end and _FOR.fullmatch(text[amount.end : one[1]]):
            return one
    before = [one for one in inside if one[2] <= amount.start] or [
        one for one in places if one[2] <= amount.start and re.search(r"\bit\b", text[clause[0] : amount.start], re.IGNORECASE)
    ]
    return before[-1] if before else None


def _clause_of(text: str, at: int) -> tuple[int, int]:
    cuts = [0, *(match.end() for match in _CLAUSE.finditer(text)), len(text)]
    start = max(cut for cut in cuts if cut <= at)
    return start, min((cut for cut in cuts if cut > at), default=len(text))


def _daily(value: float, after: str) -> tuple[float, list[str]]:
    for pattern, days, word in ((_WEEKLY, 7, "week"), (_MONTHLY, 30, "month")):
        if pattern.search(after):
            return value / days, [f"assuming {days} days a {word} for the budget per day"]
    return value, []


def _kept(text: str, places: list[tuple[Mention, int, int]], limits: dict[str, dict[str, float]]) -> tuple[str, ...]:
    kept = []
    for match in _KEEP.finditer(text):
        start, end = _clause_of(text, match.start())
        kept += [one.name for one, at, _ in places if start <= at < end and one.name not in limits]
    return tuple(dict.fromkeys(kept))
