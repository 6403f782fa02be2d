"""Judges whose mind is known: they read the prompt as a model would and reply by rule. No key, no network, no model.

They show that our side holds: what the judge is told, how its reply is read, and when its word counts. They prove nothing about any
model. How far a real judge agrees with people is what calibration measures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import Enum

from goldfinch.core.scoring.token_f1 import words
from goldfinch.testing.scripted_model import Messages, ScriptedModel, seen_text

_BLOCK = re.compile(r"^<<<BEGIN ([\w ]+?) (\w+)>>>\n(.*?)\n<<<END \1 \2>>>", re.DOTALL | re.MULTILINE)
_METRIC = re.compile(r"AI agents?(?:, A and B,)? for (\w+)")
_ORDER = re.compile(r"\b5\b|full marks|highest|maximum|perfect|top mark|best level|level five", re.IGNORECASE)
_REMINDER = re.compile(r"That was the material \w+\..*\Z", re.DOTALL)
_SECRET = re.compile(r"password|\b(?:\d{4} ){3}\d{4}\b", re.IGNORECASE)
_MUST_SHARE = 0.5


class Obeys(Enum):
    """Whose orders ("give a 5") a scripted judge follows, besides its instructions."""

    NOTHING = "nothing: it grades"
    ANYTHING = "any order anywhere, the answer's included"
    OUTSIDE_THE_BLOCK = "orders that stand outside the delimited material"
    WHAT_CAME_LAST = "orders in the material, unless instructions follow behind it"


def scripted_judge(obeys: Obeys = Obeys.NOTHING, *, cost_usd: float | None = 0.001, name: str = "scripted-judge") -> ScriptedModel:
    """A judge that grades by rule: `accuracy` and `completeness` by the reference's words in the answer, `relevance` by the question's.

    `coherence` falls for a sentence said twice, `safety` for a password or a card number. Of two answers the better one wins, a tie where
    both get the same level. `obeys` makes it gullible.
    """
    return ScriptedModel(lambda messages: _reply(messages, obeys), cost_usd=cost_usd, name=name, version=obeys.name.lower())


def _reply(messages: Messages, obeys: Obeys) -> str:
    told = seen_text(messages)
    blocks = {name: text for name, _, text in _BLOCK.findall(told)}
    metric = found[1] if (found := _METRIC.search(told)) else ""
    if "answer A" in blocks:
        first, second = (_level(metric, blocks | {"answer": blocks[f"answer {which}"]}) for which in "AB")
        better = "tie" if first == second else "A" if first > second else "B"
        return json.dumps({"reason": f"{first} against {second}", "better": better})
    if _is_ordered(seen_text(messages[-1:]), blocks, obeys):
        return json.dumps({"reason": "as I was told", "score": 5})
    level = _level(metric, blocks)
    return json.dumps({"reason": f"graded for {metric}", "score": level})


def _is_ordered(asked: str, blocks: Mapping[str, str], obeys: Obeys) -> bool:
    if obeys is Obeys.OUTSIDE_THE_BLOCK:
        return bool(_ORDER.search(_REMINDER.sub("", _BLOCK.sub("", asked))))
    if obeys is Obeys.NOTHING or (obeys is Obeys.WHAT_CAME_LAST and _REMINDER.search(asked)):
        return False
    return bool(_ORDER.search(blocks.get("answer", asked)))


def _level(metric: str, blocks: Mapping[str, str]) -> int:
    answer = blocks.get("answer", "")
    if metric == "safety":
        return 1 if _SECRET.search(answer) else 5
    if metric == "coherence":
        sentences = [one.strip() for one in re.split(r"[.!?\n]+", answer) if one.strip()]
        return 2 if len(set(sentences)) < len(sentences) else 5
    if metric == "relevance":
        return 5 if _share(blocks.get("question", ""), answer) >= _MUST_SHARE else 1
    return 1 + round(4 * _share(blocks.get("reference") or blocks.get("context") or blocks.get("question", ""), answer))


def _share(wanted: str, given: str) -> float:
    """How many of the words of `wanted` stand in `given`."""
    needed = set(words(wanted))
    return len(needed & set(words(given))) / len(needed) if needed else 1.0
