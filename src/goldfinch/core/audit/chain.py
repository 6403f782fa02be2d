"""The chain of hashes: how a line is written down and hashed, and what a chain says about what was done to it.

A line's hash is sha256 over the hash of the line before and the line's own bytes. So a line cannot change without its hash, nor its hash
without the next line; the head, which is kept apart from the lines, does for the last line what each line does for the one before.
Source: Haber and Stornetta, How to time-stamp a digital document, J. Cryptology 3 (1991), 99-111; T18.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from goldfinch.core.audit.entry import AuditDraft, AuditEntry

GENESIS = ""
"""`prev_hash` of the first line, and the hash of an empty log's head."""

_HASH = re.compile(r"[0-9a-f]{64}")


class Head(NamedTuple):
    """Where a log ends: `sequence` of its last line and that line's hash; (0, "") of an empty log."""

    sequence: int
    hash: str


class AuditLine(NamedTuple):
    """A line as it is stored, unread: whoever verifies it trusts nothing of it."""

    sequence: int
    """Its place."""
    text: str
    """What was recorded, as `text_of` writes it; holds its own sequence once more."""
    prev_hash: str
    hash: str


class Tampering(StrEnum):
    """What was done to a log."""

    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    TAIL_CUT = "tail cut"
    HEAD_WRONG = "head wrong"


@dataclass(frozen=True, slots=True)
class Verification:
    """What a log came to: `tampering` None is a whole one. `sequence` names the first bad line."""

    lines: int
    """Lines that were found good, from the first on."""
    head: Head
    """Of the last good line: what can be noted elsewhere."""
    tampering: Tampering | None = None
    sequence: int | None = None
    reason: str = ""


def text_of(sequence: int, draft: AuditDraft) -> str:
    """The one way to write a line: JSON in ASCII, keys sorted, no blanks, UTC in microseconds.

    Raises `ValueError` of a time without zone and of NaN, `TypeError` of what is no JSON value.
    """
    if draft.at.tzinfo is None:
        raise ValueError("the time of an audit line has no zone")
    entry = {
        "sequence": sequence,
        "at": draft.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": draft.actor,
        "action": draft.action,
        "subject": draft.subject,
        "before": draft.before,
        "after": draft.after,
        "detail": dict(draft.detail),
    }
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def hash_of(prev_hash: str, text: str) -> str:
    """64 hexadecimal digits."""
    return sha256(f"{prev_hash}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def chained(head: Head, draft: AuditDraft) -> AuditLine:
    """The line that follows `head`."""
    sequence = head.sequence + 1
    text = text_of(sequence, draft)
    return AuditLine(sequence, text, head.hash, hash_of(head.hash, text))


def entry_of(line: AuditLine) -> AuditEntry:
    """What a line records. Raises `ValueError` where it cannot be read."""
    try:
        entry = json.loads(line.text)
        sequence, at = entry.pop("sequence"), datetime.fromisoformat(entry.pop("at"))
        draft = AuditDraft(at=at, **entry)
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"the line is no audit entry: {type(error).__name__}: {error}") from error
    return AuditEntry(sequence, draft, line.prev_hash, line.hash)


def verify(lines: Iterable[AuditLine], head: Head | None, *, noted: Head | None = None) -> Verification:
    """Say whether a log is what was written, and if not, which line is the first bad one and what was done to it.

    `lines` by place; one pass, constant memory. `head` is what the store keeps apart, None where it is gone. `noted` is a head that a
    person noted elsewhere: it holds even against somebody who rewrote the whole log, its hashes and its head.
    """
    good = Head(0, GENESIS)
    before: AuditLine | None = None
    rest = iter(lines)
    for line in rest:
        found = _wrong_with(line, good, before, rest) or _wrong_with_noted(line, noted)
        if found:
            return _bad(good if found.sequence > good.sequence else _one_less(good, before), found)
        good, before = Head(line.sequence, line.hash), line
    if noted is not None and noted.sequence > good.sequence:
        return _bad(good, _Finding(Tampering.TAIL_CUT, good.sequence + 1, f"the log ends before row {noted.sequence}, which was noted"))
    found = _wrong_with_head(good, head)
    return _bad(good, found) if found else Verification(good.sequence, good)


def parse_head(text: str) -> Head:
    """A head as a person noted it: `SEQ:HASH`. Raises `ValueError`."""
    sequence, _, digest = text.strip().partition(":")
    digest = digest.removeprefix("sha256:").lower()
    if not re.fullmatch(r"[0-9]{1,18}", sequence) or not (_HASH.fullmatch(digest) or (int(sequence) == 0 and not digest)):
        raise ValueError("a head is SEQ:HASH, such as 17:9f2e… with 64 hexadecimal digits")
    return Head(int(sequence), digest)


class _Finding(NamedTuple):
    tampering: Tampering
    sequence: int
    reason: str


def _bad(good: Head, found: _Finding) -> Verification:
    return Verification(good.sequence, good, found.tampering, found.sequence, found.reason)


def _one_less(good: Head, before: AuditLine | None) -> Head:
    """The head before the line that only now turned out to be bad."""
    return Head(good.sequence - 1, before.prev_hash if before is not None else GENESIS)


def _wrong_with(line: AuditLine, good: Head, before: AuditLine | None, rest: Iterator[AuditLine]) -> _Finding | None:
    """None: the line follows on from `good`."""
    place = good.sequence + 1
    if line.sequence != place:
        return _out_of_place(line.sequence, place, rest)
    says = _says(line)
    if says == place and line.hash == hash_of(line.prev_hash, line.text):
        return None if line.prev_hash == good.hash else _broken_link(line, before)
    if says is None or says == place or line.hash != hash_of(line.prev_hash, line.text):
        return _Finding(Tampering.CHANGED, place, f"row {place} is not what its hash was made of")
    if before is not None and says == before.sequence and line.prev_hash == before.prev_hash:
        return _Finding(Tampering.INSERTED, before.sequence, f"row {before.sequence} was put before what was recorded in its place")
    return _out_of_place(says, place, rest)


def _out_of_place(found: int, place: int, rest: Iterator[AuditLine]) -> _Finding:
    if found < place:
        return _Finding(Tampering.INSERTED, place, f"in the place of row {place} stands a second row {found}")
    if any(place in (line.sequence, _says(line)) and _says(line) in (place, None) for line in rest):
        return _Finding(Tampering.REORDERED, place, f"in the place of row {place} stands row {found}; row {place} comes later")
    return _Finding(Tampering.MISSING, place, f"row {place} is gone; row {found} follows")


def _broken_link(line: AuditLine, before: AuditLine | None) -> _Finding:
    """The line is whole in itself, and so is the one before, but they do not belong together."""
    if before is None:
        return _Finding(Tampering.CHANGED, line.sequence, "row 1 says that another row came before it")
    what = f"row {before.sequence} was rewritten with a hash of its own: row {line.sequence} was chained to another one"
    return _Finding(Tampering.CHANGED, before.sequence, what)


def _wrong_with_noted(line: AuditLine, noted: Head | None) -> _Finding | None:
    if noted is None or line.sequence != noted.sequence or line.hash == noted.hash:
        return None
    what = f"row {line.sequence} is not the one that was noted: it, or what comes before it, was rewritten"
    return _Finding(Tampering.CHANGED, line.sequence, what)


def _wrong_with_head(good: Head, head: Head | None) -> _Finding | None:
    if head is None:
        return _Finding(Tampering.HEAD_WRONG, good.sequence, f"the head is gone; the last row is {good.sequence}")
    if head.sequence > good.sequence:
        what = f"the log ends with row {good.sequence}, but {head.sequence} were recorded"
        return _Finding(Tampering.TAIL_CUT, good.sequence + 1, what)
    if head.sequence < good.sequence:
        what = f"row {head.sequence + 1} and what follows were added past the head, which is row {head.sequence}"
        return _Finding(Tampering.INSERTED, head.sequence + 1, what)
    if head.hash != good.hash:
        what = f"row {good.sequence} is not the one that the head names: one of the two was rewritten"
        return _Finding(Tampering.HEAD_WRONG, good.sequence, what)
    return None


def _says(line: AuditLine) -> int | None:
    """The sequence that a line holds in its text; None where it cannot be read."""
    try:
        sequence = json.loads(line.text)["sequence"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return sequence if isinstance(sequence, int) and not isinstance(sequence, bool) else None
