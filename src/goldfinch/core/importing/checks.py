"""The checks that tools have in common, put into a draft.

Each scorer reads its part of the case, so one part can be read in one way only. A check that finds its part taken in another way becomes a
regular expression of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from goldfinch.core.importing.draft import REPORTED_ONLY, Draft, Need

_AS_WRITTEN = {"collapse_whitespace": False, "normalise_unicode": False}
"""Other tools compare the bare texts."""
_ANY_TEXT = "(?s)"


def expect_equal(draft: Draft, text: str, place: str) -> None:
    """The whole answer is `text`."""
    if draft.claim(Need("exact", _AS_WRITTEN, "answer", place)) and text not in draft.answers and not draft.answers:
        draft.answers.append(text)
    elif draft.answers != [text]:
        expect_pattern(draft, rf"\A{re.escape(text)}\Z", place)


def expect_different(draft: Draft, text: str, place: str) -> None:
    """The whole answer is anything but `text`."""
    expect_pattern(draft, rf"\A{re.escape(text)}\Z", place, negate=True)


def expect_any(draft: Draft, texts: Sequence[str], place: str, *, ignore_case: bool = False) -> None:
    """At least one of `texts` stands in the answer."""
    options = {"ignore_case": ignore_case, "whole_words": False, **_AS_WRITTEN}
    if not draft.answers and draft.claim(Need("contains", options, "answer", place)):
        draft.answers.extend(texts)
    else:
        expect_pattern(draft, "|".join(map(re.escape, texts)), place, ignore_case=ignore_case)


def expect_all(draft: Draft, texts: Sequence[str], place: str, *, ignore_case: bool = False) -> None:
    """All of `texts` stand in the answer."""
    if draft.claim(Need("must_include", {"ignore_case": ignore_case, **_AS_WRITTEN}, "must_include", place)):
        draft.must_include.extend(text for text in texts if text not in draft.must_include)
    else:
        for text in texts:
            expect_pattern(draft, re.escape(text), place, ignore_case=ignore_case)


def expect_none(draft: Draft, texts: Sequence[str], place: str, *, ignore_case: bool = False) -> None:
    """None of `texts` stands in the answer."""
    if draft.claim(Need("must_not_include", {"ignore_case": ignore_case, **_AS_WRITTEN}, "must_not_include", place)):
        draft.must_not_include.extend(text for text in texts if text not in draft.must_not_include)
    else:
        for text in texts:
            expect_pattern(draft, re.escape(text), place, ignore_case=ignore_case, negate=True)


def expect_not_all(draft: Draft, texts: Sequence[str], place: str, *, ignore_case: bool = False) -> None:
    """At least one of `texts` is absent."""
    together = "".join(f"(?=.*{re.escape(text)})" for text in texts)
    expect_pattern(draft, rf"{_ANY_TEXT}\A{together}", place, ignore_case=ignore_case, negate=True)


def expect_pattern(draft: Draft, pattern: str, place: str, *, ignore_case: bool = False, negate: bool = False) -> None:
    """`pattern` matches somewhere in the answer, or with `negate` nowhere."""
    options: dict[str, Any] = {"pattern": pattern}
    if ignore_case:
        options["ignore_case"] = True
    if negate:
        options["negate"] = True
    draft.needs.append(Need("regex", options, place=place))


def expect_schema(draft: Draft, schema: Mapping[str, Any], place: str) -> None:
    """The answer is JSON that `schema` accepts."""
    draft.needs.append(Need("json_schema", {"schema": dict(schema)}, place=place))


def expect_json(draft: Draft, value: Any, place: str) -> bool:
    """The answer is this JSON value; False where the draft expects another already."""
    if draft.json is not None:
        return bool(draft.json == value)
    draft.json = value
    draft.needs.append(Need("json_fields", {"count_extra_keys": True}, "json", place))
    return True


def expect_similar(draft: Draft, texts: Sequence[str], place: str) -> bool:
    """Keep `texts` as the answers to compare with, reported only; False where the draft has answers already."""
    if draft.answers or not draft.claim(Need("token_f1", REPORTED_ONLY, "answer", place)):
        return False
    draft.answers.extend(texts)
    return True
