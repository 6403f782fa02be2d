"""What every reader refuses, and in what words."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from goldfinch.adapters.evidence import reading
from goldfinch.adapters.evidence.coverage import read_coverage
from goldfinch.adapters.evidence.junit import read_junit
from goldfinch.adapters.evidence.linting import read_ruff
from goldfinch.adapters.evidence.scans import read_bandit, read_pip_audit, read_sbom, read_secret_scan
from goldfinch.adapters.evidence.type_baseline import read_type_baseline
from goldfinch.adapters.evidence.typing import read_mypy
from goldfinch.core.errors import EvidenceUnreadable, ExitCode

READERS: dict[str, Callable[[Path], object]] = {
    "ruff": read_ruff,
    "mypy": read_mypy,
    "junit": lambda path: read_junit([path]),
    "coverage": read_coverage,
    "bandit": read_bandit,
    "pip-audit": read_pip_audit,
    "secrets": read_secret_scan,
    "sbom": read_sbom,
    "type baseline": read_type_baseline,
}
every_reader = pytest.mark.parametrize("read", READERS.values(), ids=READERS)


def refused(read: Callable[[Path], object], path: Path) -> EvidenceUnreadable:
    with pytest.raises(EvidenceUnreadable) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(path)[:200])
    assert caught.value.exit_code is ExitCode.INCONCLUSIVE
    return caught.value


@every_reader
def test_a_report_that_is_not_there_is_named(read: Callable[[Path], object], tmp_path: Path) -> None:
    assert refused(read, tmp_path / "none.json").code == "E2110"
    assert refused(read, tmp_path / ("x" * 300)).code == "E2110"
    assert refused(read, tmp_path / "a\0b").code == "E2110"


@every_reader
def test_folders_links_and_pipes_are_no_reports(read: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "real").write_text("[]")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "pipe", "folder"):
        assert refused(read, tmp_path / name).code == "E2111"


@every_reader
def test_a_report_without_an_end_is_not_read(read: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    (tmp_path / "long").write_bytes(b"x" * 101)
    assert refused(read, tmp_path / "long").code == "E2112"


@every_reader
@pytest.mark.parametrize(
    "content",
    [b"", b" ", b"[", b"null", b"3", b'"x"', b"{}", b"[1]", b"[[]]", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b"<a>", b"[NaN]"],
    ids=["empty", "blank", "cut", "null", "number", "text", "object", "list of 1", "lists", "bytes", "deep", "deep objects", "xml", "nan"],
)
def test_what_is_no_such_report_is_refused_in_one_line(read: Callable[[Path], object], content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes(content)
    assert refused(read, path).code == "E2113"


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "secret.json"
    path.write_text("[]")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything
        path.chmod(0o600)
        assert read_ruff(path).problems == 0
        return
    assert refused(read_ruff, path).code == "E2111"


def test_words_of_a_tool_become_one_bounded_line() -> None:
    assert reading.one_line("a\n b\t c\r\n") == "a b c"
    assert reading.one_line(None) == reading.one_line(3) == ""
    assert len(reading.one_line("x" * 10_000)) == reading.MAX_TEXT
    assert reading.one_line("x" * 10_000).endswith("…")


def test_counts_are_whole_numbers_and_nothing_else() -> None:
    assert [reading.whole(value) for value in (0, 7, -1, True, 1.0, "3", None, 1 << 60)] == [0, 7, None, None, None, None, None, None]
    assert reading.spot("a.py", True) == "a.py"
