"""What memory stores: entries with the schema, the release and the time of their writing, and how older ones are read."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from src.domain import Fact, Turn
from src.telemetry.redaction import Redactor

from .errors import EntryRefused, NewerSchema
from .personal_data import looks_personal
from .plain_json import NotStorable, clean, storable, text_of

SCHEMA_VERSION = 2
"""1 knew no notes of a turn, and every fact was a text. 2: notes, and facts of any JSON type."""

MAX_TEXT_CHARS = 8_000
"""Most of a question or an answer that is kept."""
MAX_NOTES_CHARS = 4_000
MAX_KEY_CHARS = 100
MAX_FACT_CHARS = 2_000
MAX_FACTS = 100
"""Most facts that a session is told: those written last."""

_CUT = " […]"
_redact = Redactor()
"""A key that somebody types into a question is no matter for a store."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """`body` is a turn's `{"question", "answer", "understood"}` or a fact's `{"key", "value"}`: JSON values only."""

    body: Mapping[str, Any]
    release_id: str
    written_at: datetime
    schema: int = SCHEMA_VERSION


def session_key(session_id: str) -> str:
    """The name of a session in the stores.

    A digest: of one length, harmless in every store, and whoever reads the store learns no id that opens a session.
    """
    return hashlib.sha256(session_id.encode("utf-8", "surrogatepass")).hexdigest()


def turn_entry(turn: Turn, release_id: str, now: datetime) -> Entry:
    """Texts beyond the limit are cut visibly; notes that cannot be stored are left out, keys, tokens and e-mail addresses masked."""
    try:
        notes = storable(turn.understood, MAX_NOTES_CHARS)
    except NotStorable as why:
        _log.warning("memory: the notes of a turn are not kept: %s", why)
        notes = {}
    body = {"question": _clipped(turn.question), "answer": _clipped(turn.answer), "understood": _redact.value(notes)}
    return Entry(body, release_id, now)


def fact_entries(facts: Iterable[Fact], release_id: str, now: datetime) -> list[Entry]:
    """An entry for each fact that may be stored; the others are named in the log by their reason only, never by their content."""
    entries = []
    for fact in facts:
        try:
            entries.append(Entry(_redact.value(_fact_body(fact)), release_id, now))
        except NotStorable as why:
            _log.warning("memory: a fact is not kept: %s", why)
    return entries


def turn_of(entry: Entry) -> Turn:
    """Raises `EntryRefused`."""
    with _refusing_damage():
        body = _current(entry, _TURN_UPCASTS)
        question, answer, understood = body["question"], body["answer"], body["understood"]
        if not (isinstance(question, str) and isinstance(answer, str) and isinstance(understood, Mapping)):
            raise TypeError
        return Turn(question, answer, understood)


def facts_of(entries: Iterable[Entry]) -> tuple[Fact, ...]:
    """The last value of each key, in the order of writing. Raises `EntryRefused`."""
    latest: dict[str, Any] = {}
    with _refusing_damage():
        for entry in entries:
            body = _current(entry, _FACT_UPCASTS)
            latest.pop(body["key"], None)
            latest[body["key"]] = body["value"]
    return tuple(Fact(key, value) for key, value in list(latest.items())[-MAX_FACTS:])


def text_of_entry(entry: Entry) -> str:
    """The entry as one line of ASCII."""
    return text_of({"schema": entry.schema, "release": entry.release_id, "at": entry.written_at.isoformat(), "body": entry.body})


def entry_of_text(text: str | bytes) -> Entry:
    """Read what `text_of_entry` of this release or an earlier one wrote. Raises `EntryRefused`."""
    with _refusing_damage():
        stored = json.loads(text)
        schema = stored["schema"] if "schema" in stored else stored["v"]
        if schema > SCHEMA_VERSION:
            raise NewerSchema(schema, SCHEMA_VERSION)
        if schema == 1:
            body = {key: value for key, value in stored.items() if key not in ("v", "release", "at")}
            return Entry(body, stored["release"], datetime.fromtimestamp(stored["at"], UTC), 1)
        return Entry(stored["body"], stored["release"], datetime.fromisoformat(stored["at"]), schema)


@contextmanager
def _refusing_damage() -> Iterator[None]:
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, OSError, RecursionError) as why:
        raise EntryRefused(f"memory: an entry cannot be read ({type(why).__name__}): forget the session") from None


def _fact_body(fact: Fact) -> dict[str, Any]:
    key = clean(fact.key)
    if not key or len(key) > MAX_KEY_CHARS:
        raise NotStorable(f"its key has {len(key)} characters, 1 to {MAX_KEY_CHARS} are allowed")
    value = storable(fact.value, MAX_FACT_CHARS)
    if looks_personal(key, value):
        raise NotStorable("it looks like personal data (an e-mail address or a phone number)")
    return {"key": key, "value": value}


def _clipped(text: str) -> str:
    cleaned = _redact(clean(text))  # before the cut, which may fall into a key
    return cleaned if len(cleaned) <= MAX_TEXT_CHARS else cleaned[: MAX_TEXT_CHARS - len(_CUT)] + _CUT


def _turn_of_1(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"question": body["question"], "answer": body["answer"], "understood": {}}


def _fact_of_1(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Schema 1 wrote the number 24.5 as the text "24.5"."""
    try:
        value = json.loads(body["value"])
    except ValueError:
        return body
    was_number = type(value) in (int, float) and str(value) == body["value"]
    return {"key": body["key"], "value": value} if was_number else body


_TURN_UPCASTS = {1: _turn_of_1}
_FACT_UPCASTS = {1: _fact_of_1}
"""By schema: what makes of its body one of the next schema."""


def _current(entry: Entry, upcasts: Mapping[int, Any]) -> Mapping[str, Any]:
    if entry.schema > SCHEMA_VERSION:
        raise NewerSchema(entry.schema, SCHEMA_VERSION)
    body = entry.body
    for schema in range(entry.schema, SCHEMA_VERSION):
        body = upcasts[schema](body)
    return body
