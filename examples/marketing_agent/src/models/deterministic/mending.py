"""What a reply changes when it comes back with problems."""

from __future__ import annotations

import re

from src.models.deterministic.drafting import Call

_UNSOURCED = re.compile(r"\b(?:number|claim|source|unsupported|ungrounded)\b", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")
_STEP = re.compile(r"\b(?:step |s)(\d{1,2})\b", re.IGNORECASE)
_QUOTED = re.compile(r"['\"“‘]([^'\"”’]{3,200})['\"”’]")
_LEAKED = re.compile(r"\b(?:personal|e-?mail|phone|obey|obeyed|injection|ordered|instruction)", re.IGNORECASE)


def mended_plan(calls: tuple[Call, ...], problems: tuple[str, ...]) -> tuple[Call, ...]:
    """Without the steps that validation refused; the overview always stays."""
    refused = {int(number) for problem in problems for number in _STEP.findall(problem)}
    return tuple(call for place, call in enumerate(calls, start=1) if place not in refused or place == 1)


def mended(sentences: list[str], problems: tuple[str, ...]) -> list[str]:
    """Without the sentences that a problem is about: numbers without a source, personal data, obeyed orders. One sentence stays at least."""
    wrong: set[str] = set()
    for problem in problems:
        if _LEAKED.search(problem):
            wrong.update(_QUOTED.findall(problem))
        elif _UNSOURCED.search(problem):
            wrong.update(_NUMBER.findall(problem.split(":")[0]))
    kept = [sentence for sentence in sentences if not any(_stands_in(text, sentence) for text in wrong)]
    return kept or ["I cannot answer that from this data with numbers that can be traced to it."]


def _stands_in(text: str, sentence: str) -> bool:
    return re.search(rf"(?<![\d.,]){re.escape(text)}(?![\d]|[.,]\d)", sentence) is not None
