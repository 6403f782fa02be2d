"""A whole chain verifies; whatever is done to it is found, at the first bad row."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.audit.chain import GENESIS, AuditLine, Head, Tampering, chained, entry_of, hash_of, parse_head, text_of, verify
from goldfinch.core.audit.entry import AuditDraft

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
EMPTY = Head(0, GENESIS)

texts = st.text(st.characters())
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
drafts = st.builds(
    AuditDraft,
    at=st.datetimes(timezones=st.just(UTC)),
    actor=texts,
    action=texts,
    subject=texts,
    before=texts,
    after=texts,
    detail=st.dictionaries(texts, values, max_size=3),
)


def chain_of(recorded: list[AuditDraft]) -> list[AuditLine]:
    lines: list[AuditLine] = []
    for draft in recorded:
        lines.append(chained(head_of(lines), draft))
    return lines


def head_of(lines: list[AuditLine]) -> Head:
    return Head(lines[-1].sequence, lines[-1].hash) if lines else EMPTY


def ten() -> list[AuditLine]:
    return chain_of([AuditDraft(AT + timedelta(seconds=n), "ada", "rollout.promote", f"rollout:ro_{n}") for n in range(1, 11)])


def rehashed(line: AuditLine, prev_hash: str | None = None, **changes: object) -> AuditLine:
    """The line as somebody would forge it, who knows how hashes are made."""
    text = json.dumps({**json.loads(line.text), **changes}, sort_keys=True, separators=(",", ":"))
    prev = line.prev_hash if prev_hash is None else prev_hash
    return AuditLine(line.sequence, text, prev, hash_of(prev, text))


def renumbered(lines: list[AuditLine]) -> list[AuditLine]:
    """The places counted anew; what the lines say stays."""
    return [line._replace(sequence=place) for place, line in enumerate(lines, 1)]


@given(st.lists(drafts, max_size=8))
def test_a_chain_verifies_and_gives_back_what_was_recorded(recorded: list[AuditDraft]) -> None:
    lines = chain_of(recorded)
    assert verify(lines, head_of(lines)).tampering is None
    assert verify(lines, head_of(lines), noted=head_of(lines)).head == head_of(lines)
    assert [entry_of(line).draft for line in lines] == recorded


@given(st.lists(drafts, min_size=1, max_size=6), st.data())
def test_one_changed_character_is_found_in_its_row(recorded: list[AuditDraft], data: st.DataObject) -> None:
    lines = chain_of(recorded)
    head = head_of(lines)
    index = data.draw(st.integers(0, len(lines) - 1))
    field = data.draw(st.sampled_from(["text", "hash"] + (["prev_hash"] if index else [])))
    old = getattr(lines[index], field)
    position = data.draw(st.integers(0, len(old) - 1))
    other = data.draw(st.characters(max_codepoint=255).filter(lambda character: character != old[position]))
    lines[index] = lines[index]._replace(**{field: old[:position] + other + old[position + 1 :]})
    found = verify(lines, head)
    assert (found.tampering, found.sequence, found.lines) == (Tampering.CHANGED, index + 1, index)


@given(st.integers(0, 9), st.integers(0, 9))
def test_two_rows_that_were_swapped_are_found_at_the_first(one: int, other: int) -> None:
    lines = ten()
    head = head_of(lines)
    lines[one], lines[other] = lines[other], lines[one]
    for tampered in (lines, renumbered(lines)):
        found = verify(tampered, head)
        if one == other:
            assert found.tampering is None
        else:
            assert (found.tampering, found.sequence) == (Tampering.REORDERED, min(one, other) + 1)


@given(st.sets(st.integers(1, 10), min_size=1))
def test_rows_that_are_gone_are_found_at_the_first(gone: set[int]) -> None:
    lines = ten()
    head = head_of(lines)
    kept = [line for line in lines if line.sequence not in gone]
    is_tail = gone == set(range(min(gone), 11))
    for tampered in (kept, renumbered(kept)):
        found = verify(tampered, head)
        assert (found.tampering, found.sequence) == (Tampering.TAIL_CUT if is_tail else Tampering.MISSING, min(gone))
        assert found.head == Head(min(gone) - 1, lines[min(gone) - 2].hash if min(gone) > 1 else GENESIS)


def forged_middle(lines: list[AuditLine]) -> list[AuditLine]:
    forged = rehashed(lines[4], actor="eve")
    return renumbered([*lines[:4], forged, *lines[4:]])


@pytest.mark.parametrize(
    ("tamper", "what", "row"),
    [
        (lambda lines: [*lines[:4], rehashed(lines[4], actor="eve"), *lines[5:]], Tampering.CHANGED, 5),
        (lambda lines: [rehashed(lines[0], actor="eve"), *lines[1:]], Tampering.CHANGED, 1),
        (lambda lines: [rehashed(lines[0], prev_hash="ab" * 32), *lines[1:]], Tampering.CHANGED, 1),
        (lambda lines: [*lines[:9], rehashed(lines[9], actor="eve")], Tampering.HEAD_WRONG, 10),
        (lambda lines: [*lines, chained(head_of(lines), AuditDraft(AT, "eve", "release.allow", "x"))], Tampering.INSERTED, 11),
        (forged_middle, Tampering.INSERTED, 5),
        (lambda lines: renumbered([*lines[:5], *lines[4:]]), Tampering.INSERTED, 5),
        (lambda lines: [*lines[:5], *lines[4:]], Tampering.INSERTED, 6),
        (lambda lines: [*lines[:2], lines[2]._replace(text="{"), *lines[3:]], Tampering.CHANGED, 3),
        (lambda lines: [*lines[:2], lines[2]._replace(text="[" * 100_000), *lines[3:]], Tampering.CHANGED, 3),
        (lambda _: [], Tampering.TAIL_CUT, 1),
    ],
)  # fmt: skip
def test_names_the_row_and_what_was_done(tamper: Callable[[list[AuditLine]], list[AuditLine]], what: Tampering, row: int) -> None:
    found = verify(tamper(ten()), head_of(ten()))
    assert (found.tampering, found.sequence) == (what, row)
    assert f"row {row}" in found.reason or what is Tampering.INSERTED or what is Tampering.TAIL_CUT


def test_says_when_the_head_itself_is_wrong_or_gone() -> None:
    lines = ten()
    assert verify(lines, None).tampering is Tampering.HEAD_WRONG
    assert verify(lines, Head(10, "ab" * 32)).tampering is Tampering.HEAD_WRONG
    assert verify(lines, Head(9, lines[8].hash)).tampering is Tampering.INSERTED
    assert verify([], None).tampering is Tampering.HEAD_WRONG


def test_a_noted_head_holds_against_a_log_that_was_rewritten_as_a_whole() -> None:
    noted = head_of(ten()[:7])
    rewritten = chain_of([replace(entry_of(line).draft, actor="eve") for line in ten()])
    assert verify(rewritten, head_of(rewritten)).tampering is None
    found = verify(rewritten, head_of(rewritten), noted=noted)
    assert (found.tampering, found.sequence) == (Tampering.CHANGED, 7)
    shorter = rewritten[:5]
    found = verify(shorter, head_of(shorter), noted=noted)
    assert (found.tampering, found.sequence) == (Tampering.TAIL_CUT, 6)
    assert verify(ten(), head_of(ten()), noted=noted).tampering is None


def test_one_moment_is_written_one_way() -> None:
    summer = AuditDraft(AT.astimezone(timezone(timedelta(hours=2))), "ada", "a", "s", detail={"b": 1, "a": (1, 2)})
    winter = replace(summer, at=AT, detail={"a": [1, 2], "b": 1})
    assert text_of(1, summer) == text_of(1, winter)
    assert text_of(1, summer).isascii()


@pytest.mark.parametrize(
    "draft", [AuditDraft(AT.replace(tzinfo=None), "a", "b", "c"), AuditDraft(AT, "a", "b", "c", detail={"x": math.nan})]
)
def test_refuses_what_has_no_one_way_to_be_written(draft: AuditDraft) -> None:
    with pytest.raises(ValueError, match=r"zone|JSON"):
        text_of(1, draft)


def test_reads_a_head_that_a_person_noted() -> None:
    assert parse_head(f" 17:sha256:{'AB' * 32} ") == Head(17, "ab" * 32)
    assert parse_head("0:") == EMPTY
    for text in ("", "17", "17:", "x:" + "ab" * 32, "17:" + "ab" * 31, "-1:" + "ab" * 32, "1" * 30 + ":" + "ab" * 32):
        with pytest.raises(ValueError, match="SEQ:HASH"):
            parse_head(text)
