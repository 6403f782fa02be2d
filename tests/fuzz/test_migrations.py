"""Whatever stands in a migration, the check ends, and finds again what it found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.deploy.migrations import not_expand_only
from goldfinch.core.deploy.sql_tokens import statements

WORDS = st.sampled_from(
    [
        "alter",
        "table",
        "drop",
        "column",
        "add",
        "rename",
        "to",
        "set",
        "not",
        "null",
        "create",
        "unique",
        "index",
        "if",
        "exists",
        "only",
        "do",
        "execute",
        "delete",
        "from",
        "constraint",
        "type",
        "trigger",
        "function",
        "facts",
        "a",
        ".",
        ",",
        ";",
        "(",
        ")",
        "'",
        '"',
        "`",
        "$$",
        "$x$",
        "--",
        "/*",
        "*/",
        "\n",
        "\\",
        "e'",
        "[a",
        "default",
        "modify",
        "detach",
    ]
)
SQL = st.lists(st.one_of(WORDS, st.text(max_size=3)), max_size=60).map(" ".join)
PYTHON = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            [
                "op.execute(X)",
                "X = f'drop {X}'",
                "X = X",
                "for X in (X, 'drop table a'): op.execute(X)",
                "op.add_column('a', sa.Column())",
                "op.alter_column(nullable=None)",
                "op.drop_column(*a, **b)",
                "op.create_index('a', unique=True)",
                "op.create_unique_constraint()",
                "op.execute()",
                "upgrade()",
                "op.execute(text(text('drop table a')))",
            ]
        ),
        max_size=12,
    ).map(lambda lines: "def upgrade():\n    pass\n" + "".join(f"    {line}\n" for line in lines)),
)


@given(SQL)
def test_any_sql(text: str) -> None:
    found = not_expand_only({"1.sql": text})
    assert not_expand_only({"1.sql": text}) == found
    assert all(1 <= finding.line <= text.count("\n") + 1 for finding in found)


@given(PYTHON)
def test_any_python(text: str) -> None:
    found = not_expand_only({"1.py": text})
    assert not_expand_only({"1.py": text}) == found


@given(SQL)
def test_what_drops_a_table_in_a_statement_of_its_own_is_found_before_anything(after: str) -> None:
    assert not_expand_only({"1.sql": f"drop table facts;{after}"})[0].what != ""


@given(st.text(max_size=300))
def test_no_word_is_made_up(text: str) -> None:
    words = [word for statement in statements(text) for word in statement.words]
    assert sum(map(len, words)) <= 2 * len(text) + 2 * len(words)


def test_long_and_deep_texts_end() -> None:
    for text in (
        "(" * 200_000,
        "'" * 200_001,
        "$$" * 100_001,
        "/*" * 100_000,
        '"' * 200_001,
        "$a$" * 60_000,
        "alter table a add " + "(,)" * 60_000,
    ):
        not_expand_only({"1.sql": text, "2.py": text})
    not_expand_only({"1.py": "def upgrade():\n    op.execute(" + "f(" * 80 + ")" * 80 + ")\n"})
