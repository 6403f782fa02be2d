"""A case as the turns that its user takes, and a turn of the agent as messages in OpenAI's format.

What Goldfinch reads from the messages: the answer (the last text of the assistant), the tool calls with their results and errors, and the
agent's thoughts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from src.domain import Observation, Result

Message = dict[str, Any]


def user_turns(case_id: str, asked: Any) -> tuple[str, ...]:
    """What the user says, turn by turn: a text is one turn, a list of messages as many as it has messages of the user.

    Raises `ValueError` for any other input: the case is wrong, not the agent.
    """
    if isinstance(asked, str):
        return (asked,)
    if isinstance(asked, Sequence) and asked and all(map(_is_of_user, asked)):
        return tuple(message["content"] for message in asked)
    raise ValueError(f"case {case_id}: input must be a text, or a list of messages {{role: user, content: text}}")


def session_id(case_id: str, trial: int, seed: int | None) -> str:
    """The same for the same trial of a case in every run, because a release that errs by chance draws from it."""
    return f"eval-{case_id}-{trial}" if seed is None else f"eval-{case_id}-{trial}-{seed}"


def turn_messages(number: int, question: str, result: Result) -> list[Message]:
    """One exchange: the question, each tool call with what came back, the answer. Thoughts stand at the message that followed them."""
    messages: list[Message] = [{"role": "user", "content": question}]
    thoughts: list[str] = []
    for step in result.reasoning_steps:
        if step.observation is None:
            thoughts += [step.text] if step.kind != "answer" else []
        else:
            messages += _tool_exchange(f"t{number}-{step.observation.step_id}-{len(messages)}", step.observation, thoughts)
            thoughts = []
    messages.append(_assistant(thoughts) | {"content": result.output})
    return messages


def _is_of_user(message: object) -> bool:
    return isinstance(message, Mapping) and message.get("role") == "user" and isinstance(message.get("content"), str)


def _tool_exchange(call_id: str, seen: Observation, thoughts: Sequence[str]) -> list[Message]:
    call = {"id": call_id, "type": "function", "function": {"name": seen.tool, "arguments": json.dumps(dict(seen.arguments))}}
    came_back: Message = {
        "role": "tool",
        "tool_call_id": call_id,
        "name": seen.tool,
        "content": json.dumps(seen.result, ensure_ascii=False),
    }
    if seen.error is not None:
        came_back |= {"content": seen.error, "error": True}
    return [_assistant(thoughts) | {"content": None, "tool_calls": [call]}, came_back]


def _assistant(thoughts: Sequence[str]) -> Message:
    return {"role": "assistant"} | ({"reasoning_content": "\n".join(thoughts)} if thoughts else {})
