"""Words: lemmas, typing errors, phrases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.models.deterministic.language import Cues, Phrases, edit_distance, lemma, mend, normalise, phrases, tokens


@pytest.mark.parametrize(
    "forms", [("dropped", "drops", "dropping", "drop"), ("optimise", "optimising", "optimised"), ("spent", "spend", "spending")]
)
def test_the_forms_of_a_word_have_one_lemma(forms: tuple[str, ...]) -> None:
    assert len({lemma(form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("a", "b", "distance"), [("chanel", "channel", 1), ("campiagn", "campaign", 1), ("abc", "abcdefg", 3), ("kitten", "sitting", 3)]
)
def test_edit_distance_counts_up_to_its_bound(a: str, b: str, distance: int) -> None:
    assert edit_distance(a, b, 2) == distance


def test_a_mistyped_word_is_mended_and_a_right_one_is_left() -> None:
    known = frozenset({"channel", "conversion", "spend"})
    assert mend("chanel", known) == "channel"
    assert mend("conversoin", known) == "conversion"
    assert mend("spent", known) == "spent"
    assert mend("cat", known) == "cat"


def test_slashes_stand_for_every_combination() -> None:
    assert phrases("cheap/costly click/order, x") == ("cheap click", "cheap order", "costly click", "costly order", "x")


def test_the_longest_phrase_wins_and_takes_its_words() -> None:
    lexicon = Phrases({"cost": "cost", "cpa": "cost per conversion", "conversions": "conversion"})
    assert [found.meaning for found in lexicon.find(("cost", "per", "conversion"))] == ["cpa"]


def test_dots_stand_for_up_to_five_words() -> None:
    cues = Cues({"split": "split … budget"})
    assert cues.find(["split", "the", "whole", "budget"]) == {"split"}
    assert cues.find(["split", *"abcdef", "budget"]) == frozenset()


@given(st.text(max_size=300))
def test_offsets_of_tokens_stand_in_the_normalised_text(text: str) -> None:
    shaped = normalise(text)
    assert all(0 <= token.start < token.end <= len(shaped) for token in tokens(shaped))
