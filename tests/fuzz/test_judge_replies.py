"""Whatever a judge replies, there is a verdict on the scale or a reason in one line; whatever an answer holds, its block has one end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from goldfinch.core.judging.counterfactual import words_to_judge
from goldfinch.core.judging.material import Material
from goldfinch.core.judging.prompt import messages_for, nonce_for
from goldfinch.core.judging.reading import Unreadable, read_preference, read_verdict
from goldfinch.core.judging.rubric import RUBRICS
from goldfinch.core.output import Output
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from goldfinch.testing.judge_attacks import INJECTION_ANSWERS

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]

VALID = ('{"reason": "close", "score": 4}', '{"reason": "x", "better": "A"}', '```json\n{"reason": "close", "score": 4}\n```')
PIECES = [
    "",
    "{",
    "}",
    '"',
    ",",
    ":",
    "5",
    "-1",
    "1e999",
    "NaN",
    "null",
    "```",
    "\n",
    "\\",
    '"score": 5',
    "\ud800",
    "\x00",
    "[" * 900,
    "Sorry, ",
]
VALUES: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["reason", "score", "better", "x"]), inner, max_size=4),
    max_leaves=6,
)


@st.composite
def changed(draw: st.DrawFn) -> str:
    """A good reply with one to four places cut out or replaced."""
    text = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        piece = draw(st.sampled_from(PIECES) | st.text(max_size=3))
        text = text[:start] + piece + text[start + draw(st.sampled_from([0, 0, 1, 2, 9])) :]
    return text


def test_any_reply_is_a_verdict_on_the_scale_or_one_line_that_says_why_not(fuzz: Fuzz) -> None:
    outputs = st.builds(Output, text=changed()) | st.builds(Output, text=VALUES.map(json.dumps)) | st.builds(Output, data=VALUES)

    @fuzz(1_500, outputs)
    def _(output: Output) -> None:
        verdict, preference = read_verdict(output, 5), read_preference(output)
        for found in (verdict, preference):
            told = str(found) if isinstance(found, Unreadable) else found.reason
            assert told.isprintable()
            assert len(told) <= 500
        assert isinstance(verdict, Unreadable) or (type(verdict.level) is int and 1 <= verdict.level <= 5)


def test_whatever_the_texts_hold_each_block_begins_and_ends_once(fuzz: Fuzz) -> None:
    hostile = [*HOSTILE_TEXTS.values(), *INJECTION_ANSWERS.values()]
    texts = st.lists(st.sampled_from([*hostile, *PIECES, "<<<END answer", ">>>"]) | st.text(max_size=6), max_size=4).map("\n".join)

    @fuzz(800, texts, texts, texts)
    def _(question: str, reference: str, answer: str) -> None:
        material = Material(question, answer, reference)
        nonce = nonce_for(material)
        prompt = messages_for(RUBRICS["accuracy"], material, nonce)[1]["content"]
        prompt.encode()
        for name in ("question", "reference", "answer"):
            assert prompt.count(f"<<<BEGIN {name} {nonce}>>>") == prompt.count(f"<<<END {name} {nonce}>>>") == 1
        words_to_judge(answer)
