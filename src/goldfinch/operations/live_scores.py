"""Score sampled live answers: take them from the queue, judge them within the money that is left, write what they came to, let them go.

In that order, so that a worker killed anywhere loses nothing: what it had not let go of is scored again, and of a session's scores the
first one counts. A failure of a scorer or a judge is a missing score, never a zero.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable, BudgetExhausted, GoldfinchError, InfrastructureError
from goldfinch.core.health.events import SAFETY, TurnNote
from goldfinch.core.health.metrics import EVALUATION_SCORE, Arm
from goldfinch.core.ingest.live_score import (
    VOTES,
    LiveScore,
    as_case,
    as_record,
    breaches,
    evaluator_version,
    live_score,
    needs_confirmation,
    with_leak,
)
from goldfinch.core.ingest.spending import HourlyCap
from goldfinch.core.ingest.target import LiveTarget
from goldfinch.core.ingest.turns import LEAK
from goldfinch.core.output import Output
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreRecord
from goldfinch.core.scoring.grading import grade
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.engine.asking import Withdrawn
from goldfinch.operations.engine.gate import Gates
from goldfinch.operations.engine.judging import Judge, Judging, Money, judges_anything, open_judging
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.judge_items import ItemLimits
from goldfinch.operations.receive_spans import Tell
from goldfinch.ports.clock import Clock
from goldfinch.ports.live_notes import LiveNotes
from goldfinch.ports.live_spending import LiveSpending
from goldfinch.ports.trace_queue import SampledAnswer, TraceQueue

BATCH: Final = 32
"""Answers taken at a time; the judge is asked about all of them at once."""
IDLE_S: Final = 1.0
AWAY_S: Final = 30.0
"""After the judge could not be reached, or what was scored could not be written."""
_ANSWERS_A_SESSION: Final = 1_000
"""Answers after which the judge's connection and its memory of replies are made anew."""
_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class LiveEvaluator:
    """What answers are scored by. `judge` without a budget of its own; it is needed where a metric is judged."""

    metrics: tuple[Metric, ...]
    judge: Callable[[], Judge] | None = None
    limits: ItemLimits = field(default_factory=ItemLimits)

    @property
    def version(self) -> str:
        return evaluator_version(self.metrics)


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """What one answer came to. `confirmed`: a breach of safety that stands."""

    answer: SampledAnswer
    score: LiveScore
    scores: tuple[MetricScore, ...]
    confirmed: bool = False


@dataclass(slots=True)
class LiveScoreCounts:
    """Since the start."""

    scored: int = 0
    missing: int = 0
    """Could not be judged."""
    not_applicable: int = 0
    breaches: int = 0
    stale: int = 0
    """Of releases that are not compared any more."""


class _JudgeAway(Exception):
    """The judge cannot be reached: the answers wait."""


class LiveScorer:
    """The worker of one service in one environment. `run` until it is cancelled."""

    def __init__(
        self,
        queue: TraceQueue,
        notes: LiveNotes,
        targets: Callable[[], tuple[LiveTarget, ...]],
        evaluator: LiveEvaluator,
        *,
        max_usd_per_hour: float,
        spending: LiveSpending,
        clock: Clock,
        redact: Redactor,
        tell: Tell,
        told: Callable[[ScoredAnswer], None] | None = None,
        batch: int = BATCH,
    ) -> None:
        self._queue, self._notes, self._targets, self._evaluator = queue, notes, targets, evaluator
        self._spending, self._clock, self._redact, self._tell, self._told, self._batch = spending, clock, redact, tell, told, batch
        self._cap = HourlyCap(max_usd_per_hour)
        self._cap.remember(spending.load(), clock.utc().timestamp())
        self._judging = _JudgeSessions(evaluator, self._cap, clock)
        self._unwritten: list[TurnNote] = []
        self._unreleased: list[str] = []
        self._done: OrderedDict[str, None] = OrderedDict()
        self.counts = LiveScoreCounts()

    @property
    def spent_usd(self) -> float:
        """Within the last hour, as far as prices are known."""
        return sum(usd for _, usd in self._cap.recent)

    async def run(self) -> None:
        """Score what comes, for ever. One bad batch ends nothing."""
        try:
            while True:
                try:
                    idle_s = 0.0 if await self.score_waiting() else IDLE_S
                except _JudgeAway as away:
                    self._tell("judge away", f"the judge cannot be reached, answers wait: {self._redact.line(str(away))}")
                    idle_s = AWAY_S
                except (GoldfinchError, OSError) as error:
                    self._tell("scores", f"scores cannot be written, they are kept: {self._redact.line(str(error))}")
                    idle_s = AWAY_S
                except Exception as error:  # noqa: BLE001 - a defect here must not end the scoring of a whole rollout
                    self._tell("defect", f"scoring failed, it is tried again: {type(error).__name__}")
                    idle_s = AWAY_S
                await self._clock.sleep(idle_s)
        finally:
            await self.close()

    async def close(self) -> None:
        await self._judging.close()

    async def score_waiting(self) -> int:
        """Score one batch; how many answers were let go of. Raises `_JudgeAway`, and what notes and queue raise; nothing is lost then."""
        await self._write_out()
        answers = await asyncio.to_thread(self._queue.take, self._batch)
        if not answers:
            return 0
        now_s = self._clock.utc().timestamp()
        self._cap.move_to(now_s)
        wanted, stale = self._sorted_out(answers)
        try:
            scored = await asyncio.gather(*(self._score(answer) for answer, _ in wanted), return_exceptions=True)
        finally:
            await self._keep_spending()
        away = [one for one in scored if isinstance(one, BaseException)]
        for (answer, arm), one in zip(wanted, scored, strict=True):
            if isinstance(one, ScoredAnswer):
                self._note(answer, arm, one)
        self._unreleased += stale
        self.counts.stale += len(stale)
        await self._write_out()
        if away:
            raise away[0]
        return len(answers)

    def _sorted_out(self, answers: Iterable[SampledAnswer]) -> tuple[list[tuple[SampledAnswer, Arm]], list[str]]:
        """Answers of the releases under comparison, each once; ids of the others."""
        targets = self._targets()
        wanted: list[tuple[SampledAnswer, Arm]] = []
        stale: list[str] = []
        for answer in answers:
            arm = next((arm for target in targets if (arm := target.arm_of(answer.release)) is not None), None)
            if arm is None or answer.id in self._done:
                stale.append(answer.id)
            else:
                wanted.append((answer, arm))
        return wanted, stale

    async def _score(self, answer: SampledAnswer) -> ScoredAnswer:
        """Raises `_JudgeAway`; every other failure is a missing score."""
        try:
            return await self._judged(answer)
        except _JudgeAway:
            raise
        except Exception as error:  # noqa: BLE001 - hostile text in foreign scorers; one answer must not hold up the others
            return ScoredAnswer(answer, LiveScore(True, None, f"scoring failed: {type(error).__name__}"), ())

    async def _judged(self, answer: SampledAnswer) -> ScoredAnswer:
        metrics = self._evaluator.metrics
        case = as_case(answer.question, answer.context)
        record = as_record(answer.id, answer.answer, answer.facts.get("model"), self._clock.utc_iso())
        scored = await asyncio.to_thread(grade, metrics, case, record)
        scores = with_leak(metrics, await self._judging.judged(case, record, scored, self._tell), answer.facts.get(LEAK))
        confirmed = await self._is_confirmed(case, record, scored, scores)
        return ScoredAnswer(answer, live_score(scores), scores, confirmed)

    async def _is_confirmed(self, case: Case, record: OutputRecord, scored: ScoreRecord, scores: tuple[MetricScore, ...]) -> bool:
        """A breach that a rule finds stands; one that a model sees is judged again, and the majority decides."""
        metrics = self._evaluator.metrics
        failing = breaches(metrics, scores)
        if not failing or not all(map(needs_confirmation, failing)):
            return bool(failing)
        votes = 1
        for vote in range(1, VOTES):
            again = await self._judging.judged(case, replace(record, trial=vote), scored, self._tell)
            votes += bool(breaches(metrics, again))
        return votes * 2 > VOTES

    def _note(self, answer: SampledAnswer, arm: Arm, scored: ScoredAnswer) -> None:
        self._unreleased.append(answer.id)
        self._done[answer.id] = None
        if len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)
        score, counts = scored.score, self.counts
        counts.breaches += scored.confirmed
        counts.not_applicable += not score.applies
        counts.missing += score.applies and score.value is None
        counts.scored += score.value is not None
        if score.applies and score.value is None:
            self._tell(f"missing {score.why[:40]}", f"an answer could not be scored: {self._redact.line(score.why)}")
        if score.applies or scored.confirmed:
            given = {EVALUATION_SCORE.name: score.value} if score.applies else None
            flags = (SAFETY,) if scored.confirmed else ()
            self._unwritten.append(TurnNote(answer.time_s, answer.session, arm, flags, given))
        if self._told is not None:
            self._told(scored)

    async def _write_out(self) -> None:
        """Notes first, then the answers are let go of. Raises what they raise; what was scored is kept, and not paid for again."""
        if self._unwritten:
            notes = list(self._unwritten)
            await asyncio.to_thread(self._notes.add, notes)
            del self._unwritten[: len(notes)]
        if self._unreleased:
            ids = list(self._unreleased)
            await asyncio.to_thread(self._queue.done, ids)
            del self._unreleased[: len(ids)]

    async def _keep_spending(self) -> None:
        if self._cap.move_to(self._clock.utc().timestamp()):
            try:
                await asyncio.to_thread(self._spending.keep, self._cap.recent)
            except OSError as error:
                self._tell("spending", f"what scoring cost cannot be kept: {error.strerror}")


class _JudgeSessions:
    """The judge over a long time: one connection for a while, then another; anew after a failure. The money is the same throughout."""

    def __init__(self, evaluator: LiveEvaluator, cap: HourlyCap, clock: Clock) -> None:
        self._evaluator, self._clock = evaluator, clock
        self._is_asked = judges_anything(evaluator.metrics)
        self._money = Money(cap.ledger, asyncio.Event())
        self._gates = Gates(evaluator.limits.concurrency, clock)
        self._open: Judging | None = None
        self._stop = StopSignal()
        self._opening = asyncio.Lock()
        self._answers = self._under_way = 0
        self._unusable: str | None = None

    async def judged(self, case: Case, record: OutputRecord, scored: ScoreRecord, tell: Tell) -> tuple[MetricScore, ...]:
        """All scores of one answer; those of the judge are missing where it has no money or may not be asked. Raises `_JudgeAway`."""
        if not self._is_asked or self._unusable is not None:
            return scored.scores
        judging = await self._session()
        self._under_way += 1
        try:
            return (await judging.judge(case, record, scored)).scores
        except BudgetExhausted:
            tell("budget", "the hour's money for scoring is spent (live.max_usd_per_hour): answers stay unscored, and count as missing")
            return scored.scores
        except (AgentUnusable, Withdrawn) as error:
            self._give_up(error, tell)
            return scored.scores
        except InfrastructureError as error:
            self._answers = _ANSWERS_A_SESSION  # the next one begins anew: a circuit breaker that opened stays open
            raise _JudgeAway(str(error)) from error
        finally:
            self._under_way -= 1

    def _give_up(self, error: Exception, tell: Tell) -> None:
        reason = self._stop.reason
        self._unusable = str(error) or (reason.why if reason is not None else "it was stopped")
        tell("judge unusable", f"the judge is not asked again until the server is restarted: {self._unusable}")

    async def _session(self) -> Judging:
        async with self._opening:
            if self._open is not None and self._answers >= _ANSWERS_A_SESSION and not self._under_way:
                await self.close()
            if self._open is None:
                self._open = await self._begin()
                self._answers = 0
            self._answers += 1
            return self._open

    async def _begin(self) -> Judging:
        judge = self._evaluator.judge
        if judge is None:
            raise RuntimeError("a judged metric is built with its judge")
        self._stop = StopSignal()
        self._gates = Gates(self._evaluator.limits.concurrency, self._clock)
        judging = open_judging(
            judge(),
            self._evaluator.metrics,
            self._evaluator.limits,
            clock=self._clock,
            gates=self._gates,
            money=self._money,
            stop=self._stop,
            run_id="live",
        )
        self._stop.tell(judging.caller.withdraw)
        try:
            await judging.caller.__aenter__()
        except InfrastructureError as error:
            raise _JudgeAway(str(error)) from error
        return judging

    async def close(self) -> None:
        judging, self._open = self._open, None
        if judging is not None:
            await judging.caller.__aexit__(None, None, None)
            judging.caller.close()


class RepliesInMemory:
    """Implements `ports.judge_replies.JudgeReplies` for as long as a judge's session lasts: what users said never reaches a file."""

    spent_usd = 0.0

    def __init__(self) -> None:
        self._replies: dict[str, Output] = {}

    def get(self, key: str) -> Output | None:
        return self._replies.get(key)

    def append(self, record: OutputRecord) -> None:
        if record.output.failure is None:
            self._replies[record.case_hash] = record.output

    def close(self) -> None:
        self._replies.clear()
