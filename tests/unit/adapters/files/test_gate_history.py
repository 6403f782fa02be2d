from __future__ import annotations

import json
from pathlib import Path

import pytest

from goldfinch.adapters.files.gate_history import append_history, read_history
from goldfinch.core.checking.history import GateLine, LineKind
from goldfinch.core.errors import ConfigurationError, InfrastructureError
from goldfinch.core.gates.outcome import GateName
from goldfinch.core.redaction import Redactor
from goldfinch.core.verdict import Verdict

LINE = GateLine(LineKind.CHECKED, "2026-11-24T09:00:00Z", GateName.COST, "run-1", verdict=Verdict.FAIL, by="ana", reason="é ⏎")


def test_lines_are_only_added_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "history.jsonl"
    append_history(path, [LINE], Redactor())
    first = path.read_bytes()
    append_history(path, [LINE, LINE], Redactor())
    assert path.read_bytes().startswith(first)
    assert read_history(path) == (LINE,) * 3


def test_no_file_is_no_history(tmp_path: Path) -> None:
    assert read_history(tmp_path / "none.jsonl") == ()


def test_a_line_that_a_kill_tore_is_passed_over_and_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    append_history(path, [LINE], Redactor())
    with path.open("ab") as file:
        file.write(b'{"kind": "chec')
    assert read_history(path) == (LINE,)
    append_history(path, [LINE], Redactor())
    assert read_history(path) == (LINE, LINE)


def test_secrets_do_not_reach_the_file(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    append_history(path, [GateLine(LineKind.CHECKED, "t", GateName.COST, "r", by="hunter2-secret")], Redactor(["hunter2-secret"]))
    assert "hunter2" not in path.read_text()


@pytest.mark.parametrize("line", ["", "null", "{}", '{"kind":"checked"}', "[" * 10_000, "\x00", '{"kind": "x", "gate": "cost"}'])
def test_a_line_that_is_none_of_ours_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    append_history(path, [LINE], Redactor())
    path.write_text(path.read_text() + line + "\n")
    if not line:
        assert read_history(path) == (LINE,)
        return
    with pytest.raises(ConfigurationError, match=r"history\.jsonl:2: is no line of a gates' history"):
        read_history(path)


def test_a_line_of_a_newer_version_is_not_read_as_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    append_history(path, [LINE], Redactor())
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 2}) + "\n")
    with pytest.raises(ConfigurationError, match="newer Goldfinch"):
        read_history(path)


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine")
    (tmp_path / "history.jsonl").symlink_to(target)
    with pytest.raises(InfrastructureError):
        append_history(tmp_path / "history.jsonl", [LINE], Redactor())
    assert target.read_text() == "mine"
