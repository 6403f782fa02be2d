from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.domain import TokenUsage
from src.models.replies import UnusableReply, json_object_of, shown, usage_of


@pytest.mark.parametrize("text", ['{"a": 1}', '```json\n{"a": 1}\n```', 'Here you are: {"a": 1} as asked', '{broken {"a": 1}'])
def test_the_first_object_is_found_among_words(text: str) -> None:
    assert json_object_of(text) == {"a": 1}


@pytest.mark.parametrize("text", ["", "no", "[1, 2]", "{", '{"a": '])
def test_a_text_without_an_object_is_unusable(text: str) -> None:
    with pytest.raises(UnusableReply, match="without a JSON object"):
        json_object_of(text)


@given(st.text(alphabet='{}[]",:a1 \n', max_size=200))
def test_any_text_is_read_or_unusable(text: str) -> None:
    try:
        assert isinstance(json_object_of(text), dict)
    except UnusableReply:
        pass


@pytest.mark.parametrize(
    "reply", [{}, {"usage": None}, {"usage": {"input_tokens": 3}}, {"usage": {"input_tokens": -1, "output_tokens": 2}}]
)
def test_nonsense_is_no_count(reply: dict[str, object]) -> None:
    assert usage_of(reply) is None


def test_tokens_are_counted_as_the_reply_says() -> None:
    assert usage_of({"usage": {"input_tokens": 3, "output_tokens": 0}}) == TokenUsage(3, 0)


def test_a_long_text_is_shown_on_one_line_and_cut() -> None:
    assert shown("a\nb  c") == "a b c"
    assert shown("x" * 130) == "x" * 120 + "…"
