"""Expand: facts of any JSON type, beside the text that older releases read and write.

Both forms are kept the same by a trigger, so that neither release knows of the other's column. Adding columns without a value, or with a
constant one, rewrites no row (PostgreSQL 11 and newer).
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table facts add column content json, add column schema_version smallint not null default 1")
    op.execute(
        """
        create function facts_in_both_forms() returns trigger language plpgsql as $$
        begin
            if new.content is null then  -- written by a release of schema 1
                new.content := to_json(new.value);
            elsif new.value is null then
                new.value := case json_typeof(new.content) when 'string' then new.content #>> '{}' else new.content::text end;
            end if;
            return new;
        end $$
        """
    )
    op.execute("create trigger facts_in_both_forms before insert on facts for each row execute function facts_in_both_forms()")


def downgrade() -> None:
    op.execute("drop trigger facts_in_both_forms on facts")
    op.execute("drop function facts_in_both_forms()")
    op.execute("alter table facts drop column content, drop column schema_version")
