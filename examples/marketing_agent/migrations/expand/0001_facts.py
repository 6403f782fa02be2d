"""Expand: the table of facts, as release 1 of the memory's schema wrote it: every value a text."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table facts (
            id bigint generated always as identity primary key,
            session_key text not null,
            key text not null,
            value text not null,
            release_id text not null,
            written_at timestamptz not null default now()
        )
        """
    )
    op.execute("create index facts_by_session on facts (session_key, id)")


def downgrade() -> None:
    op.execute("drop table facts")
