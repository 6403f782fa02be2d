"""By what a question wants its figures grouped."""

from __future__ import annotations

from src.models.deterministic.language import Found
from src.models.deterministic.lexicon import DIMENSION_WORDS

_BY = frozenset(
    {
        "by",
        "per",
        "each",
        "every",
        "across",
        "over",
        "between",
        "which",
        "what",
        "all",
        "of",
        "top",
        "among",
        "for",
        "any",
        "the",
        "our",
        "rank",
    }
)
_TIME = ("date", "week", "month")


def dimension_of(lemmas: tuple[str, ...], named: frozenset[int], measured: frozenset[int], cues: frozenset[str]) -> str | None:
    """The groups that are asked for. `which week` is one, `last week` is a period; `campaign Boots` and `all campaigns together` are none."""
    found = []
    taken = named | measured
    for one in DIMENSION_WORDS.find(lemmas, taken):
        before = lemmas[one.start - 1] if one.start else ""
        further = lemmas[one.start - 2] if one.start > 1 else ""
        after = lemmas[one.end] if one.end < len(lemmas) else ""
        if lemmas[one.start] == "ad" and (one.start - 1 in taken or after in ("platform", "spend", "copy", "text", "account")):
            continue
        if one.meaning in _TIME:
            daily = lemmas[one.start] in ("daily", "weekly", "monthly") or one.end - one.start > 1
            if (
                not daily
                and before not in ("by", "per", "each", "every", "which", "what", "worst", "best")
                and further not in ("which", "what")
            ):
                continue
            average = "averag" in lemmas or lemmas[one.start] != "daily"
            if "per_day" in cues and one.meaning == "date" and average and before not in ("which", "what", "by"):
                continue
        elif (
            not _is_grouped(lemmas, one, named, cues)
            or before in ("this", "that")
            or (before in ("the", "a", "our") and further not in _BY and not cues & _GROUPING)
        ):
            continue
        found.append((before in _SURELY_BY, one.meaning))
    return next((meaning for sure, meaning in found if sure), found[0][1] if found else None)


_SURELY_BY = ("by", "per", "each", "every", "which", "what", "across", "between", "among")
_RANKING = frozenset({"best", "worst", "high", "low", "compare", "target", "pause"})


def _is_grouped(lemmas: tuple[str, ...], one: Found, named: frozenset[int], cues: frozenset[str]) -> bool:
    """Whether a word such as `campaigns` asks for groups: not as a part of a name, and not where all of them are meant together."""
    before = lemmas[one.start - 1] if one.start else ""
    if before in _SURELY_BY or "which" in lemmas[max(0, one.start - 4) : one.start]:
        return True
    if cues & _RANKING:
        return True
    beside_name = one.start - 1 in named or one.end in named
    return not (beside_name or before in ("all", "whole", "entir") or "together" in cues)


_GROUPING = frozenset({"best", "worst", "high", "low", "compare", "which", "target", "count"})
