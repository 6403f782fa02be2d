"""Triggers that let the audit log grow at its end and nowhere else. Whoever owns the database can remove them: the chain then shows it."""

from __future__ import annotations

from typing import Final

_FOLLOWS: Final = (
    "NEW.sequence = (SELECT sequence + 1 FROM goldfinch_audit_head WHERE id = 1)"
    " AND NEW.prev_hash = (SELECT hash FROM goldfinch_audit_head WHERE id = 1)"
)
_MOVES_ON: Final = (
    "NEW.id = OLD.id AND NEW.sequence = OLD.sequence + 1 AND NEW.hash = (SELECT hash FROM goldfinch_audit WHERE sequence = NEW.sequence)"
)
_REFUSAL: Final = "the audit log is append-only"

_REFUSED: Final = (
    ("goldfinch_audit", "UPDATE"),
    ("goldfinch_audit", "DELETE"),
    ("goldfinch_audit_head", "INSERT"),
    ("goldfinch_audit_head", "DELETE"),
)
_CONDITIONS: Final = (("goldfinch_audit", "INSERT", _FOLLOWS), ("goldfinch_audit_head", "UPDATE", _MOVES_ON))

SQLITE: Final = (
    *(
        f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for table, event in _REFUSED
    ),
    # Also what keeps INSERT OR REPLACE out, which deletes rows without telling the trigger of DELETE.
    *(
        f"CREATE TRIGGER {table}_{event.lower()} BEFORE {event} ON {table} WHEN NOT coalesce({condition}, 0)"
        f" BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for table, event, condition in _CONDITIONS
    ),
)

POSTGRESQL: Final = (
    f"CREATE FUNCTION goldfinch_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
    *(
        f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION goldfinch_append_only()"
        for table, event in (*_REFUSED, ("goldfinch_audit", "TRUNCATE"), ("goldfinch_audit_head", "TRUNCATE"))
    ),
    *(
        f"CREATE FUNCTION {table}_{event.lower()}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF NOT coalesce({condition}, false) THEN RAISE EXCEPTION '{_REFUSAL}'; END IF; RETURN NEW; END $$"
        for table, event, condition in _CONDITIONS
    ),
    *(
        f"CREATE TRIGGER {table}_{event.lower()} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_{event.lower()}()"
        for table, event, _ in _CONDITIONS
    ),
)
