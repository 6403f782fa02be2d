from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from goldfinch.core.calibration.calibrate import calibrate
from goldfinch.core.calibration.items import PREFERS_A, PREFERS_B, LabelKind, LabelledItem, RecordedJudgement
from goldfinch.core.calibration.record import JudgingCost
from goldfinch.core.errors import BudgetExhausted, InfrastructureError, LabelsError
from goldfinch.core.judging.counterfactual import Check
from goldfinch.core.judging.protocol import JudgeProtocol, RubricJudge
from goldfinch.core.judging.rubric import RUBRICS
from goldfinch.operations.ask_judge import Asked, Repeats, ask_judge
from goldfinch.operations.engine.judging import Judge
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.judge_items import ItemLimits
from goldfinch.ports.progress import ProgressSnapshot
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.judge_replies import InMemoryReplies
from goldfinch.testing.scripted_judge import scripted_judge
from goldfinch.testing.scripted_model import Messages, ScriptedModel

RUBRIC = RUBRICS["accuracy"]
ONCE = Repeats(times=1)


class Told:
    """Progress that is remembered."""

    interval_s = 0.0

    def __init__(self) -> None:
        self.snapshots: list[ProgressSnapshot] = []

    def update(self, snapshot: ProgressSnapshot) -> None:
        self.snapshots.append(snapshot)

    def note(self, message: str) -> None: ...

    def close(self) -> None: ...


def judge_of(
    model: ScriptedModel, replies: InMemoryReplies | None = None, *, check: Check = Check.NEVER, budget: float | None = None
) -> Judge:
    kept = replies or InMemoryReplies()
    return Judge(model, JudgeProtocol(model.name, model.version, check=check), lambda: kept, budget)


async def ask(
    items: list[LabelledItem], judge: Judge, repeats: Repeats = ONCE, *, stop: StopSignal | None = None, told: Told | None = None
) -> Asked:
    return await ask_judge(
        items,
        judge,
        RUBRIC,
        repeats,
        clock=FakeClock(),
        limits=ItemLimits(concurrency=4),
        progress=told or Told(),
        stop=stop or StopSignal(),
    )


def answers(count: int = 6) -> list[LabelledItem]:
    """Every second answer says what the reference says."""
    return [
        LabelledItem(
            f"i{n}",
            LabelKind.BINARY,
            float(n % 2 == 0),
            input=f"q{n}",
            answer="it takes 14 days" if n % 2 == 0 else "no",
            reference="14 days",
        )
        for n in range(count)
    ]


def pairs(count: int = 6) -> list[LabelledItem]:
    """The right answer is the first one in every second pair."""
    right, wrong = "it takes 14 days", "no idea"
    return [
        LabelledItem(
            f"i{n}",
            LabelKind.PAIRWISE,
            PREFERS_A if n % 2 == 0 else PREFERS_B,
            input=f"q{n}",
            answer_a=right if n % 2 == 0 else wrong,
            answer_b=wrong if n % 2 == 0 else right,
            reference="14 days",
        )
        for n in range(count)
    ]


def by_order(judgements: tuple[RecordedJudgement, ...], *, swapped: bool) -> dict[str, float | None]:
    return {one.item_id: one.value for one in judgements if one.swapped is swapped and one.repeat == 0}


async def test_single_answers_are_judged_on_a_scale_from_zero_to_one_by_the_version_that_a_run_would_name() -> None:
    model = scripted_judge()
    asked = await ask(answers(), judge_of(model))
    assert by_order(asked.judgements, swapped=False) == {item.id: item.label for item in answers()}
    expected = RubricJudge(RUBRIC, judge_of(model).protocol).version
    assert {(one.judge, one.judge_version) for one in asked.judgements} == {("scripted-judge", expected)}
    assert model.calls == 6


async def test_pairs_are_judged_in_both_orders_and_verdicts_name_the_answers() -> None:
    model = scripted_judge()
    asked = await ask(pairs(), judge_of(model))
    wanted = {item.id: item.label for item in pairs()}
    assert by_order(asked.judgements, swapped=False) == by_order(asked.judgements, swapped=True) == wanted
    assert model.calls == 12


def replying(say: Callable[[int], object]) -> ScriptedModel:
    """A judge that replies by the number of the call."""
    calls: list[Messages] = []

    def reply(messages: Messages) -> str:
        calls.append(messages)
        return json.dumps(say(len(calls) - 1))

    return ScriptedModel(reply)


async def test_a_judge_that_always_takes_the_first_answer_is_found_out() -> None:
    model = replying(lambda number: {"reason": "", "better": "A"})
    items = pairs(40)
    asked = await ask(items, judge_of(model), Repeats(2, 40))
    found = calibrate(items, asked.judgements, samples=20)
    assert found.figures.position_consistency is not None
    assert (found.figures.position_consistency.value, found.figures.position_consistency.count) == (0.0, 40)
    assert found.figures.repeat_flip_rate.value == 0.0
    assert not found.may_gate


async def test_only_the_seeded_part_is_asked_again_and_the_same_part_the_next_time() -> None:
    model = scripted_judge()
    asked = await ask(answers(10), judge_of(model), Repeats(times=3, items=4, seed=5))
    repeated = {one.item_id for one in asked.judgements if one.repeat > 0}
    assert len(repeated) == 4
    assert sorted(one.repeat for one in asked.judgements if one.item_id in repeated) == sorted([0, 1, 2] * 4)
    assert model.calls == 10 + 4 * 2
    again = await ask(answers(10), judge_of(scripted_judge()), Repeats(times=3, items=4, seed=5))
    assert {one.item_id for one in again.judgements if one.repeat > 0} == repeated
    other = await ask(answers(10), judge_of(scripted_judge()), Repeats(times=3, items=4, seed=6))
    assert {one.item_id for one in other.judgements if one.repeat > 0} != repeated


async def test_a_judge_that_changes_its_mind_is_found_out() -> None:
    """40 items once, then all of them again: everything that was good is bad."""
    model = replying(lambda number: {"reason": "", "score": 5 if number < 40 else 1})
    items = answers(40)
    found = calibrate(items, (await ask(items, judge_of(model), Repeats(2, 40))).judgements, samples=20)
    assert (found.figures.repeat_flip_rate.value, found.figures.repeat_flip_rate.count) == (1.0, 40)


async def test_a_reply_that_is_no_verdict_is_a_failed_judgement() -> None:
    model = replying(lambda number: {"reason": "", "score": 9} if number == 0 else {"reason": "", "score": 5})
    asked = await ask(answers(3), judge_of(model))
    assert sorted(str(one.value) for one in asked.judgements) == ["1.0", "1.0", "None"]
    assert calibrate(answers(3), asked.judgements, samples=20).counts.failed == 1


async def test_a_pair_with_an_unreadable_reply_has_no_verdict_in_either_order() -> None:
    model = replying(lambda number: {"reason": "", "better": "neither"} if number == 1 else {"reason": "", "better": "A"})
    asked = await ask(pairs(1), judge_of(model))
    assert [(one.swapped, one.value) for one in asked.judgements] == [(False, None), (True, None)]


@pytest.mark.parametrize(
    ("price", "cost"),
    [(0.25, JudgingCost(2.5, 10)), (None, JudgingCost(0, 10, unknown_calls=10))],
)
async def test_the_cost_counts_every_call_once_and_an_unknown_price_is_unknown(price: float | None, cost: JudgingCost) -> None:
    asked = await ask(answers(6), judge_of(scripted_judge(cost_usd=price)), Repeats(times=3, items=2))
    assert asked.cost == cost


async def test_an_interrupted_calibration_goes_on_without_asking_again() -> None:
    kept, told = InMemoryReplies(), Told()
    first = scripted_judge()
    stop = StopSignal()
    told.update = lambda snapshot: stop.interrupt() if snapshot.finished >= 3 else None  # type: ignore[method-assign]
    with pytest.raises(InfrastructureError, match=r"interrupted: \d+ of 30 judgements were made") as caught:
        await ask(answers(30), judge_of(first, kept), stop=stop, told=told)
    assert caught.value.code == "E1957"
    assert first.calls < 30
    second = scripted_judge()
    asked = await ask(answers(30), judge_of(second, kept))
    assert len(asked.judgements) == 30
    assert first.calls + second.calls == 30


async def test_the_budget_ends_it_with_what_was_replied_kept() -> None:
    kept = InMemoryReplies()
    with pytest.raises(BudgetExhausted, match="the judge"):
        await ask(answers(20), judge_of(scripted_judge(cost_usd=0.1), kept, budget=0.5))
    assert kept.spent_usd <= 0.5 + 1e-9
    asked = await ask(answers(20), judge_of(scripted_judge(cost_usd=0.1), kept))
    assert asked.cost.usd == pytest.approx(2.0)


async def test_labels_without_anything_to_hold_the_answer_against_are_refused_before_a_call() -> None:
    model = scripted_judge()
    bare = [LabelledItem(f"i{n}", LabelKind.BINARY, 1.0, input="q", answer="a") for n in range(7)]
    with pytest.raises(LabelsError, match="i0, i1, i2, i3, i4 and 2 more have neither") as caught:
        await ask([*bare, *answers(2)[1:]], judge_of(model))
    assert (caught.value.code, model.calls) == ("E1956", 0)


async def test_progress_counts_up_to_what_was_planned() -> None:
    told = Told()
    await ask(answers(6), judge_of(scripted_judge()), Repeats(times=2, items=3), told=told)
    assert [snapshot.finished for snapshot in told.snapshots] == sorted(snapshot.finished for snapshot in told.snapshots)
    assert (told.snapshots[-1].finished, told.snapshots[-1].planned) == (9, 9)
