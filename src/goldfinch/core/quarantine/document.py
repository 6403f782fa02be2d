"""A quarantine as plain values, and read back. What does not hold together is refused: an entry can turn a verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NoReturn

from goldfinch.core.errors import ConfigurationError
from goldfinch.core.quarantine.codes import BROKEN
from goldfinch.core.quarantine.entries import FLAKY_RUNS, CaseRun, Quarantine, Quarantined, Released

SCHEMA_VERSION = 1
KIND = "quarantine"
MOST_CASES = 10_000
MOST_TRIALS = 1_000_000
_TEXT_CHARACTERS = 2_000
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CASE = ("case", "case_hash", "owner", "since", "expires", "runs")
_RUN = ("run", "started_at", "passed", "trials", "flake_rate")
_RELEASED = ("case", "at", "by", "reason")
_RATE_DIGITS = 3


def document_of(quarantine: Quarantine) -> dict[str, Any]:
    """Sorted by case id, so that two people's updates merge. The flake rates are for readers: they follow from the counts."""
    cases = [_case_document(quarantine.cases[case_id]) for case_id in sorted(quarantine.cases)]
    released = [_released_document(quarantine.released[case_id]) for case_id in sorted(quarantine.released)]
    return {"kind": KIND, "schema_version": SCHEMA_VERSION, "cases": cases, "released": released}


def quarantine_of(document: Any, where: str) -> Quarantine:
    """The quarantine in a document; None is an empty one. Raises `ConfigurationError` (E2470) for what no quarantine says."""
    if document is None:
        return Quarantine(where=where)
    if not isinstance(document, Mapping) or document.get("kind") != KIND:
        _refuse("is no quarantine file", where)
    version = document.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        _refuse(f"has the schema_version {version!r}, which is no number from 1", where)
    if version > SCHEMA_VERSION:
        _refuse(f"was written by a newer Goldfinch (schema_version {version}, this one reads {SCHEMA_VERSION})", where)
    _only(document, ("kind", "schema_version", "cases", "released"), where)
    cases = {one.case_id: one for one in _each(document, "cases", _case, where)}
    released = {one.case_id: one for one in _each(document, "released", _release, where)}
    return Quarantine(cases, released, where)


def _case_document(one: Quarantined) -> dict[str, Any]:
    runs = [
        {
            "run": run.run_id,
            "started_at": run.started_at,
            "passed": run.passed,
            "trials": run.trials,
            "flake_rate": round(run.flake_rate, _RATE_DIGITS),
        }
        for run in one.runs
    ]
    return {
        "case": one.case_id,
        "case_hash": one.case_hash,
        "owner": one.owner,
        "since": one.since,
        "expires": one.expires,
        "runs": runs,
    }


def _released_document(one: Released) -> dict[str, Any]:
    return {"case": one.case_id, "at": one.at, "by": one.by, "reason": one.reason}


def _each(document: Mapping[str, Any], name: str, read: Any, where: str) -> Iterator[Any]:
    """The entries of a list, each case once."""
    entries = document.get(name) or []
    if not isinstance(entries, list) or len(entries) > MOST_CASES:
        _refuse(f"`{name}` is no list of at most {MOST_CASES:,} entries", where)
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        place = f"{where}: {name}[{number}]"
        if not isinstance(entry, Mapping):
            _refuse("is no mapping", place)
        found = read(entry, place)
        if found.case_id in seen:
            _refuse(f"names case {found.case_id} a second time", place)
        seen.add(found.case_id)
        yield found


def _case(entry: Mapping[str, Any], where: str) -> Quarantined:
    _only(entry, _CASE, where)
    runs = entry.get("runs")
    if not isinstance(runs, list) or len(runs) > MOST_CASES:
        _refuse("has no list of `runs`", where)
    found = tuple(_run(run, f"{where}.runs[{number}]") for number, run in enumerate(runs))
    if len({run.run_id for run in found}) < FLAKY_RUNS:
        what = f"names {len({run.run_id for run in found})} runs in which the case was flaky; a case is quarantined after {FLAKY_RUNS}"
        _refuse(what, where)
    since, expires = _day(entry, "since", where), _day(entry, "expires", where)
    owner = entry.get("owner") or ""
    if not isinstance(owner, str) or len(owner) > _TEXT_CHARACTERS:
        _refuse("has an `owner` that is no text", where)
    return Quarantined(_text(entry, "case", where), _text(entry, "case_hash", where), owner.strip(), since, expires, found)


def _run(entry: Any, where: str) -> CaseRun:
    if not isinstance(entry, Mapping):
        _refuse("is no mapping", where)
    _only(entry, _RUN, where)
    passed, trials = _count(entry, "passed", where), _count(entry, "trials", where)
    found = CaseRun(_text(entry, "run", where), _time(entry, "started_at", where), passed, trials)
    if passed > trials or not found.is_flaky:
        _refuse(f"shows no flaky case: {passed} of {trials} trials passed", where)
    told = entry.get("flake_rate")
    if told is not None and told != round(found.flake_rate, _RATE_DIGITS):
        _refuse(f"says flake_rate {told!r}, and {passed} of {trials} is {found.flake_rate:.{_RATE_DIGITS}f}", where)
    return found


def _release(entry: Mapping[str, Any], where: str) -> Released:
    _only(entry, _RELEASED, where)
    return Released(_text(entry, "case", where), _time(entry, "at", where), _text(entry, "by", where), _text(entry, "reason", where))


def _only(entry: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    if unknown := [str(key) for key in entry if key not in names]:
        _refuse(f"has the unknown key {unknown[0][:100]!r}", where)


def _text(entry: Mapping[str, Any], name: str, where: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > _TEXT_CHARACTERS:
        _refuse(f"has no `{name}`", where)
    return value


def _count(entry: Mapping[str, Any], name: str, where: str) -> int:
    value = entry.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_TRIALS:
        _refuse(f"`{name}` is {value!r}, which is no count", where)
    return value


def _day(entry: Mapping[str, Any], name: str, where: str) -> str:
    value = _text(entry, name, where)
    if not (_DAY.fullmatch(value) and _is_time(value)):
        _refuse(f"`{name}` is {value[:40]!r}, which is no day such as 2026-12-31", where)
    return value


def _time(entry: Mapping[str, Any], name: str, where: str) -> str:
    value = _text(entry, name, where)
    if not _is_time(value):
        _refuse(f"`{name}` is {value[:40]!r}, which is no time such as 2026-12-31T12:00:00Z", where)
    return value


def _is_time(text: str) -> bool:
    try:
        return bool(datetime.fromisoformat(text)) and bool(date.fromisoformat(text[:10]))
    except ValueError:
        return False


def _refuse(what: str, where: str) -> NoReturn:
    hint = "restore it from version control; 'goldfinch quarantine update RUNS' writes it"
    raise ConfigurationError(what, where=where, hint=hint, code=BROKEN)
