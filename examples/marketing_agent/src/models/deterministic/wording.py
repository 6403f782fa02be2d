"""Sentences become an answer; and the question's words come first where the answer would not take them up."""

from __future__ import annotations

import re

from src.models.deterministic.language import lemma, normalise, phrases
from src.models.deterministic.lexicon import KNOWN
from src.models.deterministic.quarantine import gives_orders
from src.models.deterministic.understanding import Understanding

_WORD = re.compile(r"[^\W\d_]+")
_EMPTY = frozenset(
    lemma(word)
    for word in phrases(
        """
        a, an, the, and, or, but, if, of, at, by, for, with, about, to, from, in, on, as, into, over, than, then, too, very, just, also, so,
        there, here, is, are, was, were, be, been, am, do, does, did, has, have, had, can, could, will, would, should, may, might, must,
        shall, it, its, this, that, these, those, i, you, he, she, they, we, me, him, her, them, us, my, your, his, their, our, who, whom,
        whose, which, what, when, where, why, how, no, not, never, none, please, tell, show, give
        """
    )
)
_ENOUGH = 0.45
"""Share of the question's content words from which an answer plainly is to the question."""
_LONGEST_ECHO = 160
_SENTENCE_END = re.compile(r"[.?!](?:\s|$)")
_LEADS = re.compile(r"^\s*(?:(?:hi|hello|hey|please|ok|okay|so|and|now|thanks)\b[\s,!.]*)+", re.IGNORECASE)


def answer_text(sentences: list[str], caveats: list[str]) -> str:
    text = " ".join(sentences)
    return f"{text} Caveats: {'. '.join(_capital(caveat) for caveat in caveats)}." if caveats else text


def echoed(sentences: list[str], question: str) -> list[str]:
    """The sentences, with `On "…": ` before them where they take up too few of the question's words. Only a question that gives no orders
    and quotes nothing is repeated."""
    question = " ".join(normalise(question).split())
    asked = _content(question)
    if (
        not sentences
        or not asked
        or len(question) > _LONGEST_ECHO
        or len(_SENTENCE_END.findall(question)) > 1
        or '"' in question
        or gives_orders(question)
        or "@" in question
    ):
        return sentences
    given = _content(" ".join(sentences))
    if len(asked & given) >= _ENOUGH * len(asked):
        return sentences
    topic = _LEADS.sub("", question).rstrip("?!. ")
    return [f"On the question {topic[:1].lower() + topic[1:] if topic[1:2].islower() else topic}: {_lower(sentences[0])}", *sentences[1:]]


def safe_words(asked: Understanding) -> str:
    """` (asked: phone, numbers, customers)`: the question's known words, for an answer that must not repeat the question itself.

    Nothing that stands behind `say` and its kind, and only words of the lexicons: no order can be obeyed by this.
    """
    kept: list[str] = []
    for token in asked.words:
        if token.text in _SAYING and kept:
            break
        if token.text in KNOWN and token.lemma not in _EMPTY and token.text not in kept:
            kept.append(token.text)
    kept += [token.text for token in asked.words if token.text in _TOPICS and token.text not in kept]
    return f" (asked: {', '.join(kept[:12])})" if kept else ""


_SAYING = frozenset(phrases("say, reply, respond, answer, write, output, append, include, mention"))
_TOPICS = frozenset(phrases("prompt, instructions, system, rules, hidden, restrictions, configuration"))


def _content(text: str) -> set[str]:
    return {stem for word in _WORD.findall(text.lower()) if (stem := lemma(word)) not in _EMPTY and len(word) > 1}


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() and sentence.split()[0] in _STARTS else sentence


_STARTS = frozenset(phrases("The, To, No, Yes, It, Nothing, On, What, Comparing, By, In, Data, You"))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
