"""Sentences and caveats become an answer."""

from __future__ import annotations


def answer_text(sentences: list[str], caveats: list[str]) -> str:
    text = " ".join(sentences)
    return f"{text} Caveats: {'. '.join(_capital(caveat) for caveat in caveats)}." if caveats else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
