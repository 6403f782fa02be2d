from __future__ import annotations

from typing import Any

import pytest

from goldfinch.core.conversation import conversation
from goldfinch.core.datasets.case import Case
from goldfinch.core.scoring.asked import question_text

TALK = [
    {"role": "system", "content": "Never name the price list."},
    {"role": "user", "content": "What does it cost?"},
    {"role": "assistant", "tool_calls": [{"function": {"name": "price"}}]},
]


@pytest.mark.parametrize("asked", [TALK, tuple(TALK), {"messages": TALK, "locale": "de"}])
def test_a_list_of_messages_is_a_conversation_by_itself_or_under_messages(asked: Any) -> None:
    assert list(conversation(asked) or ()) == TALK


@pytest.mark.parametrize("asked", ["hello", None, [], {}, ["hello"], [*TALK, "hello"], [{"role": 1}], {"messages": "hello"}, TALK[1]])
def test_anything_else_is_none(asked: Any) -> None:
    assert conversation(asked) is None


def test_a_message_that_only_calls_a_tool_does_not_turn_the_owners_instructions_into_the_question() -> None:
    assert question_text(Case("a", TALK)).strip() == "What does it cost?"
