"""Nobody notices that a rollout moves: constant load and open streams, up to 100 % and back from 50 %."""

from __future__ import annotations

from pathlib import Path

from benchmarks.rollout_traffic import STREAMS, measure


async def test_no_request_fails_and_no_stream_is_cut_while_the_split_moves(tmp_path: Path) -> None:
    seen = await measure(tmp_path, rounds=1, hold_s=0.5)
    assert (seen.failed, seen.cut) == ([], [])
    assert seen.requests > 100
    assert seen.streams == STREAMS + 2
    assert (len(seen.shifts_s), len(seen.way_back_s)) == (3, 1)
