from __future__ import annotations

from pathlib import Path

import pytest

from goldfinch.adapters.files.atomic import atomic_file, atomic_text_file, write_atomically


def test_the_file_appears_whole_in_utf8_with_unix_line_ends(tmp_path: Path) -> None:
    target = tmp_path / "summary.md"
    with atomic_text_file(target) as out:
        out.write("größe\n")
        assert not target.exists()
    assert target.read_bytes() == "größe\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["summary.md"]


def test_a_failure_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "summary.md"
    target.write_text("old")
    with pytest.raises(UnicodeEncodeError), atomic_text_file(target) as out:
        out.write("new \ud800")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["summary.md"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep")
    link = tmp_path / "summary.md"
    link.symlink_to(precious)
    with atomic_text_file(link) as out:
        out.write("new")
    assert (precious.read_text(), link.is_symlink(), link.read_text()) == ("keep", False, "new")


def test_two_writers_of_one_file_do_not_meet_even_with_the_same_process_id(tmp_path: Path) -> None:
    target = tmp_path / "summary.json"
    with atomic_file(target) as first, atomic_file(target) as second:
        first.write(b"first, longer")
        second.write(b"second")
    assert target.read_bytes() == b"first, longer"
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]


@pytest.mark.parametrize(("durable", "flushes"), [(True, 2), (False, 0)])
def test_a_durable_file_and_its_name_are_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durable: bool, flushes: int) -> None:
    flushed: list[int] = []
    monkeypatch.setattr("os.fsync", flushed.append)
    write_atomically(tmp_path / "manifest.json", b"{}", durable=durable)
    assert len(flushed) == flushes


@pytest.mark.parametrize("folder", [".", "/"])
def test_a_folder_without_a_name_is_refused_as_any_folder_is(folder: str) -> None:
    with pytest.raises(IsADirectoryError):
        write_atomically(Path(folder), b"{}")
