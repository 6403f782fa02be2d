from __future__ import annotations

import json
from pathlib import Path

from src.api.answers import encoded
from src.api.streaming import event, pieces


def test_what_json_has_no_word_for_becomes_null_or_text() -> None:
    assert json.loads(encoded({"nan": float("nan"), "path": Path("a/b")})) == {"nan": None, "path": "a/b"}


def test_half_a_surrogate_pair_of_a_model_does_not_break_the_answer() -> None:
    assert json.loads(encoded({"output": "cut \ud83d"})) == {"output": "cut ?"}


def test_an_event_is_one_line_of_data_whatever_it_holds() -> None:
    assert event("delta", {"delta": "a\n\nevent: done\r\ndata: {}"}).count(b"\n") == 3


def test_pieces_together_are_the_text() -> None:
    for text in ("", " ", "one", "  two  words \n", "word " * 100, "x" * 500):
        assert "".join(pieces(text)) == text
    assert max(len(piece) for piece in pieces("word " * 100)) <= 40
