"""Our tokenizer gives the numbers that BERT's own gives."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import BertWordPieceTokenizer

from goldfinch.adapters.embeddings.wordpiece import token_numbers, vocabulary

REFERENCE = BertWordPieceTokenizer(dict(vocabulary()), lowercase=True)
CHARACTERS = st.characters(max_codepoint=0x2FFF, exclude_categories=("Cs", "Cn"))
# Those that Unicode has always known as what they are: the reference's tables are older than Python's.
TEXT = st.text(CHARACTERS.filter(lambda one: unicodedata.ucd_3_2_0.category(one) == unicodedata.category(one)), max_size=60)


def test_gives_the_numbers_that_the_model_was_made_with() -> None:
    """From the tokenizer.json of sentence-transformers/all-MiniLM-L6-v2."""
    assert token_numbers("The order was NOT processed!", 256) == [101, 1996, 2344, 2001, 2025, 13995, 999, 102]
    assert token_numbers("Größe: unbelievably", 256) == REFERENCE.encode("Größe: unbelievably").ids


@given(text=TEXT)
def test_agrees_with_the_reference_on_any_text(text: str) -> None:
    assert token_numbers(text, 10_000) == REFERENCE.encode(text).ids


def test_reads_no_more_than_the_model_does() -> None:
    numbers = token_numbers("word " * 100_000, 256)
    assert len(numbers) == 256
    assert (numbers[0], numbers[-1]) == (101, 102)


@pytest.mark.parametrize("text", ["", " \n\t", "\x00\ufffd\u200b"])
def test_a_text_without_tokens_has_its_ends_alone(text: str) -> None:
    assert token_numbers(text, 256) == [101, 102]


def test_a_word_that_cannot_be_put_together_is_unknown() -> None:
    assert token_numbers("x" * 101, 256) == [101, 100, 102]
    assert len(vocabulary()) == 30_522
