"""The guard of query_data: one SELECT passes, nothing else does, and nothing personal can be got at."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_accounts import iso, plain_rows, small

from src.tools import ToolFailure, Workspace
from src.tools.database import Database, like
from src.tools.query import query_data

SECRETS = ("Zora Quill", "zora.quill@example.com", "+1-555-0142", "Abel Ink", "abel.ink@example.com", "+1-555-0143")
LEADS = [
    {"lead_id": "L1", "date": iso(0), "campaign": "Alpha", "full_name": SECRETS[0], "email": SECRETS[1], "phone": SECRETS[2]},
    {"lead_id": "L2", "date": iso(1), "campaign": "Alpha", "full_name": SECRETS[3], "email": SECRETS[4], "phone": SECRETS[5]},
    {"lead_id": "L3", "date": iso(1), "campaign": "Alpha", "full_name": SECRETS[3], "email": None, "phone": SECRETS[5]},
]


def space() -> Workspace:
    return small(plain_rows(30), leads=LEADS)


SPACE = space()


def asked(sql: str, **arguments: Any) -> dict[str, Any]:
    return query_data(SPACE, {"sql": sql, **arguments})


def test_a_select_answers_with_columns_and_rows() -> None:
    found = asked("SELECT campaign, SUM(clicks) AS clicks FROM daily GROUP BY campaign")
    assert (found["columns"], found["rows"], found["row_count"], found["truncated"]) == (
        ["campaign", "clicks"],
        [["Alpha", 3000]],
        1,
        False,
    )


@pytest.mark.parametrize(
    "sql", ["  -- a comment\n SELECT 1", "/* one */ select 1", "WITH a AS (SELECT 1 AS x) SELECT x FROM a", "SELECT 1;", "VALUES (1)"]
)
def test_spellings_of_one_select_are_allowed(sql: str) -> None:
    assert asked(sql)["rows"] == [[1]]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO daily (date) VALUES ('x')",
        "UPDATE daily SET clicks = 0",
        "DELETE FROM daily",
        "DROP TABLE daily",
        "CREATE TABLE x (a)",
        "CREATE TEMP TABLE x AS SELECT 1",
        "ATTACH DATABASE '/tmp/x.db' AS x",
        "PRAGMA table_info(daily)",
        "VACUUM INTO '/tmp/x.db'",
        "BEGIN",
        "EXPLAIN SELECT 1",
        "REINDEX",
        "ANALYZE",
        "SELECT 1; DROP TABLE daily",
        "SELECT * FROM pragma_table_info('daily')",
        "SELECT load_extension('x')",
        "SELECT randomblob(10)",
        "SELECT readfile('/etc/passwd')",
        "WITH a AS (SELECT 1) DELETE FROM daily",
        "SELECT * FROM json_each('[1]')",
        "SELECT * FROM nowhere",
        "",
        ";",
        "-- nothing",
        "SELECT 'a\0b'",
        "REPLACE INTO daily (date) VALUES ('x')",
    ],
)
def test_all_else_is_refused_in_words(sql: str) -> None:
    with pytest.raises(ToolFailure, match="query (refused|failed)"):
        asked(sql)
    assert asked("SELECT COUNT(*) FROM daily")["rows"] == [[30]]


def test_the_reason_of_a_refusal_is_named() -> None:
    for sql, words in (
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELECT load_extension('x')", "function load_extension"),
        ("PRAGMA x", "no SELECT"),
    ):
        with pytest.raises(ToolFailure, match=words):
            asked(sql)


def test_rows_are_bounded_and_the_rest_is_told() -> None:
    found = asked("SELECT date FROM daily", limit=5)
    assert (found["row_count"], found["truncated"]) == (5, True)
    assert "there are more rows; the first 5 are shown" in found["warnings"]


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT SUM(x) FROM n",
        "SELECT COUNT(*) FROM daily a, daily b, daily c, daily d, daily e",
    ],
)
def test_a_query_without_end_is_stopped_by_its_steps(sql: str) -> None:
    with pytest.raises(ToolFailure, match="takes too long"):
        Database(SPACE.tables).select(sql, 10, max_steps=200_000)


def test_a_text_without_bound_is_refused() -> None:
    grown = "'xxxxxxxxxxxxxxxxxxxxxxxx'"
    for _ in range(4):
        grown = f"replace({grown}, 'x', 'xxxxxxxxxxxxxxxx')"
    with pytest.raises(ToolFailure, match="query failed: string or blob too big"):
        asked(f"SELECT {grown}")


@pytest.mark.parametrize("call", ["printf('%.*c', 2000000000, 'x')", "format('%d', 1)", "glob('*a*b', 'x')", "zeroblob(9)", "hex('x')"])
def test_functions_that_could_run_or_grow_without_bound_are_refused(call: str) -> None:
    with pytest.raises(ToolFailure, match="is not allowed"):
        asked(f"SELECT {call}")


def test_a_pattern_made_to_go_back_and_forth_is_answered() -> None:
    pattern = "%a" * 60 + "%b"
    assert query_data(small(plain_rows(20, campaign="a" * 9000)), {"sql": f"SELECT COUNT(*) FROM daily WHERE campaign LIKE '{pattern}'"})[
        "rows"
    ] == [[0]]


like_text = st.text(alphabet="abAB%_!", max_size=8)


@settings(max_examples=400, deadline=None)
@given(like_text, like_text, st.sampled_from([None, "!"]))
def test_like_means_what_sqlite_means_by_it(pattern: str, text: str, escape: str | None) -> None:
    connection = sqlite3.connect(":memory:")
    words = "SELECT ? LIKE ?" + (" ESCAPE ?" if escape else "")
    expected = connection.execute(words, (text, pattern, *([escape] if escape else []))).fetchone()[0]
    connection.close()
    assert like(pattern, text, escape) == bool(expected)


def test_like_of_nothing_is_nothing() -> None:
    assert asked("SELECT NULL LIKE 'a', 'abc' LIKE 'A%', 'abc' NOT LIKE '_b'")["rows"] == [[None, 1, 1]]


def test_a_result_is_bounded_in_characters_too() -> None:
    found = query_data(small(plain_rows(30, campaign="x" * 9000)), {"sql": "SELECT a.campaign FROM daily a, daily b", "limit": 900})
    assert found["truncated"] is True
    assert found["row_count"] == 100


def test_a_long_cell_is_cut_and_told() -> None:
    found = query_data(small(plain_rows(1, campaign="x" * 5000)), {"sql": "SELECT campaign FROM daily"})
    assert len(found["rows"][0][0]) == 2000
    assert any("cut" in text for text in found["warnings"])


def test_numbers_that_json_has_no_word_for_are_null_and_bytes_are_hex() -> None:
    assert asked("SELECT 9e999, x'00ff'")["rows"] == [[None, "00ff"]]


def test_counting_people_works_and_telling_them_does_not() -> None:
    found = asked("SELECT COUNT(*), COUNT(email), COUNT(DISTINCT phone) FROM leads")
    assert found["rows"] == [[3, 2, 2]]
    assert "personal columns are masked" in found["warnings"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM leads",
        "SELECT full_name || email || phone FROM leads",
        'SELECT "EMAIL" AS x FROM (SELECT * FROM leads)',
        "WITH a(b) AS (SELECT email FROM leads) SELECT upper(b) FROM a",
        "SELECT group_concat(substr(phone, 1, 4) || substr(phone, 5)) FROM leads",
        "SELECT unicode(email), hex_it FROM (SELECT email, email AS hex_it FROM leads)",
        "SELECT l.full_name FROM leads l JOIN leads m ON l.email = m.email",
        "SELECT sql FROM sqlite_master",
        "SELECT (SELECT max(email) FROM leads)",
    ],
)
def test_no_spelling_reveals_a_person(sql: str) -> None:
    told = repr(asked(sql)).casefold()
    assert not any(secret.casefold() in told for secret in SECRETS)


def test_a_person_cannot_be_found_by_guessing() -> None:
    for secret in SECRETS:
        rows = asked(f"SELECT COUNT(*) FROM leads WHERE full_name = '{secret}' OR email LIKE '{secret}' OR phone = '{secret}'")["rows"]
        assert rows == [[0]]


def test_no_part_of_an_open_workspace_holds_a_person() -> None:
    assert not any(secret in repr(SPACE.tables) for secret in SECRETS)


def test_personal_columns_of_other_tables_are_masked_by_name() -> None:
    other = Workspace.from_inline({"people": [{"Email": SECRETS[1], "First Name": "Zora", "age": 40}]})
    found = query_data(other, {"sql": "SELECT * FROM people"})
    assert found["rows"] == [["masked-0001", "masked-0002", 40]]


fragments = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "SELECT",
                "FROM",
                "WHERE",
                "WITH",
                "RECURSIVE",
                "UNION",
                "ALL",
                "JOIN",
                "leads",
                "daily",
                "email",
                "full_name",
                "phone",
                "*",
                ",",
                "(",
                ")",
                ";",
                "--",
                "/*",
                "*/",
                "'",
                '"',
                "||",
                "=",
                "LIKE",
                "%",
                "ATTACH",
                "PRAGMA",
                "INSERT",
                "DELETE",
                "DROP",
                "UPDATE",
                "INTO",
                "VALUES",
                "sqlite_master",
                "group_concat",
                "max",
                "substr",
                "upper",
                "AS",
                "x",
                "LIMIT",
                "5",
                "1",
                "NULL",
                "CASE",
                "WHEN",
                "THEN",
                "END",
                "cast",
                "text",
                "blob",
                "over",
            ]
        ),
        st.text(max_size=6),
    ),
    max_size=14,
)


@settings(max_examples=300, deadline=None)
@given(fragments)
def test_whatever_is_asked_answers_or_is_refused_and_changes_nothing(parts: list[str]) -> None:
    sql = " ".join(parts)
    for text in (sql, "SELECT " + sql):
        try:
            told = repr(asked(text))
        except ToolFailure as failure:
            told = str(failure)
        assert not any(secret in told for secret in SECRETS if secret not in text)
    assert asked("SELECT COUNT(*), SUM(clicks) FROM daily")["rows"] == [[30, 3000]]


def test_many_threads_get_the_same_answers() -> None:
    shared, answers = space(), []

    def ask() -> None:
        for _ in range(20):
            answers.append(query_data(shared, {"sql": "SELECT SUM(clicks) FROM daily"})["rows"][0][0])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [3000] * 160


def test_the_same_query_again_still_says_what_it_read() -> None:
    space = Workspace.from_inline({"account": {"name": "a", "tables": {"leads": [{"email": "a@example.com"}, {"email": "b@example.com"}]}}})
    for limit in (1, 2, 2):
        assert "personal columns are masked" in query_data(space, {"sql": "SELECT email FROM leads", "limit": limit})["warnings"]
