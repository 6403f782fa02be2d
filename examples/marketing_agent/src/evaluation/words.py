"""Words of questions, answers and warnings, made comparable; which parts of a question an answer speaks to, which warnings it tells."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"\d{4}-\d{2}-\d{2}|\d+(?:[.,]\d+)*|[^\W\d_]+")
_STOP = frozenset(
    _WORD.findall("""
    a about all also an and any are as at be been but by can could did do does for from give had has have how i if in is it its just
    last let many may me more most much my no not now of on or our out over per please provide shall should show so some tell than
    that the their them then there these they this those to too up us was we were what when where whether which who why will with
    would you your
    """)
)
_LONG_NAMES = {
    r"click[- ]?through rates?|click rates?": "ctr",
    r"conversion rates?": "cvr",
    r"costs? per (?:conversion|acquisition|order)": "cpa",
    r"costs? per click": "cpc",
    r"return on ad(?:vertising)? spend": "roas",
    r"\bspen[dt]\w*": "cost",
}
_SPLIT = re.compile(
    r"[?!;\n]+|(?<=[a-z])\.\s+|,? (?:and|then|and then) (?=(?:what|which|why|how|who|when|where|is|are|was|were|did|do|does|should|can|could|"
    r"compare|show|tell|give|list|explain|recommend|propose|suggest|diagnose|check|write)\b)",
    re.IGNORECASE,
)
COVERED_SHARE = 1 / 3
"""Share of a sub-question's words that an answer to it repeats at least; answers begin in the question's words."""
TOLD_SHARE = 0.5
"""Share of a warning's words that a caveat which tells it repeats at least."""


@lru_cache(maxsize=4096)
def content_words(text: str) -> frozenset[str]:
    """Words that carry meaning: lower case, stems of plurals and verbs cut roughly, names of metrics in their short form."""
    lowered = text.lower()
    for long, short in _LONG_NAMES.items():
        lowered = re.sub(long, short, lowered)
    return frozenset(_stem(word) for word in _WORD.findall(lowered) if word not in _STOP)


def sub_questions(question: str) -> tuple[str, ...]:
    """The parts of a question that want an answer each; where parts are questions by their mark, only those."""
    parts = [part.strip(" .,") for part in _SPLIT.split(question)]
    if "?" in question:
        asked = [piece for sentence in re.findall(r"[^?!.\n]*\?", question) for piece in _SPLIT.split(sentence)]
        parts = [part.strip(" .,?") for part in asked]
    return tuple(part for part in parts if content_words(part)) or (question,)


def is_covered(sub_question: str, answer: str) -> bool:
    """Whether `answer` speaks to `sub_question`."""
    asked = content_words(sub_question)
    return bool(answer.strip()) and len(asked & content_words(answer)) >= COVERED_SHARE * len(asked)


def is_told(warning: str, answer: str) -> bool:
    """Whether `answer` tells `warning`, in other words perhaps."""
    if warning in answer:
        return True
    words = content_words(warning)
    return len(words & content_words(answer)) >= TOLD_SHARE * len(words)


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
