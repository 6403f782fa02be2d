from __future__ import annotations

from pathlib import Path

import pytest

from goldfinch.adapters.files.response_cache import FileResponseCache
from goldfinch.core.output import Output, Usage

KEY = "0a" * 20
OUTPUT = Output(text="größe", usage=Usage(3, 4), cost_usd=0.25)


def test_gives_back_what_was_kept_to_any_process(tmp_path: Path) -> None:
    FileResponseCache(tmp_path / "cache").put(KEY, OUTPUT)
    assert FileResponseCache(tmp_path / "cache").get(KEY) == OUTPUT
    assert FileResponseCache(tmp_path / "cache").get("0b" * 20) is None
    assert [path.name for path in (tmp_path / "cache" / "0a").iterdir()] == [f"{KEY}.json"]


@pytest.mark.parametrize("content", [b"", b"\0" * 50, b'{"text": "half', b"[1]", b'{"text": 5}', b'{"data":' + b"[" * 100_000])
def test_an_entry_that_cannot_be_read_is_no_entry(tmp_path: Path, content: bytes) -> None:
    cache = FileResponseCache(tmp_path)
    cache.put(KEY, OUTPUT)
    (tmp_path / "0a" / f"{KEY}.json").write_bytes(content)
    assert cache.get(KEY) is None


def test_a_full_disk_or_an_odd_answer_loses_the_entry_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = FileResponseCache(tmp_path)
    cache.put(KEY, Output(data=object()))
    (tmp_path / "file").write_text("x")
    FileResponseCache(tmp_path / "file").put(KEY, OUTPUT)
    assert cache.get(KEY) is None


def test_an_entry_does_not_hold_the_run_up_with_a_flush(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr("os.fsync", flushed.append)
    FileResponseCache(tmp_path).put(KEY, OUTPUT)
    assert flushed == []
