"""INSERT … ON CONFLICT, which SQLite and PostgreSQL both have and standard SQL has not."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(table: Table, connection: Connection) -> sqlite.Insert | postgresql.Insert:
    """The dialect's own INSERT."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
