"""Logs that releases write to themselves stay small, whatever they write."""

from __future__ import annotations

from pathlib import Path

from goldfinch.adapters.processes.logs import keep_small, last_line


def test_of_a_log_that_was_written_faster_than_anybody_looked_only_the_last_part_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "instance-1.log"
    log.write_bytes(b"x" * 100_000 + b"the end\n")
    keep_small(log, 1000)
    older = tmp_path / "instance-1.log.1"
    assert (log.stat().st_size, older.stat().st_size) == (0, 1000)
    assert older.read_bytes().endswith(b"the end\n")
    assert older.stat().st_mode & 0o077 == 0


def test_a_small_log_stays_as_it_is(tmp_path: Path) -> None:
    log = tmp_path / "instance-1.log"
    log.write_bytes(b"a line\n")
    keep_small(log, 1000)
    assert last_line(log) == "a line"
    assert not (tmp_path / "instance-1.log.1").exists()


def test_a_link_in_the_place_of_the_older_log_is_not_written_through(tmp_path: Path) -> None:
    log, other = tmp_path / "instance-1.log", tmp_path / "other"
    other.write_text("mine")
    log.write_bytes(b"x" * 2000)
    (tmp_path / "instance-1.log.1").symlink_to(other)
    keep_small(log, 1000)
    assert other.read_text() == "mine"
