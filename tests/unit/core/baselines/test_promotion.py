from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.core.baselines import codes
from goldfinch.core.baselines.promotion import why_dirty, why_not_whole
from goldfinch.core.baselines.wording import age
from goldfinch.core.results.manifest import Revision, RunStatus
from goldfinch.testing.run_journal import sample_manifest


def test_a_complete_run_may_be_promoted() -> None:
    assert why_not_whole(sample_manifest()) is None


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.INCOMPLETE, RunStatus.REPLAYED, RunStatus.BOOTSTRAP])
def test_no_other_run_may(status: RunStatus) -> None:
    problem = why_not_whole(sample_manifest(status))
    assert problem is not None
    assert problem.code == codes.NOT_WHOLE


def test_a_replayed_run_that_calls_itself_complete_may_not() -> None:
    assert why_not_whole(replace(sample_manifest(), replayed_from="9f2e")) is not None


def test_a_run_of_a_part_of_the_dataset_may_not() -> None:
    manifest = sample_manifest()
    part = replace(manifest, dataset=replace(manifest.dataset, selection={"limit": 3}))
    problem = why_not_whole(part)
    assert problem is not None
    assert "--limit" in problem.what


@pytest.mark.parametrize(("dirty", "refused"), [(True, True), (False, False), (None, False)])
def test_only_a_dirty_tree_is_dirty(dirty: bool | None, refused: bool) -> None:
    assert (why_dirty(replace(sample_manifest(), revision=Revision("abc", dirty=dirty))) is not None) is refused


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "a moment"), (1, "1 second"), (59, "59 seconds"), (3600, "1 hour"), (200_000, "2 days"), (-5, "a moment")]
)
def test_an_age_is_told_in_its_largest_unit(seconds: float, words: str) -> None:
    assert age(seconds) == words
