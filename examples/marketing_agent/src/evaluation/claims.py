"""Whether every number of an answer is one that the tools gave: claims recomputed from their sources, numbers that nothing covers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from src.domain import Claim
from src.evaluation.evidence import FRACTIONS, Evidence

_NUMBER = re.compile(
    r"(?<![\w.,:/#])(?<![^\W\d_]-)(?P<sign>[-+−]?)(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<decimals>\.\d+)?(?P<percent>\s?%)?(?=(?P<after>.{0,40}))",
    re.DOTALL,
)
"""A number by itself, not the digits of a word such as `SKU-4711`."""
_NO_CLAIMS = re.compile(r"\d{4}-\d{2}(?:-\d{2})?(?:T[\d:]+)?|\d{4}-W\d{1,2}|\b95 ?% (?:confidence )?(?:interval|CI)|\bp ?[<>] ?0?\.05\b")
"""Dates, months, weeks, and the two constants that name a convention."""
_COUNTED = re.compile(r"[ -](?:day|week|month|campaign|channel|audience|creative|group|row|lead|date|headline)s?\b")
_ORDINAL_OR_WORD = re.compile(r"[a-wyzA-WYZ_]|x\w")
"""What follows a number that is part of a word: `3rd`, `7d`; but `3.4x` is a factor."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as an answer shows it; `decimals` digits after the point say how exact it means to be."""

    text: str
    value: float
    decimals: int
    is_signed: bool
    is_percent: bool
    is_count: bool

    def shows(self, true: float) -> bool:
        """Whether it is `true`, rounded to the digits shown; without a sign it may stand for a fall ("fell by 12 %")."""
        true = true if self.is_signed else abs(true)
        return abs(self.value - true) <= 0.5 * 10.0**-self.decimals * (1 + 1e-6) + 1e-12 * abs(true)


@dataclass(frozen=True, slots=True)
class Grounding:
    """`total` numbers and claims need evidence, `grounded` of them have it; `problems` says in words what is wrong with the others."""

    total: int
    grounded: int
    problems: tuple[str, ...]


def numbers_of(text: str, names: Sequence[str] = ()) -> tuple[Number, ...]:
    """The numbers of `text` that claim something: no dates, none within the given names or quotations."""
    for name in names:
        if name in text:
            text = text.replace(name, " " * len(name))
    return tuple(_numbers(_NO_CLAIMS.sub(lambda found: " " * len(found[0]), text)))


def check_numbers(answer: str, claims: Sequence[Claim], evidence: Evidence) -> Grounding:
    """Recompute `claims` and look up every number of `answer` in them.

    Without a claim may stand what the user or a warning said, and counts of listed things and of days.
    """
    true_values: list[tuple[Claim, float]] = []
    problems: list[str] = []
    for claim in claims:
        try:
            true_values.append((claim, recomputed(claim, evidence)))
        except ClaimWrong as wrong:
            problems.append(str(wrong))
    said = tuple(number.value for text in evidence.said_texts() for number in numbers_of(text))
    numbers = numbers_of(answer, evidence.names)
    uncovered = [number for number in numbers if not _is_covered(number, true_values, said, evidence)]
    problems += [f"the number {number.text} of the answer has no source: nothing that was found gives it" for number in uncovered]
    total = len(numbers) + len(claims)
    return Grounding(total, total - len(problems), tuple(problems))


class ClaimWrong(Exception):
    """A claim whose source is missing or gives another number; the text says which."""


def recomputed(claim: Claim, evidence: Evidence) -> float:
    """The number that the claim's source gives, in the claim's unit. Raises `ClaimWrong`."""
    try:
        true = evidence.number(claim.source)
    except KeyError:
        raise ClaimWrong(f"the claim {claim.label!r} has no source: {claim.source!r} gives no number") from None
    candidates = [true * 100, true] if claim.unit == "%" and _is_fraction(claim.source) else [true]
    for candidate in candidates:
        if _agree(claim.value, candidate):
            return candidate
    raise ClaimWrong(f"the claim {claim.label!r} says {claim.value:g} {claim.unit}, but {claim.source} is {candidates[0]:g}")


def _is_fraction(source: str) -> bool:
    return source.startswith(("change(", "ratio(")) or not FRACTIONS.isdisjoint(source.split("."))


def _agree(said: float, true: float) -> bool:
    """Equal, or `true` rounded to the digits that `said` has: language models round what they copy."""
    decimals = len(f"{said:.12f}".rstrip("0").partition(".")[2])
    return abs(said - true) <= max(0.5 * 10.0**-decimals if decimals else 0.0, 1e-6 * max(1.0, abs(true)))


def _is_covered(number: Number, claims: Sequence[tuple[Claim, float]], said: Sequence[float], evidence: Evidence) -> bool:
    if any(number.shows(true) for claim, true in claims if not number.is_percent or claim.unit == "%"):
        return True
    if abs(number.value) in map(abs, said):
        return True
    return number.is_count and number.value in evidence.counts


def _numbers(text: str) -> Iterator[Number]:
    for found in _NUMBER.finditer(text):
        sign, digits, decimals, percent, after = found.group("sign", "digits", "decimals", "percent", "after")
        if _ORDINAL_OR_WORD.match(after) and not percent:
            continue
        value = float(digits.replace(",", "") + (decimals or ""))
        yield Number(
            text=found[0],
            value=-value if sign in ("-", "−") else value,
            decimals=len(decimals or ".") - 1,
            is_signed=bool(sign),
            is_percent=bool(percent),
            is_count=not decimals and not percent and _COUNTED.match(after) is not None,
        )
