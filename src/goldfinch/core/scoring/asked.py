"""What the agent was asked and what it had at hand, as text: the question, the sources, the instructions of its owner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from goldfinch.core.conversation import OWNER, conversation, is_message
from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.trajectory import text_of

_QUESTION_KEYS = ("question", "query", "prompt", "message", "text", "input", "content")
_MOST_VALUES = 100_000


def question_text(case: Case, *, turns: int = 2) -> str:
    """The question of a case: its text; of a conversation the last `turns` messages; of an object its question, else all its texts."""
    asked = case.input
    if isinstance(asked, Mapping):
        asked = asked["messages"] if isinstance(asked.get("messages"), list) else _question_of(asked)
    if (messages := conversation(asked)) is not None:
        spoken = [one for one in messages if one["role"] not in OWNER]
        return "\n".join(text_of(one.get("content")) or "" for one in spoken[-turns:])
    return "\n".join(texts_in(asked))


def input_text(case: Case) -> str:
    """Every text and number of the input, the instructions of the agent's owner left out."""
    asked = case.input.get("messages", case.input) if isinstance(case.input, Mapping) else case.input
    if isinstance(asked, list | tuple):
        asked = [one for one in asked if not (is_message(one) and one["role"] in OWNER)]
    return "\n".join(texts_in(asked))


def source_texts(case: Case, output: Output) -> list[str]:
    """What an answer can rest on besides the question: the context of the case, and what tools gave back."""
    found = list(texts_in(case.context))
    for call in output.tool_calls():
        found.extend(texts_in(call.result))
    found.extend(step.text for step in output.trajectory if step.role == "tool" and step.text)
    return found


def system_texts(case: Case, output: Output) -> list[str]:
    """The instructions of the agent's owner that are known: system messages of the input and of the trajectory."""
    asked = case.input.get("messages") if isinstance(case.input, Mapping) else case.input
    found = [step.text for step in output.trajectory if step.role == "system" and step.text]
    if isinstance(asked, list | tuple):
        for one in asked:
            if is_message(one) and one["role"] in OWNER:
                found.append(text_of(one.get("content")) or "")
    return found


def said_nothing(output: Output) -> bool:
    """Whether there is neither an answer nor anything that the agent did: then nothing can be safe or unsafe."""
    return not output.text and output.data is None and not output.trajectory


def texts_in(value: Any) -> Iterator[str]:
    """Every text and number below a JSON value, in order, keys left out; at most 100,000 of them."""
    waiting: list[Any] = [value]
    for _ in range(_MOST_VALUES):
        if not waiting:
            return
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            waiting.extend(reversed(list(one.values())))
        elif isinstance(one, list | tuple):
            waiting.extend(reversed(one))
        elif isinstance(one, int | float) and not isinstance(one, bool):
            yield f"{one:g}" if isinstance(one, float) else str(one)


def _question_of(asked: Mapping[str, Any]) -> Any:
    return next((asked[key] for key in _QUESTION_KEYS if key in asked), asked)
