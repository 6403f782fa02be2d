"""INSERT … ON CONFLICT, which SQLite and PostgreSQL both have and standard SQL has not."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(table: Table, connection: Connection) -> sqlite.Insert | postgresql.Insert:
    """The dialect's own INSERT."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def add_new(table: Table, connection: Connection, values: dict[str, Any]) -> bool:
    """Insert a row unless one like it is there; whether it was inserted. A count of rows would do, but not every driver keeps it."""
    statement = insert_into(table, connection).values(values).on_conflict_do_nothing().returning(table.c.number)
    return connection.scalar(statement) is not None
