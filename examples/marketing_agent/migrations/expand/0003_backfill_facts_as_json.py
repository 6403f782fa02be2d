"""Backfill: the JSON form of facts that were written before 0002.

In batches, each a transaction of its own: no lock is held for long, and a run that was stopped goes on where it was.
"""

from __future__ import annotations

from alembic import context, op
from sqlalchemy import text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROWS_PER_BATCH = 1_000


def upgrade() -> None:
    if context.is_offline_mode():
        op.execute("update facts set content = to_json(value) where content is null")
        return
    batch = text(
        """
        update facts set content = to_json(value)
        where id in (select id from facts where content is null order by id limit :rows)
        """
    )
    with op.get_context().autocommit_block():
        while op.get_bind().execute(batch, {"rows": ROWS_PER_BATCH}).rowcount:
            pass


def downgrade() -> None:
    """Nothing: the text form is there still."""
