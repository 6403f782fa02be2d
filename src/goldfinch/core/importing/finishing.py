"""From drafts to cases: ids that are unique, scorers that are few, and a word about every case that lost what it expected."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.validation import is_case_id
from goldfinch.core.importing.document import TooMuch
from goldfinch.core.importing.draft import Draft, Need
from goldfinch.core.importing.ids import TakenIds, slug
from goldfinch.core.importing.limits import MAX_CASES, MAX_SCORERS
from goldfinch.core.importing.notes import Note, Notes

Usable = Callable[[Mapping[str, Any]], str | None]
"""Says why a scorer cannot be built from its configuration; None where it can."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of the files. `scorers` is the section of goldfinch.yaml that the cases need; empty: the default scorers will do."""

    tool: str
    cases: tuple[Case, ...]
    places: tuple[str, ...]
    """Where each case comes from."""
    scorers: tuple[dict[str, Any], ...]
    answers: tuple[dict[str, Any], ...]
    """Lines of a recorded-answers file."""
    notes: tuple[Note, ...]


def finish(tool: str, drafts: Sequence[Draft], notes: Notes, usable: Usable) -> Imported:
    """Raises `TooMuch`."""
    require_room(len(drafts))
    scorers = _scorers(drafts, notes, usable)
    for draft in drafts:
        _note_lost(draft, notes)
        if isinstance(draft.input, list) and any(isinstance(one, dict) and isinstance(one.get("content"), list) for one in draft.input):
            notes.changed("message with parts that are no text, kept as the tool wrote them", draft.place)
    ids = _ids(drafts, notes)
    cases = tuple(draft.case(case_id) for draft, case_id in zip(drafts, ids, strict=True))
    answers = tuple(
        {"case_id": case_id, "trial": trial, **line}
        for draft, case_id in zip(drafts, ids, strict=True)
        for trial, line in enumerate(draft.recorded)
    )
    return Imported(tool, cases, tuple(draft.place for draft in drafts), scorers, answers, notes.listed())


def require_room(cases: int) -> None:
    """Raise `TooMuch` where so many cases are more than one import makes."""
    if cases > MAX_CASES:
        raise TooMuch(f"make more than {MAX_CASES} cases")


def _note_lost(draft: Draft, notes: Notes) -> None:
    if not draft.expects_something:
        what = "case that lost its only expectation" if draft.lost else "case that expects nothing"
        (notes.lost if draft.lost else notes.changed)(what, draft.place)


def _ids(drafts: Sequence[Draft], notes: Notes) -> list[str]:
    """An id for every draft. Names that will do as they are come first, so that no made-up id can take one of theirs."""
    taken = TakenIds()
    ids = [taken.take(draft.name) if is_case_id(draft.name) else "" for draft in drafts]
    for index, draft in enumerate(drafts):
        if not ids[index]:
            ids[index] = taken.take(slug(draft.name) or draft.fallback)
        if draft.name and ids[index] != draft.name:
            notes.changed("id changed to one that is allowed and unique", f"{draft.place} ({draft.name[:60]} → {ids[index]})")
    return ids


def _scorers(drafts: Sequence[Draft], notes: Notes, usable: Usable) -> tuple[dict[str, Any], ...]:
    """One scorer for each different need; those that not every case shares are limited to a tag, which their cases get."""
    users: dict[str, list[tuple[Draft, Need]]] = {}
    for draft in drafts:
        for need in draft.needs:
            users.setdefault(_key(need), []).append((draft, need))
    _drop_unusable(users, notes, usable)
    readers = Counter(need.part for held in users.values() for _, need in held)
    numbers: Counter[str] = Counter()
    found = []
    for held in users.values():
        need = held[0][1]
        numbers[need.kind] += 1
        name = need.kind if numbers[need.kind] == 1 else f"{need.kind}_{numbers[need.kind]}"
        scorer = {"kind": need.kind, **({"name": name} if name != need.kind else {}), **need.options}
        shared_by = readers[need.part] if need.part else len(drafts)
        if len({id(draft) for draft, _ in held}) < shared_by:
            scorer["for_tags"] = [f"score:{name}"]
            for draft, _ in held:
                draft.tags.append(f"score:{name}")
        found.append(scorer)
    return tuple(found)


def _key(need: Need) -> str:
    return json.dumps([need.kind, need.options, need.part], sort_keys=True, default=str)


def _drop_unusable(users: dict[str, list[tuple[Draft, Need]]], notes: Notes, usable: Usable) -> None:
    """Leave out, with a note, what cannot be built and what goes beyond `MAX_SCORERS`, the rarest first."""
    by_use = sorted((key for key in users if not users[key][0][1].part), key=lambda key: -len(users[key]))
    too_many = set(by_use[MAX_SCORERS:])
    for key in list(users):
        need = users[key][0][1]
        why = f"there are more than {MAX_SCORERS} different ones" if key in too_many else usable({"kind": need.kind, **need.options})
        if why is None:
            continue
        for draft, held in users.pop(key):
            draft.needs.remove(held)
            draft.lost = True
            notes.lost(f"check by {need.kind} not carried over ({why})", held.place or draft.place)
