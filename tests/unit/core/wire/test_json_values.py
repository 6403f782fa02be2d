from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.wire.json_values import clean_text, copy_json


@given(st.text(alphabet=st.characters()))
def test_cleaned_text_can_always_be_written_as_utf8(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert cleaned == text or any("\ud800" <= c <= "\udfff" for c in text)


def test_pairs_are_joined_and_halves_replaced() -> None:
    assert clean_text("\ud83d\ude00 and \ud83d") == "😀 and \ufffd"


def test_a_copy_shares_no_container() -> None:
    value = {"a": [{"b": 1}]}
    copied = copy_json(value)
    copied["a"][0]["b"] = 2
    assert value == {"a": [{"b": 1}]}
