"""Whatever is in a quarantine file: a quarantine in which every case was flaky in three runs, or one of our errors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

from goldfinch.adapters.files.dataset_writing import yaml_text
from goldfinch.adapters.files.quarantine_file import read_quarantine, write_quarantine
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.quarantine.document import document_of
from goldfinch.core.quarantine.entries import Quarantine
from tests.quarantine_samples import entry, quarantine

WHOLE = (yaml_text(document_of(quarantine(entry("a"), entry("b", owner=""))))).encode()
PIECES = [
    b"\x00",
    b"\xff",
    b"\n",
    b"- ",
    b"{}",
    b"[]",
    b"null",
    b"1e999",
    b"-1",
    b"3",
    b"9" * 400,
    b"[" * 300,
    b"&a ",
    b"*a",
    b"<<: ",
    b"!!python",
    b"---\n",
    b"'",
]


def _mutated(content: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for at, length, piece in edits:
        place = at % (len(content) + 1)
        content = content[:place] + piece + content[place + length :]
    return content


EDITS = st.lists(
    st.tuples(st.integers(0, 2_000), st.integers(0, 40), st.sampled_from(PIECES) | st.binary(max_size=8)), min_size=1, max_size=4
)


def read(path: Path) -> Quarantine | None:
    """None where the file is refused, in one line."""
    try:
        return read_quarantine(path)
    except ConfigurationError as error:
        refused = error
    assert (refused.code, "\n" in str(refused)) == ("E2470", False)
    return None


def test_a_damaged_file_is_one_error_or_a_sound_quarantine(fuzz: Callable[..., Callable[..., None]], tmp_path: Path) -> None:
    path, again = tmp_path / "quarantine.yaml", tmp_path / "again.yaml"

    @fuzz(1_000, EDITS)
    def check(edits: list[tuple[int, int, bytes]]) -> None:
        path.write_bytes(_mutated(WHOLE, edits))
        if (found := read(path)) is None:
            return
        for one in found.cases.values():
            assert len({run.run_id for run in one.runs}) >= 3
            assert all(0 < run.passed < run.trials for run in one.runs)
        write_quarantine(again, found)
        assert (read_quarantine(again).cases, read_quarantine(again).released) == (found.cases, found.released)
