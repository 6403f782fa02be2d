"""What the command writes, and what it refuses to overwrite."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from conftest import COMMITTED_SEED

from generator import scenarios, write
from generator.account import Account

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
SCENARIOS = ROOT / "tests" / "fixtures" / "campaign_optimization"
MOST_BYTES = 1_500_000


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_committed_folder_is_exactly_what_the_generator_writes(tmp_path: Path) -> None:
    assert write.main(["--seed", str(COMMITTED_SEED), "--data", str(tmp_path / "data")]) == 0
    assert contents(tmp_path / "data") == contents(DATA)


def test_the_committed_data_are_small() -> None:
    assert sum(len(content) for content in contents(DATA).values()) <= MOST_BYTES


def test_the_committed_scenarios_are_exactly_what_the_generator_writes(tmp_path: Path) -> None:
    assert scenarios.main(["--out", str(tmp_path / "new" / "folder")]) == 0
    assert contents(tmp_path / "new" / "folder") == contents(SCENARIOS)


def test_what_is_written_reads_back_as_the_account(committed: dict[str, Account]) -> None:
    for name, account in committed.items():
        assert json.loads((DATA / name / "account.json").read_text(encoding="utf-8")) == account.document
        assert {path.stem for path in (DATA / name).glob("*.csv")} == set(account.tables)
        for table, rows in account.tables.items():
            with (DATA / name / f"{table}.csv").open(encoding="utf-8", newline="") as file:
                read = list(csv.DictReader(file))
            assert read == [{column: "" if cell is None else str(cell) for column, cell in row.items()} for row in rows]


def test_no_truth_is_written(committed: dict[str, Account]) -> None:
    for name, account in committed.items():
        text = "".join(path.read_text(encoding="utf-8") for path in (DATA / name).iterdir())
        words = set(re.findall(r"[a-z]+", text.lower()))
        assert not words & {"fault", "inflation", "fatigue", "exponent", "strength", "canary", "truth", "noise", "thin", "seed"}
        assert not [curve for curve in account.truth.curves.values() if str(curve.reference) in json.dumps(account.document)]


def test_what_was_generated_before_is_replaced_as_a_whole(tmp_path: Path, committed: dict[str, Account]) -> None:
    accounts = list(committed.values())
    write.write(accounts, tmp_path / "data", "first")
    write.write(accounts[:1], tmp_path / "data", "second")
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["GENERATED", accounts[0].name]
    assert (tmp_path / "data" / "GENERATED").read_text(encoding="utf-8") == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_files_of_other_people_are_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    assert write.main(["--seed", "1", "--data", str(tmp_path)]) == 2
    assert "no GENERATED" in capsys.readouterr().err
    assert contents(tmp_path) == {"thesis.txt": b"mine"}


def test_an_empty_folder_may_be_filled(tmp_path: Path, committed: dict[str, Account]) -> None:
    write.write(list(committed.values())[:1], tmp_path, "mark")
    assert (tmp_path / "aurora-outdoor" / "daily.csv").is_file()


def test_a_path_that_is_a_file_is_one_line_of_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").write_text("", encoding="utf-8")
    assert write.main(["--seed", "1", "--data", str(tmp_path / "data")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert scenarios.main(["--out", str(tmp_path / "data")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_old_folder_stays_where_writing_fails(tmp_path: Path, committed: dict[str, Account], monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = list(committed.values())[:1]
    write.write(accounts, tmp_path / "data", "first")
    before = contents(tmp_path / "data")

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(write, "_write_account", full)
    with pytest.raises(OSError, match="no space"):
        write.write(accounts, tmp_path / "data", "second")
    assert contents(tmp_path / "data") == before
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_folder_that_cannot_take_the_place_of_the_old_one_leaves_it_there(
    tmp_path: Path, committed: dict[str, Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = list(committed.values())[:1]
    write.write(accounts, tmp_path / "data", "first")
    before = contents(tmp_path / "data")
    rename = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if self.name == "fresh":
            raise OSError("device busy")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(OSError, match="device busy"):
        write.write(accounts, tmp_path / "data", "second")
    assert contents(tmp_path / "data") == before
