"""The check that migrations only add."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldfinch.core.deploy.migrations import in_words, not_expand_only


def of_sql(sql: str) -> list[str]:
    return [finding.what for finding in not_expand_only({"1.sql": sql})]


def of_alembic(body: str, before: str = "") -> list[str]:
    head, tail = "from alembic import op\nimport sqlalchemy as sa\n", "\ndef downgrade():\n    op.drop_table('x')\n"
    source = f"{head}{before}\ndef upgrade():\n    {body}\n{tail}"
    return [finding.what for finding in not_expand_only({"1.py": source})]


@pytest.mark.parametrize(
    "sql",
    [
        "create table t (id int not null primary key, name text unique)",
        "alter table facts add column content json, add column v smallint not null default 1",
        "alter table facts add column if not exists v int",
        "alter table only public.facts add column v bigint generated always as identity not null",
        "create index concurrently i on facts (a)",
        "drop index i",
        "alter table facts alter column a drop not null",
        "alter table facts alter a set default 'drop table x'",
        "alter table facts drop constraint c",
        "alter table facts validate constraint c",
        "alter index a rename to b",
        "insert into facts (a) values ('drop table facts; truncate x')",
        "-- drop table facts\n/* alter table facts drop column a; */ select 1",
        "update facts set a = 1 where b is null",
        "create function f() returns trigger language plpgsql as $$ begin delete from facts; return new; end $$",
        "drop trigger if exists t on facts; create trigger t before insert on facts for each row execute function f()",
        "drop view v; create view v as select 1",
        "create table t (a int); alter table t alter column a set not null; create unique index u on t (a); drop table t",
        'alter table facts add column "drop" text',
        "do $$ begin perform 1; create table t (a int); alter table t drop column a; end $$",
        "create table a.t (x int); alter table a.t add constraint c check (x > 0)",
        "-- migrate:up\nalter table t add column a int;\n-- migrate:down\nalter table t drop column a;",
        "comment on column facts.a is 'x'",
        r"update facts set a = e'it\'s; drop table facts'",
        "",
        ";;",
    ],
)
def test_what_only_adds_is_found_harmless(sql: str) -> None:
    assert of_sql(sql) == []


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("DROP TABLE facts", "drops table facts"),
        ("drop table if exists public.facts cascade", "drops table facts"),
        ("alter table facts drop column value", "drops facts.value"),
        ("alter table facts drop value", "drops facts.value"),
        ('ALTER TABLE "Facts" DROP COLUMN IF EXISTS "Value"', "drops facts.value"),
        ("alter table facts add a int, drop column b", "drops facts.b"),
        ("alter table facts rename column a to b", "renames facts, or a part of it"),
        ("alter table facts rename to news", "renames facts, or a part of it"),
        ("rename table a to b", "renames a table"),
        ("alter table facts set schema old", "renames facts, or a part of it"),
        ("alter table facts alter column a set not null", "sets facts.a NOT NULL"),
        ("alter table facts alter a type bigint using a::bigint", "changes the type of facts.a"),
        ("alter table facts alter column a set data type text", "changes the type of facts.a"),
        ("alter table facts alter column a varchar(20)", "changes facts.a"),
        ("alter table facts modify a int not null", "changes a column of facts"),
        ("alter table facts add column v int not null", "adds facts.v NOT NULL without a default"),
        ("alter table facts add constraint c check (a > 0) not valid", "adds a rule to facts, which an older release may not keep to"),
        ("create unique index u on facts (a)", "makes values of facts unique, which an older release may not keep to"),
        ("truncate facts", "removes rows"),
        ("delete from facts where a is null", "removes rows"),
        ("with gone as (delete from facts returning *) insert into old select * from gone", "removes rows"),
        ("drop function f", "drops function f"),
        ("drop trigger t on facts", "drops trigger t"),
        ("drop table facts; create table facts (a int)", "drops table facts"),
        ("alter type mood rename value 'a' to 'b'", "changes or renames a type"),
        ("alter view v rename to w", "changes or renames a view"),
        ("revoke select on facts from agent", "takes a right away"),
        ("do $$ begin alter table facts drop column a; end $$", "drops facts.a"),
        ("do $x$ begin if true then drop table facts; end if; end $x$", "drops table facts"),
        ("do $$ begin execute 'drop table facts'; end $$", "runs SQL that is made while it runs, which cannot be checked"),
        ("select content #>> '{}' from facts; drop table facts", "drops table facts"),
        (r"select 'it\'s', 1", "has a text or comment that databases read differently, which cannot be checked"),
        ("/*! drop table facts */ select 1", "has a text or comment that databases read differently, which cannot be checked"),
        ("alter table facts detach partition p", "takes a partition from facts"),
    ],
)
def test_what_an_older_release_would_miss_is_found(sql: str, what: str) -> None:
    assert of_sql(sql) == [what]


@pytest.mark.parametrize(
    "body",
    [
        "op.create_table('t', sa.Column('a', sa.Integer)); op.create_unique_constraint('u', 't', ['a']); op.drop_column('t', 'a')",
        "op.add_column('facts', sa.Column('a', sa.Integer))",
        "op.add_column('facts', sa.Column('a', sa.Integer, nullable=False, server_default='0'))",
        "op.alter_column('facts', 'a', nullable=True)",
        "op.alter_column('facts', 'a', server_default='0')",
        "op.create_index('i', 'facts', ['a']); op.drop_index('i'); op.drop_constraint('c', 'facts')",
        "op.execute('create table t (a int)')",
        "op.execute(sa.text('update facts set a = 1'))",
        "op.get_bind().execute(BATCH, {'rows': 1})",
        "op.execute(sa.update(facts).where(facts.c.a == 1).values(a=2))",
        "op.bulk_insert(facts, [])",
        "more()",
        "for s in ('create table a (x int)', 'create index i on a (x)'):\n        op.execute(s)",
    ],
)
def test_an_alembic_migration_that_only_adds_is_found_harmless(body: str) -> None:
    assert of_alembic(body, "BATCH = sa.text('update facts set a = 1 where id < :rows')\ndef more():\n    op.execute('select 1')\n") == []


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("op.drop_column('facts', 'a')", "drops a column (facts)"),
        ("op.drop_table('facts')", "drops a table (facts)"),
        ("op.rename_table('facts', 'news')", "renames a table (facts)"),
        ("op.alter_column('facts', 'a', new_column_name='b')", "renames a"),
        ("op.alter_column('facts', 'a', type_=sa.Text())", "changes the type of a"),
        ("op.alter_column('facts', 'a', nullable=False)", "sets a NOT NULL"),
        ("op.alter_column('facts', 'a', nullable=STRICT)", "sets a NOT NULL"),
        ("op.add_column('facts', sa.Column('a', sa.Integer, nullable=False))", "adds a NOT NULL without a server default"),
        ("op.add_column('facts', made())", "adds a column that is made while it runs, which cannot be checked"),
        ("op.create_unique_constraint('u', 'facts', ['a'])", "adds a rule that an older release may not keep to"),
        ("op.create_index('u', 'facts', ['a'], unique=True)", "adds a rule that an older release may not keep to"),
        ("with op.batch_alter_table('facts') as batch:\n        batch.drop_column('a')", "drops a column (a)"),
        ("op.execute('drop table facts')", "drops table facts"),
        ("op.execute(f'drop table {NAME}')", "runs SQL that is made while it runs, which cannot be checked"),
        ("op.execute('drop ' + NAME)", "runs SQL that is made while it runs, which cannot be checked"),
        ("op.execute(NAME.format('x'))", "runs SQL that is made while it runs, which cannot be checked"),
        ("op.execute(GONE)", "drops table facts"),
        ("op.execute(sa.delete(facts).where(facts.c.a == 1))", "removes rows"),
        ("hidden()", "drops table facts"),
    ],
)
def test_an_alembic_migration_that_takes_away_is_found(body: str, what: str) -> None:
    before = "NAME = 'facts'\nSTRICT = False\nGONE = sa.text('drop table facts')\ndef hidden():\n    op.execute('drop table facts')\n"
    assert of_alembic(body, before) == [what]


@pytest.mark.parametrize(("source", "what"), [("def upgrade(:", "is no Python that can be read"), ("x = 1", "has no upgrade()")])
def test_what_cannot_be_read_is_no_pass(source: str, what: str) -> None:
    assert [finding.what for finding in not_expand_only({"1.py": source})] == [what]


def test_a_file_of_another_kind_is_no_pass() -> None:
    assert [finding.what for finding in not_expand_only({"1.rb": ""})] == ["is neither SQL nor Python, and cannot be checked"]


def test_a_table_of_an_earlier_migration_is_new_to_the_later_ones() -> None:
    assert not_expand_only({"1.sql": "create table t (a int)", "2.sql": "alter table t drop column a"}) == ()


def test_a_finding_names_file_and_line() -> None:
    findings = not_expand_only({"a/2.sql": "select 1;\n\n-- away with it\ndrop table facts;\ntruncate x; truncate y"})
    assert in_words(findings) == "a/2.sql:4 drops table facts; a/2.sql:5 removes rows and 1 more"


def test_the_reference_agents_expand_migrations_only_add_and_its_contract_migration_does_not(root: Path) -> None:
    tree = root / "examples/marketing_agent/migrations"
    expand = {path.name: path.read_text() for path in tree.glob("expand/*.py")}
    contract = {path.name: path.read_text() for path in tree.glob("contract/*.py")}
    assert not_expand_only(expand) == ()
    assert {finding.what for finding in not_expand_only(contract)} >= {"sets facts.content NOT NULL", "drops facts.value"}
