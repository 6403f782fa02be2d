"""Bringing text to one form, and what a record may carry."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.scoring.evidence import listed, one_line, plain, quoted
from goldfinch.core.scoring.text import TextRules, fold_unicode, occurs
from goldfinch.core.scoring.versioning import version_with

ANY_TEXT = st.text(st.characters(), max_size=60)


@given(ANY_TEXT)
def test_normalising_twice_is_normalising_once_for_plain_rules(text: str) -> None:
    rules = TextRules(ignore_case=False, normalise_unicode=False)
    assert rules.normalise(rules.normalise(text)) == rules.normalise(text)


def test_runs_of_combining_marks_are_cut_before_they_cost_quadratic_time() -> None:
    hostile = "a" + "\u0315\u0300" * 200_000
    assert len(fold_unicode(hostile)) <= 31
    assert fold_unicode("e\u0301" * 600) == "é" * 600


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_a_phrase_occurs_in_any_text_around_it(before: str, phrase: str, after: str) -> None:
    assert occurs(phrase, before + phrase + after, whole_words=False) == bool(phrase)
    assert occurs(phrase, f"{before} {phrase} {after}", whole_words=True) == bool(phrase)


@given(st.text(st.characters(codec=None), max_size=700))
def test_a_line_is_one_printable_line_of_bounded_length(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= 500
    assert quoted(text).isprintable()


def test_lists_are_cut_and_say_so() -> None:
    assert listed(["a", "b", "c"], limit=2) == "'a', 'b' and 1 more"


WILD: Any = st.recursive(
    st.none() | st.floats() | st.integers() | st.text(st.characters(codec=None)) | st.binary() | st.complex_numbers(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.integers() | st.text(st.characters(codec=None)), inner) | st.frozensets(st.integers())
    ),
    max_leaves=15,
)


@given(WILD)
def test_evidence_can_always_be_written(value: Any) -> None:
    msgspec.json.encode(plain(value))


def test_evidence_that_contains_itself_ends() -> None:
    endless: list[Any] = []
    endless.append(endless)
    msgspec.json.encode(plain(endless))


def test_versions_depend_on_the_configuration_and_not_on_its_order() -> None:
    assert version_with("1", {}) == "1"
    assert version_with("1", {"a": 1, "b": {2, 3}}) == version_with("1", {"b": {3, 2}, "a": 1})
    assert version_with("1", {"a": 1}) != version_with("1", {"a": 2})
    assert version_with("2", {"a": 1}) != version_with("1", {"a": 1})


def test_versions_refuse_what_has_no_stable_text() -> None:
    with pytest.raises(TypeError, match="no stable text form"):
        version_with("1", {"a": object()})


def test_a_line_is_no_longer_than_it_may_be_though_escapes_are_longer_than_what_they_show() -> None:
    assert len(one_line("\ud800" * 400)) == 500
    assert one_line("\x00" * 2) == "\\x00\\x00"
