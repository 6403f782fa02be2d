"""`goldfinch audit` on a real database file: whoever changes it is found out (T18)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from goldfinch.adapters.files.audit_export import audit_schema
from goldfinch.bootstrap.settings import load_settings
from goldfinch.bootstrap.store import open_store
from goldfinch.cli.app import app, main
from goldfinch.core.audit.entry import AuditDraft

AT = datetime(2026, 1, 1, tzinfo=UTC)
STORE = Path(".goldfinch/goldfinch.db")


@pytest.fixture
def head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with ten rows in the present folder; its head."""
    monkeypatch.chdir(tmp_path)
    store = open_store(load_settings())
    for number in range(1, 11):
        store.audit.append(AuditDraft(AT, "ada", "rollout.promote", f"rollout:ro_{number}", detail={"reason": "größe\x1b[31m"}))
    end = store.audit.head()
    store.close()
    return f"{end.sequence}:{end.hash}"


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["goldfinch", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out, said.err


def sql(*statements: str) -> None:
    """As somebody would who may write the file: without triggers."""
    connection = sqlite3.connect(STORE)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def flip_a_byte() -> None:
    content = bytearray(STORE.read_bytes())
    place = content.index(b'"subject":"rollout:ro_4"') + len(b'"subject":"rollout:')
    content[place] ^= 1
    STORE.write_bytes(content)


def swap() -> None:
    moves = [f"UPDATE goldfinch_audit SET sequence = {new} WHERE sequence = {old}" for old, new in ((4, 99), (7, 4), (99, 7))]
    sql(*moves)


def renumber_after_deleting() -> None:
    sql("DELETE FROM goldfinch_audit WHERE sequence = 4", *(f"UPDATE goldfinch_audit SET sequence = {n - 1} WHERE sequence = {n}" for n in range(5, 11)))  # fmt: skip  # noqa: E501


def insert() -> None:
    sql("INSERT INTO goldfinch_audit SELECT 11, replace(entry, 'ada', 'eve'), hash, 'ab' || hash FROM goldfinch_audit WHERE sequence = 10")


TAMPERED: list[tuple[Callable[[], None], str, int]] = [
    (flip_a_byte, "changed", 4),
    (lambda: sql("UPDATE goldfinch_audit SET entry = replace(entry, 'ada', 'eve') WHERE sequence = 4"), "changed", 4),
    (lambda: sql("UPDATE goldfinch_audit SET hash = 'x' WHERE sequence = 4"), "changed", 4),
    (lambda: sql("DELETE FROM goldfinch_audit WHERE sequence = 4"), "missing", 4),
    (renumber_after_deleting, "missing", 4),
    (swap, "reordered", 4),
    (lambda: sql("DELETE FROM goldfinch_audit WHERE sequence > 7"), "tail cut", 8),
    (lambda: sql("DELETE FROM goldfinch_audit"), "tail cut", 1),
    (insert, "changed", 11),
    (lambda: sql("UPDATE goldfinch_audit_head SET hash = 'x'"), "head wrong", 10),
    (lambda: sql("DELETE FROM goldfinch_audit_head"), "head wrong", 10),
]


def test_a_whole_log_verifies_and_says_its_head(head: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = run(capsys, monkeypatch, "audit", "verify")
    assert (code, out.splitlines()[:2]) == (0, ["audit log of .goldfinch/goldfinch.db is whole: 10 rows", f"head {head}"])
    assert run(capsys, monkeypatch, "audit", "verify", "--head", head)[0] == 0


@pytest.mark.parametrize(("tamper", "what", "row"), TAMPERED)
def test_names_the_row_that_somebody_changed(
    head: str, tamper: Callable[[], None], what: str, row: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tamper()
    code, out, err = run(capsys, monkeypatch, "audit", "verify")
    assert (code, out) == (1, "")
    assert err.startswith(f"error E2805: .goldfinch/goldfinch.db, row {row}: {what}: ")
    code, out, err = run(capsys, monkeypatch, "audit", "verify", "--output", "json")
    found: dict[str, Any] = json.loads(out)
    assert (code, err, found["whole"], found["tampering"], found["row"]) == (1, "", False, what, row)


def test_a_tail_that_was_cut_with_its_head_shows_against_the_noted_one(
    head: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = "UPDATE goldfinch_audit_head SET sequence = 7, hash = (SELECT hash FROM goldfinch_audit WHERE sequence = 7)"
    sql("DELETE FROM goldfinch_audit WHERE sequence > 7", cut)
    assert run(capsys, monkeypatch, "audit", "verify")[0] == 0
    code, _, err = run(capsys, monkeypatch, "audit", "verify", "--head", head)
    assert code == 1
    assert "row 8: tail cut: the log ends before row 10, which was noted" in err


def test_exports_every_row_as_the_schema_says_without_secrets(head: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(load_settings())
    store.audit.append(AuditDraft(AT, "ada", "rollout.abort", "rollout:ro_1", detail={"reason": "token is hunter2hunter2"}))
    store.close()
    monkeypatch.setenv("ROUTER_TOKEN", "hunter2hunter2")
    out = CliRunner().invoke(app, ["audit", "export"]).stdout
    rows = [json.loads(line) for line in out.splitlines()]
    for row in rows:
        jsonschema.validate(row, audit_schema())
    assert out.isascii()
    assert "\x1b" not in out
    assert [row["sequence"] for row in rows] == list(range(1, 12))
    assert head == f"10:{rows[9]['hash']}"
    assert [row["redacted"] for row in rows] == [*[False] * 10, True]
    assert rows[10]["detail"] == {"reason": "token is [redacted]"}


def test_exports_to_a_file_from_a_row_on(
    head: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = CliRunner().invoke(app, ["audit", "export", "--to", "audit.jsonl", "--after", "7"])
    assert result.stdout == "3 rows written to audit.jsonl\n"
    assert [json.loads(line)["sequence"] for line in (tmp_path / "audit.jsonl").read_text().splitlines()] == [8, 9, 10]
    code, _, err = run(capsys, monkeypatch, "audit", "export", "--to", "nowhere/audit.jsonl")
    assert (code, err) == (3, "error E2809: nowhere/audit.jsonl: cannot write: No such file or directory\n")


def test_a_row_that_cannot_be_read_ends_the_export_with_its_number(
    head: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sql("UPDATE goldfinch_audit SET entry = '{' WHERE sequence = 4")
    code, out, err = run(capsys, monkeypatch, "audit", "export", "--to", "audit.jsonl")
    assert (code, out, Path("audit.jsonl").exists()) == (3, "", False)
    assert err.startswith("error E2806: .goldfinch/goldfinch.db: row 4 of the audit log: ")
    assert "`goldfinch audit verify` says what was done" in err


@pytest.mark.parametrize("arguments", [["audit", "verify"], ["audit", "export"], ["audit", "export", "--to", "x"]])
def test_where_no_store_is_none_is_made(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, monkeypatch, *arguments)
    assert (code, err) == (2, "error E2808: .goldfinch/goldfinch.db: no store is there yet; correct `store.url`, or --config\n")
    assert list(tmp_path.iterdir()) == []


def test_a_head_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = run(capsys, monkeypatch, "audit", "verify", "--head", "17")
    assert code == 2
    assert err.startswith("error E2807: --head: a head is SEQ:HASH")
