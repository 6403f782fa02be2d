"""What is asked about and is not in the data: campaigns that there are not, measures that nobody took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from src.models.deterministic.language import Found, Token, phrases
from src.models.deterministic.names import unknown_name
from src.models.deterministic.quarantine import gives_orders

if TYPE_CHECKING:
    from src.models.deterministic.understanding import Understanding


def unknown_campaign(asked: Understanding, metrics: tuple[Found, ...]) -> str:
    """A name that is asked about and is not of the account; only where nothing of the account is named."""
    about = asked.metrics or asked.any("why", "broken", "health", "summary")
    aliased = {
        i
        for one in asked.named.mentions
        if one.kind == "channel"
        for i in range(one.start, one.end)
        if asked.words[i].text not in asked.overview.channels
    }
    if (
        not about
        or len(aliased) < len(asked.named.taken)
        or asked.named.unclear
        or not asked.overview.campaigns
        or asked.any("copy", "prompt", "takeover")
    ):
        return ""
    if len(asked.quoted) == 1 and len(asked.quoted[0].split()) < 5 and not gives_orders(asked.quoted[0]):
        return asked.quoted[0]
    dated = {i for i, word in enumerate(asked.words) if any(one.at <= word.start < one.stop for one in asked.periods)}
    taken = dated | {i for one in metrics for i in range(one.start, one.end)}
    name = unknown_name(asked.words, asked.text, frozenset(taken))
    return name if len(name.split()) > 1 or not aliased else ""


_MEASURES = frozenset({"rat", "rate", "ratio", "scor", "score", "index", "frequency", "duration"})
_NO_MEASURE = frozenset(
    phrases(
        "the, a, an, this, that, our, what, which, good, high, low, same, better, average, any, growth, daily, of, for, is, was, how, at, in, and, or, rate, first"
    )
)


def unknown_metric(words: tuple[Token, ...], metrics: tuple[Found, ...]) -> str:
    """`video completion rate`: what is called like a measure, where the words are no metric that the data have."""
    known = {i for one in metrics for i in range(one.start, one.end)}
    for at, word in enumerate(words):
        if word.lemma not in _MEASURES or at in known:
            continue
        start = at
        while (
            start
            and at - start < 3
            and words[start - 1].text not in _NO_MEASURE
            and words[start - 1].text.isalpha()
            and start - 1 not in known
        ):
            start -= 1
        if start < at:
            return " ".join(token.text for token in words[start : at + 1])
    return ""
