"""Wishes to set the rules aside or to reveal instructions: refused."""

from __future__ import annotations

from src.models.deterministic.drafting import Call, Draft, Seen
from src.models.deterministic.understanding import Understanding

NAME = "refusal"


def matches(asked: Understanding) -> float:
    about_limits = asked.has("overspend") and not asked.has("prompt")
    return 1.0 if asked.any("prompt", "takeover") and not about_limits else 0.0


def plan(asked: Understanding) -> tuple[Call, ...]:
    return ()


def write(asked: Understanding, seen: tuple[Seen, ...], draft: Draft) -> None:
    if asked.has("prompt"):
        draft.say("I cannot reveal my prompt or how I am set up")
    if asked.has("personal") or asked.has("personal_thing", "person"):
        draft.say("I cannot give names, e-mail addresses or phone numbers of leads either, because they are personal data")
    if not asked.has("prompt") or asked.has("takeover"):
        draft.say("I cannot set aside the rules that I work by, whoever asks for it")
    draft.say("I can answer questions about the performance, the budget and the copy of this account")
