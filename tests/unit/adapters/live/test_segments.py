"""Logs in numbered files: whole lines, each once, whatever happens to the files meanwhile."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from goldfinch.adapters.live.segments import MAX_LINE_BYTES, Gap, Line, Offset, SegmentTail, SegmentWriter

START = Offset()


@pytest.fixture
def tail(tmp_path: Path) -> SegmentTail:
    return SegmentTail(tmp_path, "x")


def contents(lines: list[Line]) -> list[bytes]:
    return [line.content for line in lines]


def test_no_folder_and_no_file_is_nothing_yet(tmp_path: Path) -> None:
    assert list(SegmentTail(tmp_path / "none", "x").lines(START)) == []


def test_segments_are_read_in_order_and_the_one_without_a_number_last(tail: SegmentTail, tmp_path: Path) -> None:
    (tmp_path / "x-000002.jsonl").write_bytes(b"c\n")
    (tmp_path / "x-000001.jsonl").write_bytes(b"a\nb\n")
    (tmp_path / "x.jsonl").write_bytes(b"d\n")
    (tmp_path / "x-1.jsonl").write_bytes(b"none of ours\n")
    found = list(tail.lines(START))
    assert contents(found) == [b"a", b"b", b"c", b"d"]
    assert found[3].at == Offset(3, 0)
    assert contents(list(tail.lines(found[1].end))) == [b"c", b"d"]


def test_an_offset_outlives_the_renaming_of_its_file(tail: SegmentTail, tmp_path: Path) -> None:
    live = tmp_path / "x.jsonl"
    live.write_bytes(b"a\nb\n")
    place = tail.place(next(iter(tail.lines(START))).end)
    live.rename(tmp_path / "x-000001.jsonl")
    live.write_bytes(b"c\n")
    start, gap = tail.resume(place)
    assert gap is None
    assert contents(list(tail.lines(start))) == [b"b", b"c"]


def test_a_line_without_its_end_waits_for_it(tail: SegmentTail, tmp_path: Path) -> None:
    live = tmp_path / "x.jsonl"
    live.write_bytes(b"a\nhal")
    (whole,) = tail.lines(START)
    with live.open("ab") as file:
        file.write(b"f\n")
    assert contents(list(tail.lines(whole.end))) == [b"half"]


def test_a_torn_end_of_a_complete_segment_is_a_bad_line(tail: SegmentTail, tmp_path: Path) -> None:
    (tmp_path / "x-000001.jsonl").write_bytes(b"a\ntorn")
    (tmp_path / "x.jsonl").write_bytes(b"b\n")
    assert contents(list(tail.lines(START))) == [b"a", b"", b"b"]


def test_a_line_that_is_too_long_is_a_bad_one_and_the_next_is_read(tail: SegmentTail, tmp_path: Path) -> None:
    long = b"x" * (3 * 1024 * 1024)
    (tmp_path / "x.jsonl").write_bytes(b"a\n" + long + b"\n" + b"y" * (MAX_LINE_BYTES + 1) + b"\nb\n")
    found = list(tail.lines(START))
    assert contents(found) == [b"a", b"", b"", b"b"]
    assert found[-1].end.byte == (tmp_path / "x.jsonl").stat().st_size


@pytest.mark.parametrize("content", [b"other content, and longer than before\n", b"a\n"])
def test_a_replaced_or_cut_file_is_a_gap(tail: SegmentTail, tmp_path: Path, content: bytes) -> None:
    live = tmp_path / "x.jsonl"
    live.write_bytes(b"a\nb\n")
    place = tail.place(list(tail.lines(START))[-1].end)
    live.write_bytes(content)
    start, gap = tail.resume(place)
    assert start == Offset(1, 0)
    assert gap == Gap("x.jsonl was replaced or cut after 4 bytes of it had been read")


def test_a_deleted_segment_is_a_gap_and_reading_goes_on_behind_it(tail: SegmentTail, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        (tmp_path / f"x-{number:06d}.jsonl").write_bytes(b"a\n")
    place = tail.place(Offset(2, 0))
    (tmp_path / "x-000002.jsonl").unlink()
    assert tail.resume(place) == (Offset(3, 0), Gap("segment 2 of x was deleted before it had been read to its end"))
    for path in tmp_path.iterdir():
        path.unlink()
    assert tail.resume(place)[0] == START


def test_a_writer_begins_segments_and_keeps_so_many(tail: SegmentTail, tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, "x", segment_bytes=10, keep=2)
    for number in range(5):
        writer.append(lambda _, number=number: f"line {number}, long\n".encode())  # type: ignore[misc]
    assert list(tail.segments()) == [4, 5]
    assert contents(list(tail.lines(START))) == [b"line 3, long", b"line 4, long"]


def test_a_writer_sees_the_last_line_also_of_the_segment_before(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def make(last: bytes) -> bytes:
        seen.append(last)
        return f"{len(seen)}\n".encode()

    for _ in range(4):
        SegmentWriter(tmp_path, "x", segment_bytes=4).append(make)
    assert seen == [b"", b"1", b"2", b"3"]


def test_what_a_killed_writer_left_unfinished_is_cut_off(tail: SegmentTail, tmp_path: Path) -> None:
    (tmp_path / "x-000001.jsonl").write_bytes(b"a\nto")
    SegmentWriter(tmp_path, "x").append(lambda last: last + b"b\n")
    assert (tmp_path / "x-000001.jsonl").read_bytes() == b"a\nab\n"


def test_a_writer_whose_disk_is_full_adds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = SegmentWriter(tmp_path, "x")
    writer.append(lambda _: b"a\n")
    real, calls = os.write, 0

    def full(descriptor: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[:3])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        writer.append(lambda _: b"bcdef\n")
    assert (tmp_path / "x-000001.jsonl").read_bytes() == b"a\n"


def test_writers_in_many_threads_lose_and_mix_nothing(tail: SegmentTail, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(40):
            pool.submit(SegmentWriter(tmp_path, "x", segment_bytes=100).append, lambda _, number=number: f"{number:04d}\n".encode())  # type: ignore[misc]
    assert sorted(contents(list(tail.lines(START)))) == [f"{number:04d}".encode() for number in range(40)]


def test_its_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    SegmentWriter(tmp_path / "new", "x").append(lambda _: b"a\n")
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "new").iterdir())
