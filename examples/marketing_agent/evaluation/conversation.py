"""A case as the turns that its user takes, and the turns of an agent as the output that Goldfinch reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from src.domain import TokenUsage

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn of the agent gave. `messages` are in OpenAI's format: the question, each tool call with its result, the answer."""

    messages: Sequence[Message]
    usage: TokenUsage
    model: str
    latency_ms: float


def user_turns(case_id: str, asked: Any) -> tuple[str, ...]:
    """What the user says, turn by turn: a text is one turn, a list of messages as many as it has messages of the user.

    Raises `ValueError` for any other input: the case is wrong, not the agent.
    """
    if isinstance(asked, str):
        return (asked,)
    if isinstance(asked, Sequence) and asked and all(map(_is_of_user, asked)):
        return tuple(message["content"] for message in asked)
    raise ValueError(f"case {case_id}: input must be a text, or a list of messages {{role: user, content: text}}")


def session_of(case_id: str, trial: int, seed: int | None) -> str:
    """The same for the same trial of a case in every run, because a release that errs by chance draws from it."""
    return f"eval-{case_id[:96]}-{trial}" if seed is None else f"eval-{case_id[:96]}-{trial}-{seed}"


def output_of(turns: Sequence[Turn]) -> dict[str, Any]:
    """What Goldfinch reads: the last answer is judged; trajectory, tokens and time are those of all turns."""
    usage = sum((turn.usage for turn in turns), TokenUsage())
    return {
        "messages": [message for turn in turns for message in turn.messages],
        "model": turns[-1].model or None,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "latency_ms": sum(turn.latency_ms for turn in turns),
    }


def _is_of_user(message: object) -> bool:
    return isinstance(message, Mapping) and message.get("role") == "user" and isinstance(message.get("content"), str)
