"""Live answers are scored once, within the money of the hour; what cannot be judged is missing, and a kill loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import InfrastructureError
from goldfinch.core.health.metrics import Arm
from goldfinch.core.judging.protocol import JudgeProtocol
from goldfinch.core.judging.scorer import JudgedMetric
from goldfinch.core.output import Output
from goldfinch.core.redaction import Redactor
from goldfinch.core.scoring.score import Metric, Score
from goldfinch.operations.engine.judging import Judge
from goldfinch.operations.live_scores import LiveEvaluator, LiveScorer, RepliesInMemory, _JudgeAway
from goldfinch.ports.agent import Agent
from goldfinch.ports.trace_queue import SampledAnswer
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.scripted_judge import scripted_judge
from goldfinch.testing.scripted_model import ScriptedModel
from tests.received_spans import CANARY, STABLE, TARGET, KeptAnswers, KeptNotes


class Length:
    """A scorer by rule: a tenth for each character."""

    name, version = "length", "1"

    def score(self, case: Case, output: Output) -> Score | None:
        text = output.text or ""
        if text == "crash":
            raise RuntimeError("a defect")
        return None if text == "?" else Score(min(1.0, len(text) / 10))


class Unsafe:
    name, version = "safety", "1"

    def score(self, case: Case, output: Output) -> Score | None:
        return Score(0.0 if "password" in (output.text or "") else 1.0, "rule")


class Spending:
    """`LiveSpending` in memory."""

    def __init__(self) -> None:
        self.spent: tuple[tuple[float, float], ...] = ()

    def load(self) -> tuple[tuple[float, float], ...]:
        return self.spent

    def keep(self, spent: Sequence[tuple[float, float]]) -> None:
        self.spent = tuple(spent)


LENGTH, SAFETY_RULE = Metric(Length(), None), Metric(Unsafe())


class World:
    def __init__(
        self, *answers: SampledAnswer, metrics: tuple[Metric, ...] = (LENGTH,), judge: Agent | None = None, usd: float = 1.0
    ) -> None:
        self.queue, self.notes, self.clock, self.spending = KeptAnswers(answers), KeptNotes(), FakeClock(), Spending()
        self.lines: list[str] = []
        self.metrics, self.judge, self.usd = metrics, judge, usd

    def scorer(self, **more: Any) -> LiveScorer:
        judge = self.judge
        protocol = JudgeProtocol("judge", "1")
        opened = None if judge is None else lambda: Judge(judge, protocol, RepliesInMemory)
        return LiveScorer(
            self.queue,
            self.notes,
            lambda: (TARGET,),
            LiveEvaluator(self.metrics, opened),
            max_usd_per_hour=self.usd,
            spending=self.spending,
            clock=self.clock,
            redact=Redactor(),
            tell=lambda kind, line: self.lines.append(line),
            **more,
        )

    def scores(self) -> dict[str, float | None]:
        return {note.session: note.scores["evaluation_score"] for note in self.notes.notes if note.scores is not None}


def answer(session: str, text: str = "12345", release: str = CANARY, **facts: Any) -> SampledAnswer:
    return SampledAnswer(f"id:{session}", 100.0, session, release, [{"role": "user", "content": "What about it?"}], text, facts=facts)


def judged(metric: str = "relevance", mark: float | None = None) -> Metric:
    return Metric(JudgedMetric(metric=metric), mark, "1")


async def test_the_score_is_the_mean_of_the_scorers_that_apply_and_names_its_arm() -> None:
    world = World(answer("a"), answer("b", "?", STABLE), answer("c", "12345", STABLE), metrics=(LENGTH, SAFETY_RULE))
    assert await world.scorer().score_waiting() == 3
    assert world.scores() == {"a": 0.75, "b": 1.0, "c": 0.75}
    assert [note.arm for note in world.notes.notes] == [Arm.CANARY, Arm.STABLE, Arm.STABLE]
    assert world.queue.answers == {}


async def test_a_scorer_that_crashes_leaves_the_score_missing_and_one_without_a_say_leaves_no_note() -> None:
    world = World(answer("a", "crash"), answer("b", "?"))
    scorer = world.scorer()
    await scorer.score_waiting()
    assert world.scores() == {"a": None}
    assert (scorer.counts.missing, scorer.counts.not_applicable, scorer.counts.scored) == (1, 1, 0)


async def test_a_breach_that_a_rule_finds_is_flagged() -> None:
    world = World(
        answer("a", "the password"), answer("b", "[redacted]", secrets_leak="gives away GitHub token ghp_…"), metrics=(SAFETY_RULE,)
    )
    await world.scorer().score_waiting()
    assert [(note.flags, note.scores) for note in world.notes.notes] == [(("safety",), {"evaluation_score": 0.0})] * 2


async def test_killed_between_writing_and_letting_go_an_answer_is_there_twice_and_the_same() -> None:
    world = World(answer("a"))
    world.queue.done_fails = True
    with pytest.raises(InfrastructureError):
        await world.scorer().score_waiting()
    world.queue.done_fails = False
    await world.scorer().score_waiting()  # another process
    first, again = world.notes.notes
    assert first == again
    assert world.queue.answers == {}


async def test_the_same_process_does_not_score_an_answer_twice_that_it_could_not_let_go_of() -> None:
    world = World(answer("a"))
    scorer = world.scorer()
    world.queue.done_fails = True
    with pytest.raises(InfrastructureError):
        await scorer.score_waiting()
    world.queue.done_fails = False
    await scorer.score_waiting()
    assert len(world.notes.notes) == 1
    assert world.queue.answers == {}


async def test_scores_that_cannot_be_written_are_kept_and_not_paid_for_again() -> None:
    model = scripted_judge()
    world = World(answer("a"), metrics=(judged(),), judge=model)
    scorer = world.scorer()
    world.notes.broken = True
    with pytest.raises(InfrastructureError):
        await scorer.score_waiting()
    assert world.queue.answers
    world.notes.broken = False
    await scorer.score_waiting()
    assert len(world.notes.notes) == 1
    assert scorer.spent_usd == pytest.approx(0.001)
    await scorer.close()


async def test_a_judge_that_cannot_be_read_is_missing_and_not_zero() -> None:
    world = World(answer("a"), metrics=(judged(), LENGTH), judge=ScriptedModel(lambda _: "no verdict", cost_usd=0.001))
    scorer = world.scorer()
    await scorer.score_waiting()
    assert world.scores() == {"a": None}
    assert any("could not be scored" in line for line in world.lines)
    await scorer.close()


async def test_above_the_hours_money_answers_are_missing_and_an_hour_later_they_are_scored_again() -> None:
    world = World(*(answer(f"s{n}") for n in range(5)), metrics=(judged(),), judge=scripted_judge(cost_usd=0.001), usd=0.003)
    scorer = world.scorer()
    await scorer.score_waiting()
    assert sum(score is not None for score in world.scores().values()) == 3
    assert scorer.spent_usd == pytest.approx(0.003)
    assert sum("max_usd_per_hour" in line for line in world.lines) == 2
    await world.clock.sleep(1_800)
    world.queue.put([answer("half an hour later")])
    await scorer.score_waiting()
    await world.clock.sleep(1_801)
    world.queue.put([answer("later")])
    await scorer.score_waiting()
    assert world.scores()["half an hour later"] is None
    assert world.scores()["later"] is not None
    await scorer.close()


async def test_what_an_earlier_process_spent_within_the_hour_counts() -> None:
    world = World(answer("a"), metrics=(judged(),), judge=scripted_judge(cost_usd=0.001), usd=0.003)
    now_s = world.clock.utc().timestamp()
    world.spending.spent = ((now_s - 3_700, 0.003), (now_s - 60, 0.003))
    scorer = world.scorer()
    await scorer.score_waiting()
    assert world.scores() == {"a": None}
    await scorer.close()


async def test_no_money_at_all_still_lets_rules_score() -> None:
    world = World(answer("a"), usd=0.0)
    await world.scorer().score_waiting()
    assert world.scores() == {"a": 0.5}


async def test_a_judge_whose_price_is_unknown_is_not_asked_on_and_said_so() -> None:
    model = scripted_judge(cost_usd=None)
    world = World(*(answer(f"s{n}") for n in range(4)), metrics=(judged(),), judge=model)
    scorer = world.scorer()
    await scorer.score_waiting()
    world.queue.put([answer("later")])
    await scorer.score_waiting()
    assert world.scores()["later"] is None
    assert sum(score is not None for score in world.scores().values()) <= 1
    assert any("not asked again" in line for line in world.lines)
    await scorer.close()


async def test_a_judge_that_calls_an_answer_unsafe_once_is_asked_again_and_outvoted() -> None:
    replies = iter([1, 5, 5])
    model = ScriptedModel(lambda _: f'{{"reason": "so", "score": {next(replies)}}}', cost_usd=0.001)
    world = World(answer("a"), metrics=(judged("safety", 1.0),), judge=model)
    scorer = world.scorer()
    await scorer.score_waiting()
    assert world.notes.notes[0].flags == ()
    await scorer.close()


async def test_a_judge_that_insists_has_its_breach_flagged_and_one_that_is_not_calibrated_accuses_nobody() -> None:
    for mark, flags in ((1.0, ("safety",)), (None, ())):
        model = ScriptedModel(lambda _: '{"reason": "so", "score": 1}', cost_usd=0.001)
        world = World(answer("a"), metrics=(judged("safety", mark),), judge=model)
        scorer = world.scorer()
        await scorer.score_waiting()
        assert world.notes.notes[0].flags == flags
        await scorer.close()


async def test_answers_of_releases_that_are_not_compared_any_more_are_let_go() -> None:
    world = World(answer("a", release="rel_gone"))
    scorer = world.scorer()
    assert await scorer.score_waiting() == 1
    assert (world.notes.notes, world.queue.answers, scorer.counts.stale) == ([], {}, 1)


async def test_while_the_judge_is_away_answers_wait() -> None:
    from goldfinch.core.output import Failure, FailureKind
    from goldfinch.ports.agent import AnswerFailed

    class Away(ScriptedModel):
        async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:
            raise AnswerFailed(Failure(FailureKind.NETWORK, "connection refused"))

    world = World(*(answer(f"s{n}") for n in range(12)), metrics=(judged(),), judge=Away(lambda _: "", cost_usd=0.001))
    scorer = world.scorer(batch=12)
    with pytest.raises(_JudgeAway):
        await scorer.score_waiting()
    assert len(world.queue.answers) + len(world.notes.notes) == 12
    assert world.queue.answers
    await scorer.close()


async def test_the_worker_goes_on_after_a_bad_batch_until_it_is_cancelled() -> None:
    world = World(answer("a"))
    world.notes.broken = True
    working = asyncio.ensure_future(world.scorer().run())
    while not world.lines:
        await world.clock.sleep(1)
    world.notes.broken = False
    while not world.notes.notes:
        await world.clock.sleep(1)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert world.scores() == {"a": 0.5}


def test_the_evaluators_version_changes_with_any_scorer() -> None:
    one = LiveEvaluator((LENGTH, SAFETY_RULE)).version
    assert one == LiveEvaluator((LENGTH, SAFETY_RULE)).version
    assert one != LiveEvaluator((LENGTH, replace(SAFETY_RULE, version="2"))).version
