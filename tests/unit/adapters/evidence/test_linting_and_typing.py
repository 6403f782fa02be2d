from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from goldfinch.adapters.evidence.linting import read_ruff
from goldfinch.adapters.evidence.type_baseline import read_type_baseline, type_baseline_bytes
from goldfinch.adapters.evidence.typing import read_mypy
from goldfinch.core.errors import EvidenceUnreadable
from goldfinch.core.gates.evidence import Spot, TypeCheck

DATA = Path(__file__).parents[3] / "data" / "evidence"


def mypy(folder: Path, text: str) -> TypeCheck:
    path = folder / "mypy.txt"
    path.write_text(text, encoding="utf-8")
    return read_mypy(path)


class TestRuff:
    def test_problems_are_counted_and_placed(self) -> None:
        found = read_ruff(DATA / "ruff.json")
        assert found.problems == len(json.loads((DATA / "ruff.json").read_text()))
        assert found.first[0].where == "/builds/project/src/app/prices.py:1"
        assert found.first[0].text.startswith("I001 ")

    def test_clean_code_is_an_empty_list(self, tmp_path: Path) -> None:
        (tmp_path / "ruff.json").write_text("[]")
        assert read_ruff(tmp_path / "ruff.json").problems == 0

    def test_a_syntax_error_has_no_rule_and_counts(self, tmp_path: Path) -> None:
        (tmp_path / "ruff.json").write_text('[{"code": null, "message": "SyntaxError: x", "filename": "a.py", "location": null}]')
        assert read_ruff(tmp_path / "ruff.json").first == (Spot("a.py", "invalid-syntax SyntaxError: x"),)

    def test_the_ruff_that_is_installed_writes_what_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.py").write_text("import os\n")
        ruff = Path(sys.executable).with_name("ruff")
        if not ruff.exists():
            pytest.skip("ruff is not installed beside this Python")
        out = subprocess.run(
            [ruff, "check", "--isolated", "--no-cache", "--output-format", "json", tmp_path], capture_output=True, check=False
        )
        (tmp_path / "ruff.json").write_bytes(out.stdout)
        assert read_ruff(tmp_path / "ruff.json").problems == 1


class TestMypy:
    def test_text_and_json_say_the_same(self) -> None:
        text, lines = read_mypy(DATA / "mypy.txt"), read_mypy(DATA / "mypy.json")
        assert text == lines
        assert (text.errors, text.stopped) == (2, "")
        assert text.by_place == {"src/app/prices.py [no-untyped-def]": 1, "src/app/prices.py [arg-type]": 1}
        assert text.first[0] == Spot("src/app/prices.py:12", "Function is missing a type annotation [no-untyped-def]")

    def test_clean_code_says_success(self, tmp_path: Path) -> None:
        assert mypy(tmp_path, "Success: no issues found in 12 source files\n") == TypeCheck(0)

    def test_columns_colours_notes_and_windows_line_ends(self, tmp_path: Path) -> None:
        text = (
            "\x1b[1mC:\\src\\a.py:3:5:3:9: \x1b[31merror:\x1b[m Bad  [misc]\r\nC:\\src\\a.py:3: note: See above\r\n"
            "setup.cfg: error: Unrecognized option\r\nFound 2 errors in 2 files (checked 9 source files)\r\n"
        )
        found = mypy(tmp_path, text)
        assert found.errors == 2
        assert found.first == (Spot("C:\\src\\a.py:3", "Bad [misc]"), Spot("setup.cfg", "Unrecognized option"))

    def test_a_check_that_errors_ended_is_stopped(self, tmp_path: Path) -> None:
        found = mypy(tmp_path, "bad.py:1: error: Expected `)`  [syntax]\nFound 1 error in 1 file (errors prevented further checking)\n")
        assert found.stopped == "errors prevented further checking"
        line = '{"file": "bad.py", "line": 1, "message": "Expected", "hint": null, "code": "syntax", "severity": "error"}\n'
        assert mypy(tmp_path, line).stopped == "a syntax error"

    def test_notes_in_json_are_no_errors(self, tmp_path: Path) -> None:
        note = '{"file": "a.py", "line": 1, "message": "see", "code": "misc", "severity": "note"}\n'
        assert mypy(tmp_path, note).errors == 0

    def test_more_errors_in_the_summary_than_lines_count(self, tmp_path: Path) -> None:
        assert mypy(tmp_path, "a.py:1: error: x  [misc]\nFound 7 errors in 1 file (checked 1 source file)\n").errors == 7

    def test_no_file_checked_proves_nothing(self, tmp_path: Path) -> None:
        assert mypy(tmp_path, "Success: no issues found in 0 source files").stopped == "it checked no file"

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "empty"),
            ("\n\n", "empty"),
            ("a.py:1: error: x  [misc]\n", "no summary"),
            ("a.py:1: error: INTERNAL ERROR -- Please try using mypy master\nTraceback (most recent call last):\n", "no summary"),
            ("bash: mypy: command not found\n", "no summary"),
            ('{"file": "a.py", "severity": "error"}\n{"file": "b', "mypy.txt:2"),
        ],
    )
    def test_a_report_that_does_not_show_its_end_is_refused(self, text: str, why: str, tmp_path: Path) -> None:
        with pytest.raises(EvidenceUnreadable, match=why):
            mypy(tmp_path, text)

    def test_the_mypy_that_is_installed_writes_what_is_read(self, tmp_path: Path) -> None:
        pytest.importorskip("mypy", reason="mypy is not installed beside this Python")
        (tmp_path / "a.py").write_text("x: int = 'text'\n")
        command = [sys.executable, "-m", "mypy", "--no-incremental", "--config-file=", "a.py"]
        out = subprocess.run(command, capture_output=True, check=False, cwd=tmp_path)
        (tmp_path / "mypy.txt").write_bytes(out.stdout)
        assert read_mypy(tmp_path / "mypy.txt").by_place == {"a.py [assignment]": 1}


class TestBaseline:
    def test_what_is_written_is_read(self, tmp_path: Path) -> None:
        known = {"src/b.py [misc]": 1, "src/a.py [arg-type]": 2}
        path = tmp_path / "type-baseline.json"
        path.write_bytes(type_baseline_bytes(known))
        assert read_type_baseline(path) == known
        assert path.read_text().index("src/a.py") < path.read_text().index("src/b.py")

    @pytest.mark.parametrize(
        "document",
        [
            {"kind": "other", "schema_version": 1, "errors": {}},
            {"kind": "type_baseline", "schema_version": 2, "errors": {}},
            {"kind": "type_baseline", "schema_version": 1, "errors": {"a": -1}},
            {"kind": "type_baseline", "schema_version": 1, "errors": {"a": True}},
            {"kind": "type_baseline", "schema_version": 1},
        ],
    )
    def test_what_is_none_is_refused(self, document: object, tmp_path: Path) -> None:
        path = tmp_path / "type-baseline.json"
        path.write_text(json.dumps(document))
        with pytest.raises(EvidenceUnreadable, match="baseline of type errors"):
            read_type_baseline(path)
