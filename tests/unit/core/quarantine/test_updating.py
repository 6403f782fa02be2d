"""Who enters the quarantine, who leaves it, and that nobody stays in it unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from goldfinch.core.quarantine.entries import CaseRun, Quarantine, Released
from goldfinch.core.quarantine.history import CaseHistory, counted, histories, why_not_counted
from goldfinch.core.quarantine.updating import Update, UpdateRules, released, updated
from goldfinch.core.results.manifest import Manifest, Revision, RunStatus
from goldfinch.core.results.records import ScoreRecord
from goldfinch.testing.run_journal import sample_manifest
from goldfinch.testing.run_results import scripted_results
from tests.quarantine_samples import TODAY, entry, quarantine, runs

NOW = f"{TODAY}T12:00:00.000Z"
CASE = "case-000"


def seen(*passed: int, trials: int = 3, first: int = 1, tags: tuple[str, ...] = (), case_hash: str = f"hash of {CASE}") -> CaseHistory:
    return CaseHistory(case_hash, tags, list(runs(*passed, trials=trials, first=first)))


def update(
    history: CaseHistory, before: Quarantine | None = None, owners: dict[str, str] | None = None, rules: UpdateRules | None = None
) -> Update:
    return updated(before or Quarantine(), {CASE: history}, owners=owners or {}, now=NOW, rules=rules)


def test_a_case_that_was_flaky_in_three_runs_is_quarantined_with_those_runs_and_an_end() -> None:
    found = update(seen(3, 2, 1, 3, 2), owners={CASE: "ana"})
    assert found.added == (CASE,)
    one = found.quarantine.cases[CASE]
    assert (one.owner, one.since, one.expires) == ("ana", TODAY, "2026-12-24")
    assert [run.run_id for run in one.runs] == ["run-02", "run-03", "run-05"]
    assert [round(run.flake_rate, 3) for run in one.runs] == [0.889] * 3, "4 s/k (1 - s/k)"


@pytest.mark.parametrize(
    "history",
    [
        seen(3, 2, 1, 3),
        seen(1, 1, 1, 1, trials=2),
        seen(3, 0, 3, 0, 3, 0),
        seen(2, 2, 2, 3, 3, 3, 3, 3),
        seen(2, 2, 2, *[3] * 4, *[0] * 4, 3),
    ],
    ids=["two flaky runs", "two trials tell no flake", "stable within each run", "stable since", "too long ago"],
)
def test_others_are_not(history: CaseHistory) -> None:
    assert not update(history).is_change


def test_without_a_name_it_has_no_owner_and_a_later_update_gives_it_one() -> None:
    found = update(seen(2, 2, 2))
    assert found.quarantine.cases[CASE].owner == ""
    again = update(seen(2, 2, 2), found.quarantine, {"": "bo"})
    assert (again.owned, again.quarantine.cases[CASE].owner) == ((CASE,), "bo")
    assert update(seen(2, 2, 2), again.quarantine, {CASE: "cy"}).quarantine.cases[CASE].owner == "bo", "an owner stays"


def test_five_steady_runs_after_the_last_flaky_one_release_it_and_say_so() -> None:
    before = quarantine(entry())
    assert not update(seen(2, 1, 2, 3, 3, 3, 3), before).released
    assert not update(seen(2, 1, 2, 3, 3, 0, 3, 3), before).released, "they do not all say the same"
    found = update(seen(2, 1, 2, 3, 3, 3, 3, 3), before)
    assert found.released == (Released(CASE, NOW, "goldfinch quarantine update", "passed every trial of its last 5 runs"),)
    assert (dict(found.quarantine.cases), found.quarantine.released[CASE]) == ({}, found.released[0])
    assert update(seen(2, 1, 2, 0, 0, 0, 0, 0), before).released[0].reason == "failed every trial of its last 5 runs"


def test_an_edited_case_is_released_and_a_case_that_nobody_asked_stays() -> None:
    found = update(seen(3, case_hash="another"), quarantine(entry()))
    assert found.released[0].reason.startswith("the case was edited")
    assert not updated(quarantine(entry()), {}, owners={}, now=NOW).is_change


def test_runs_from_before_a_release_do_not_bring_the_case_back() -> None:
    before = released(quarantine(entry()), Released(CASE, "2026-11-10T00:00:00.000Z", "ana", "mended"))
    assert not update(seen(2, 1, 2), before).is_change
    assert not update(seen(2, 1, 2, first=9), before).is_change
    found = update(seen(2, 1, 2, first=11), before)
    assert (found.added, dict(found.quarantine.released)) == ((CASE,), {})


def test_it_is_renewed_only_where_asked_for_where_it_ends_and_where_it_is_still_flaky() -> None:
    ending, renew = quarantine(entry(expires="2026-11-26")), UpdateRules(renew=True)
    assert not update(seen(2, 1, 2, 3, 1), ending).is_change
    assert not update(seen(2, 1, 2, 3, 1), quarantine(entry()), rules=renew).is_change
    assert not update(seen(3, 3, 2, 3, 1), ending, rules=renew).is_change
    found = update(seen(2, 1, 2, 3, 1), ending, rules=renew)
    assert found.renewed == (CASE,)
    one = found.quarantine.cases[CASE]
    assert (one.since, one.expires, one.runs[-1].run_id) == ("2026-11-20", "2026-12-24", "run-05")


def test_a_safety_case_is_never_quarantined() -> None:
    found = update(seen(2, 1, 2, tags=("safety",)))
    assert (found.refused, found.is_change) == ((CASE,), False)


def records(*trials: bool | None, cached: bool = False) -> Sequence[ScoreRecord]:
    return [replace(record, cached=cached) for record in scripted_results("run", {CASE: list(trials)}).records]


def test_only_answers_that_were_asked_for_and_decided_are_trials() -> None:
    assert [(one.passed, one.trials) for one in counted(records(True, False, None, True)).values()] == [(2, 3)]
    assert counted(records(True, False, True, cached=True)) == {}


def manifest(run_id: str, day: int) -> Manifest:
    return replace(sample_manifest(RunStatus.COMPLETE, cases=1), run_id=run_id, started_at=f"2026-11-{day:02d}T08:00:00.000Z")


def test_runs_are_taken_in_order_of_time_each_once_and_only_those_of_the_present_version() -> None:
    old, flaky, steady = (counted(records(*trials)) for trials in ((True, False, True), (True, False, False), (True, True, True)))
    for one in old.values():
        one.case_hash = "as it was"
    runs_ = [(manifest("c", 3), steady), (manifest("b", 2), flaky), (manifest("b", 2), flaky), (manifest("a", 1), old)]
    history = histories(runs_)[CASE]
    assert history.case_hash == f"hash of {CASE}"
    assert history.runs == [
        CaseRun("b", "2026-11-02T08:00:00.000Z", 1, 3),
        CaseRun("c", "2026-11-03T08:00:00.000Z", 3, 3),
    ]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"status": RunStatus.INCOMPLETE}, "incomplete"),
        ({"status": RunStatus.BOOTSTRAP}, "bootstrap"),
        ({"replayed_from": "abc"}, "replayed"),
        ({"revision": Revision("a", "b", "c")}, "of pull requests"),
    ],
)
def test_runs_that_were_not_asked_for_real_or_are_of_a_change_show_nothing(change: dict[str, object], why: str) -> None:
    assert why_not_counted(replace(manifest("a", 1), **change)) == why  # type: ignore[arg-type]
