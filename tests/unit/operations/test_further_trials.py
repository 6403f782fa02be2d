from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.adapters.silent_progress import SilentProgress
from goldfinch.core.comparison.further_trials import next_look
from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.errors import BudgetExhausted, ExitCode, InfrastructureError
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.verdict import Verdict
from goldfinch.operations.compare import compare_runs
from goldfinch.operations.further_trials import Decided, decide_with_further_trials
from goldfinch.ports.further_trials import AskAgain
from tests.simulated_versions import PRICE_USD, SimulatedVersion, mixed_rates

CASES = 60
THREE_LOOKS = CompareOptions(looks=3)


def versions(*, drop: float = 0.0, seed: int = 0, cases: int = CASES) -> tuple[SimulatedVersion, SimulatedVersion]:
    rates = mixed_rates(cases, 0.8, seed)
    return SimulatedVersion("agent", rates, 2 * seed + 1), SimulatedVersion("agent", [rate * (1 - drop) for rate in rates], 2 * seed + 2)


def open_question(*, drop: float = 0.0, baseline_trials: int = 1) -> tuple[SimulatedVersion, SimulatedVersion]:
    """Two versions whose first comparison is worse by the margin without the evidence for it."""
    for seed in range(200):
        before, now = versions(drop=drop, seed=seed)
        if next_look(compare_runs(before.run(baseline_trials), now.run(1), THREE_LOOKS), THREE_LOOKS).trials:
            return before, now
    raise AssertionError("no such seed")


def decide(before: SimulatedVersion, now: SimulatedVersion, *, budget_usd: float = 100.0, trials: int = 1) -> Decided:
    askers = {"baseline": before, "current": now}
    return decide_with_further_trials(
        before.run(trials), now.run(trials), askers, CompareOptions(), budget_usd=budget_usd, progress=SilentProgress()
    )


def test_what_is_decided_at_once_asks_nobody() -> None:
    before, now = versions(drop=0.6)
    decided = decide(before, now)
    assert (decided.comparison.verdict, decided.looks, before.asked, now.asked) == (Verdict.FAIL, (), [], [])


def test_an_open_question_asks_both_sides_up_to_three_trials() -> None:
    before, now = open_question()
    decided = decide(before, now)
    for version in (before, now):
        look, wanted, _ = version.asked[0]
        assert (look, wanted.trials, wanted.first_trial, len(wanted.hashes)) == (3, 2, 1, CASES)
    assert decided.looks[0] == 3
    assert decided.comparison.metrics[0].baseline_trials == decided.looks[-1]
    assert "further trials were asked: 3" in decided.comparison.notes[0]


def test_a_side_that_has_its_trials_already_is_not_asked() -> None:
    before, now = open_question(baseline_trials=3)
    askers = {"baseline": before, "current": now}
    decide_with_further_trials(before.run(3), now.run(1), askers, CompareOptions(), budget_usd=9.0, progress=SilentProgress())
    assert now.asked[0][0] == 3
    assert all(look > 3 for look, _, _ in before.asked)


def test_every_look_decides_at_a_third_of_the_error() -> None:
    before, now = open_question()
    decided = decide(before, now)
    alone = compare_runs(before.run(decided.looks[-1]), now.run(decided.looks[-1]), THREE_LOOKS)
    assert decided.comparison.metrics == alone.metrics


def test_a_real_drop_is_found_by_more_trials() -> None:
    before, now = open_question(drop=0.2)
    assert decide(before, now).comparison.verdict is Verdict.FAIL


def test_only_cases_of_both_runs_are_asked_again() -> None:
    before, now = open_question()
    run = now.run(1, hashes={f"c{number}": "" for number in range(CASES - 10)})
    askers = {"baseline": before, "current": now}
    decide_with_further_trials(before.run(1), run, askers, CompareOptions(), budget_usd=9.0, progress=SilentProgress())
    for _, wanted, _ in before.asked:
        assert wanted.hashes == {f"c{number}": f"hash-of-c{number}" for number in range(CASES - 10)}


def test_a_baseline_that_cannot_be_asked_leaves_the_question_open_and_says_so() -> None:
    before, now = open_question()
    askers: dict[str, AskAgain | str] = {"baseline": "nothing names it", "current": now}
    decided = decide_with_further_trials(before.run(1), now.run(1), askers, CompareOptions(), budget_usd=9.0, progress=SilentProgress())
    assert decided.comparison.verdict is Verdict.INCONCLUSIVE
    assert decided.comparison.notes[-1] == (
        "further trials could decide and were not asked: the baseline version cannot be asked again: nothing names it"
    )
    assert now.asked == []


def test_the_budget_is_that_of_all_further_trials_together() -> None:
    before, now = open_question()
    decided = decide(before, now, budget_usd=100.0)
    spent = 0.0
    for (_, wanted, first_left), (_, other, second_left) in zip(before.asked, now.asked, strict=True):
        assert first_left == pytest.approx(100.0 - spent)
        spent += wanted.trials * len(wanted.hashes) * PRICE_USD
        assert second_left == pytest.approx(100.0 - spent)
        spent += other.trials * len(other.hashes) * PRICE_USD
    assert decided.spent_usd == pytest.approx(spent)


def test_a_spent_budget_keeps_the_verdict_of_whole_looks_and_ends_with_4() -> None:
    before, now = open_question()
    now.fails_with = BudgetExhausted("spent")
    decided = decide(before, now, budget_usd=0.5)
    assert decided.error is not None
    assert decided.error.exit_code is ExitCode.BUDGET
    assert "$0.5 for further trials is spent" in str(decided.error)
    assert decided.comparison.metrics[0].current_trials == 1
    assert decided.comparison.verdict is Verdict.INCONCLUSIVE


def test_nobody_is_asked_when_nothing_is_left() -> None:
    before, now = open_question()
    decided = decide(before, now, budget_usd=2 * CASES * PRICE_USD)
    assert now.asked == []
    assert decided.error is not None
    assert decided.error.exit_code is ExitCode.BUDGET


def test_an_infrastructure_failure_stops_with_its_own_code() -> None:
    before, now = open_question()
    before.fails_with = InfrastructureError("the provider is down", code="E1401")
    decided = decide(before, now)
    assert decided.error is before.fails_with
    assert now.asked == []


def test_an_agent_without_run_to_run_variation_is_not_asked_again() -> None:
    rates = [1.0] * 54 + [0.0] * 6
    worse = [1.0] * 50 + [0.0] * 10
    before, now = SimulatedVersion("agent", rates, 1), SimulatedVersion("agent", worse, 2)
    decided = decide(before, now, trials=3)
    assert decided.comparison.verdict is Verdict.INCONCLUSIVE
    assert (before.asked, now.asked) == ([], [])
    assert "more cases would" in decided.comparison.notes[-1]


def test_runs_that_cannot_be_compared_ask_nobody() -> None:
    before, now = open_question()
    run = now.run(1)
    run = replace(run, stored=replace(run.stored, status=RunStatus.RUNNING))
    askers = {"baseline": before, "current": now}
    decided = decide_with_further_trials(before.run(1), run, askers, CompareOptions(), budget_usd=9.0, progress=SilentProgress())
    assert (decided.looks, before.asked) == ((), [])
    assert decided.comparison.invalid
