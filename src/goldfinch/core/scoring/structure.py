"""The answer is whole and well-formed: not cut off, nothing doubled or left open, in the form that was asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.answer import NoJson, answer_json, answer_text
from goldfinch.core.scoring.asked import question_text
from goldfinch.core.scoring.score import Score
from goldfinch.core.scoring.terms import MOST_WORDS, sentences, words

_PENALTY = 0.25
_READ = 10 * MOST_WORDS
"""Characters that are looked at."""
_DOUBLED_PUNCTUATION = re.compile(r"[,;:][ \t]{0,5}[,;:.?!](?![)\d/])")
_DOUBLED_WORD = re.compile(
    r"\b(a|an|the|and|or|of|at|by|for|with|to|from|in|is|are|was|be|which|because|if|as|than|my|your|his)[ \t]+\1\b", re.I
)
_PLACEHOLDER = re.compile(
    r"\{\{[^{}\n]{0,80}\}\}|\[(?:insert|your|todo)\b[^\]\n]{0,80}\]|<(?:insert|your)[ _-][^>\n]{0,80}>|\blorem ipsum\b", re.I
)
_BROKEN = re.compile(r"�|</?s>|<\|[a-z_]{2,30}\|>|<unk>|\[/?INST\]", re.I)
_OPEN_ENDS = "a an the and or but of at by for with to from in on is are was be that which because if as than my your his her"
_LAST_WORDS = frozenset(_OPEN_ENDS.split())
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (form, re.compile(pattern, re.IGNORECASE))
    for form, pattern in (
        (
            "JSON",
            r"\b(?:as|in|valid|only|return|output|respond with|a) json\b(?! (?:file|parser|schema))|\bjson (?:object|array|only|format)\b",
        ),
        ("a list", r"\b(?:bullet(?:ed)? (?:list|points?)|as a (?:numbered |bulleted )?list|numbered list)\b"),
        ("a table", r"\b(?:as|in) a (?:markdown )?table\b"),
        ("one word", r"\b(?:in|with|only) (?:one|a single|1) word\b"),
        ("one sentence", r"\b(?:in|with|only) (?:one|a single|1) sentence\b"),
        ("yes or no", r"\b(?:yes or no|yes/no)\b(?: only)?[.?!]?\s*$"),
    )
)
_ITEM = re.compile(r"^\s{0,20}(?:[-*•+]|\d{1,3}[.)])\s", re.MULTILINE)
_ROW = re.compile(r"^\s{0,20}\|.{0,2000}\|\s{0,20}$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """1 - 0.25 for each kind of defect, at least 0.

    Defects: cut off (the model stopped at its token limit, or the last sentence ends in a word such as `the`); a bracket or code fence
    left open; doubled punctuation; a word doubled (`the the`); a placeholder or a special token left in; not in the form asked for (JSON,
    list, table, one word, one sentence, yes or no). Does not apply to an empty answer. It lies about poetry, code and deliberate
    fragments, and sees no sentence that is well-formed nonsense. Source: our own.
    """

    version: ClassVar[str] = "1"
    name: str = "structure"

    def score(self, case: Case, output: Output) -> Score | None:
        text = answer_text(output).strip()
        if not text:
            return None
        defects = list(_defects(text[:_READ], output, whole=len(text) <= _READ)) + list(
            _wrong_form(question_text(case, turns=1), text, output)
        )
        if not defects:
            return Score(1.0, "no defect of form")
        return Score(max(0.0, 1 - _PENALTY * len(defects)), "; ".join(defects), {"defects": defects})


def _defects(text: str, output: Output, *, whole: bool) -> Iterator[str]:
    if _is_json(text):
        return
    prose = _without_code(text)
    given = words(prose)
    if output.finish_reason == "length" or (whole and _breaks_off(prose, given)):
        yield "cut off"
    if whole and (open_part := _left_open(text)):
        yield f"{open_part} left open"
    if found := _DOUBLED_PUNCTUATION.search(prose):
        yield f"doubled punctuation {found[0]!r}"
    if found := _DOUBLED_WORD.search(prose):
        yield f"doubled word {found[0]!r}"
    if found := _PLACEHOLDER.search(prose) or _BROKEN.search(text):
        yield f"left in: {found[0]!r}"


def _breaks_off(prose: str, given: list[str]) -> bool:
    return bool(given) and given[-1] in _LAST_WORDS and prose.rstrip()[-1:] not in ".!?\"'”’)]…:"


def _left_open(text: str) -> str:
    if text.count("```") % 2:
        return "a code fence"
    for opening, closing in ("()", "[]", "{}"):
        if text.count(opening) > text.count(closing):
            return f"a bracket {opening}"
    return ""


def _wrong_form(question: str, text: str, output: Output) -> Iterator[str]:
    last = question[-2_000:]
    for form, pattern in _FORMS:
        if pattern.search(last) and not _CHECKS[form](text, output):
            yield f"asked for {form}"


def _has_json(output: Output) -> bool:
    try:
        answer_json(output)
    except NoJson:
        return False
    return True


_CHECKS: Mapping[str, Callable[[str, Output], bool]] = {
    "JSON": lambda text, output: _has_json(output),  # noqa: ARG005 - a table of checks of one shape
    "a list": lambda text, output: bool(_ITEM.search(text)) or _has_json(output),
    "a table": lambda text, _: bool(_ROW.search(text)) or "<table" in text,
    "one word": lambda text, _: len(words(text, 3)) <= 1,
    "one sentence": lambda text, _: len(list(sentences(text[:_READ]))) <= 1,
    "yes or no": lambda text, _: words(text, 1) in (["yes"], ["no"]),
}


def _is_json(text: str) -> bool:
    if text[:1] not in "{[":
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _without_code(text: str) -> str:
    return " ".join(text.split("```")[::2])
