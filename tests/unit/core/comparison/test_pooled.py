from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.core.comparison.pooled import pooled_manifest, pooled_table
from goldfinch.core.errors import RunDirectoryError
from goldfinch.core.results.manifest import RunStatus
from tests.simulated_versions import SimulatedVersion

VERSION = SimulatedVersion("agent", [0.5] * 8, seed=3)


def test_trials_of_several_runs_are_those_of_one() -> None:
    apart = pooled_table([VERSION.run(1).table(), VERSION.run(2, first_trial=1).table()])
    whole = VERSION.run(3).table()
    assert dict(apart.cases) == dict(whole.cases)
    assert sorted(zip(apart.row_cases, apart.passed, apart.scores, strict=True)) == sorted(
        zip(whole.row_cases, whole.passed, whole.scores, strict=True)
    )
    assert (apart.planned, apart.rows) == (whole.planned, whole.rows)


def test_a_part_of_the_cases_finds_its_places() -> None:
    apart = pooled_table([VERSION.run(1).table(), VERSION.run(1, first_trial=1, hashes={"c5": "", "c2": ""}).table()])
    assert list(apart.row_cases)[-2:] == [5, 2]
    assert apart.planned == 10


def test_a_case_that_was_edited_is_refused() -> None:
    edited = VERSION.run(1).table()
    edited.hashes[4] = "another"
    with pytest.raises(RunDirectoryError, match="case c4 was edited since") as error:
        pooled_table([VERSION.run(1).table(), edited])
    assert error.value.code == "E2410"


def test_other_metrics_are_refused() -> None:
    other = VERSION.run(1).table()
    other.metrics = ("contains",)
    with pytest.raises(RunDirectoryError, match="metrics were exact, now contains"):
        pooled_table([VERSION.run(1).table(), other])


def test_the_whole_is_no_better_than_its_worst_part() -> None:
    first = VERSION.run(1).manifest()
    further = replace(first, trials=2, status=RunStatus.INCOMPLETE, reason="interrupted")
    pooled = pooled_manifest([first, further])
    assert (pooled.trials, pooled.status, pooled.reason, pooled.run_id) == (3, RunStatus.INCOMPLETE, "interrupted", first.run_id)
