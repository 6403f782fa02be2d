"""Contract: the text form of facts goes, once no release of schema 1 runs any more.

The check is validated without a lock that stops writers; `set not null` then trusts it and reads no row. Each statement may run again, so
that a run that was stopped can be repeated.
"""

from __future__ import annotations

from alembic import op

revision = "c0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("alter table facts drop constraint if exists facts_content_there")
        op.execute("alter table facts add constraint facts_content_there check (content is not null) not valid")
        op.execute("alter table facts validate constraint facts_content_there")
        op.execute("alter table facts alter column content set not null")
        op.execute("alter table facts drop constraint facts_content_there")
    op.execute("drop trigger if exists facts_in_both_forms on facts")
    op.execute("drop function if exists facts_in_both_forms()")
    op.execute("alter table facts drop column if exists value")


def downgrade() -> None:
    """Bring back the text form, as 0002 left it."""
    op.execute("alter table facts add column value text, alter column content drop not null")
    op.execute("update facts set value = case json_typeof(content) when 'string' then content #>> '{}' else content::text end")
    op.execute("alter table facts alter column value set not null")
    op.execute(
        """
        create function facts_in_both_forms() returns trigger language plpgsql as $$
        begin
            if new.content is null then
                new.content := to_json(new.value);
            elsif new.value is null then
                new.value := case json_typeof(new.content) when 'string' then new.content #>> '{}' else new.content::text end;
            end if;
            return new;
        end $$
        """
    )
    op.execute("create trigger facts_in_both_forms before insert on facts for each row execute function facts_in_both_forms()")
