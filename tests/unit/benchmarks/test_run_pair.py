from __future__ import annotations

from pathlib import Path

from benchmarks.run_pair import ANSWER, METRICS, write_run
from goldfinch.adapters.files.run_directory import RunDirectory
from goldfinch.bootstrap.comparing import RunAt, compare_folders
from goldfinch.core.verdict import Verdict


def test_the_runs_that_are_measured_are_whole_and_can_be_compared(tmp_path: Path) -> None:
    folders = [write_run(tmp_path / name, cases=400, run_id=name, pass_rate=0.8) for name in ("base", "now")]
    found = compare_folders(RunAt(folders[0]), RunAt(folders[1]))
    assert not found.invalid
    assert found.verdict in (Verdict.PASS, Verdict.INCONCLUSIVE)
    assert {*METRICS, "pass_rate", "cost_usd", "latency_ms", "token_count", "step_count"} == {one.metric for one in found.metrics}
    assert {len(record.output.text or "") for record in RunDirectory(folders[0]).outputs()} == {len(ANSWER)} == {200}
