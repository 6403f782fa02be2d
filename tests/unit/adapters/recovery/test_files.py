"""Packs are there whole or not at all; drills are lines that are read back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from goldfinch.adapters.files.pack_folder import PackFolders
from goldfinch.adapters.recovery.drill_file import append_drill, last_drill
from goldfinch.core.recovery.drills import Drill, Fault
from goldfinch.core.recovery.failures import DrillsUnreadable
from goldfinch.core.recovery.times import RollbackTimes

AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_pack_is_a_folder_for_its_user_alone(tmp_path: Path) -> None:
    packs = PackFolders(tmp_path / "evidence")
    assert not packs.has("ro_1")
    where = Path(packs.write("ro_1", {"index.html": "ä", "pack.json": "{}"}))
    assert packs.has("ro_1")
    assert (where / "index.html").read_text(encoding="utf-8") == "ä"
    assert [path.name for path in where.parent.iterdir()] == ["ro_1"]
    assert oct((where / "pack.json").stat().st_mode)[-3:] == "600"
    assert oct(where.stat().st_mode)[-3:] == "700"


def test_the_pack_that_is_there_stays(tmp_path: Path) -> None:
    packs = PackFolders(tmp_path)
    packs.write("ro_1", {"a": "first"})
    packs.write("ro_1", {"a": "second"})
    assert (tmp_path / "ro_1" / "a").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["ro_1"]


@pytest.mark.parametrize("name", ["", ".", "..", "../other", "a/b"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        PackFolders(tmp_path / "evidence").write(name, {"a": ""})


def test_a_pack_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no-such-folder"):
        PackFolders(tmp_path).write("ro_1", {"a": "", "no-such-folder/b": ""})
    assert list(tmp_path.iterdir()) == []


def test_drills_are_appended_and_the_last_one_counts(tmp_path: Path) -> None:
    path = tmp_path / "local" / "drills.jsonl"
    assert last_drill(path) is None
    for fault in (Fault.ERRORS, Fault.QUALITY):
        append_drill(path, Drill(AT, fault, True, "x", RollbackTimes()))
    last = last_drill(path)
    assert last is not None
    assert (last.fault, last.passed) == ("quality", True)


def test_a_line_that_is_no_drill_is_named(tmp_path: Path) -> None:
    path = tmp_path / "drills.jsonl"
    path.write_text("{}\nrubbish\n", encoding="utf-8")
    with pytest.raises(DrillsUnreadable, match=r"drills\.jsonl:2"):
        last_drill(path)
