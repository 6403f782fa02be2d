"""The answer in an output, as text and as JSON, and the answers that a case accepts."""

from __future__ import annotations

import json
from typing import Any

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.json_values import parse_json

_FENCE = "```"


class NoJson(ValueError):
    """The answer holds no JSON value; the message says why."""


def answer_text(output: Output) -> str:
    """The answer as text: `text`; else `data`, which is written as JSON unless it is a string; else empty."""
    if output.text is not None:
        return output.text
    if output.data is None:
        return ""
    return output.data if isinstance(output.data, str) else json.dumps(output.data, ensure_ascii=False)


def answer_json(output: Output) -> Any:
    """The answer as JSON: `data`; else the whole text; else the first fenced block of the text that is JSON. Raises `NoJson`."""
    if output.data is not None:
        return output.data
    text = (output.text or "").strip()
    if not text:
        raise NoJson("the answer is empty")
    try:
        return parse_json(text)
    except ValueError as error:
        reason = str(error)
    for block in text.split(_FENCE)[1::2]:
        try:
            return parse_json(_without_language(block))
        except ValueError as error:
            reason = f"in the fenced block: {error}"
    raise NoJson(f"the answer is not JSON ({reason})")


def _without_language(block: str) -> str:
    first, newline, rest = block.partition("\n")
    return rest if newline and first.strip().isalnum() else block


def accepted_answers(case: Case) -> tuple[str, ...]:
    """The answers that `case.expected.answer` accepts, as a tuple; empty where the case states none."""
    answer = case.expected.answer
    if answer is None:
        return ()
    return (answer,) if isinstance(answer, str) else answer
