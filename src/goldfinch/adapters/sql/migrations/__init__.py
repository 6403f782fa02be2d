"""The schema of the store, step by step. Alembic reads the steps; only what opens a store runs them."""

from __future__ import annotations

from typing import Final

REVISIONS: Final = ("0001",)
"""Every step that this Goldfinch knows, oldest first: named here so that opening a store that is up to date needs no Alembic."""

VERSION_TABLE: Final = "goldfinch_schema"
"""Not Alembic's usual name: the database may hold an application with migrations of its own."""
