"""T5: what a step tells GitHub cannot be made to say something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldfinch.adapters.verdicts.github import MAX_SUMMARY_BYTES, append_outputs, append_summary
from goldfinch.core.errors import InfrastructureError
from goldfinch.testing.hostile_text import HOSTILE_TEXTS

ATTACKS = [*HOSTILE_TEXTS.values(), "x\nEOF\nPATH=/evil", "x\ngoldfinch_\nPATH=/evil", "a\r\nverdict=pass", "\n::set-output name=x::1"]


@pytest.mark.parametrize("text", ATTACKS)
def test_a_value_stays_one_line_between_its_delimiters(text: str, tmp_path: Path) -> None:
    path = tmp_path / "output"
    append_outputs(path, {"verdict": text, "last": "ok"})
    lines = path.read_text(encoding="utf-8").split("\n")
    assert len(lines) == 7
    assert lines[0].startswith("verdict<<goldfinch_")
    assert lines[2] == lines[0].partition("<<")[2]
    assert lines[3].startswith("last<<")
    assert (lines[4], lines[6]) == ("ok", "")


def test_what_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.write_text("before=1\n")
    append_outputs(path, {"a": "b"})
    assert path.read_text().startswith("before=1\na<<")


def test_a_summary_is_never_longer_than_github_shows(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    append_summary(path, "ä line\n" * 300_000)
    assert path.stat().st_size <= MAX_SUMMARY_BYTES + 1
    assert path.read_text(encoding="utf-8").endswith("(cut: the rest is in the verdict's JSON)\n\n")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match="cannot write"):
        append_summary(tmp_path / "none" / "summary", "x")
