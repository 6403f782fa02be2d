"""Asking the judge: the calls that `core.judging` wants, made with the engine's retries, limits and budget, each kept as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from random import Random
from types import TracebackType
from typing import Protocol, Self

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import BudgetExhausted, GoldfinchError
from goldfinch.core.judging.counterfactual import Check
from goldfinch.core.judging.deciding import Judged, Replies, judge
from goldfinch.core.judging.protocol import JudgeProtocol, Question
from goldfinch.core.judging.scorer import JudgedMetric
from goldfinch.core.output import Output
from goldfinch.core.pacing.backoff import Backoff
from goldfinch.core.pacing.budget import BudgetLedger
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreRecord, ScoreStatus
from goldfinch.core.scoring.evidence import one_line, plain
from goldfinch.core.scoring.grading import assemble
from goldfinch.core.scoring.judgement import reaches
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.engine.asking import Asker, Work, unpriced
from goldfinch.operations.engine.gate import Gate, Gates
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.ports.agent import Agent
from goldfinch.ports.clock import Clock
from goldfinch.ports.judge_replies import JudgeReplies


@dataclass(frozen=True, slots=True)
class Judge:
    """A model that judges, how it is asked, and where its replies are kept.

    `budget_usd` bounds what the judge may spend, apart from the run's budget; None lets both share the run's.
    """

    model: Agent
    protocol: JudgeProtocol
    open_replies: Callable[[], JudgeReplies]
    budget_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """A budget, and the event that says that some of it was given back: whoever shares the one waits for the other."""

    ledger: BudgetLedger
    settled: asyncio.Event


class CallLimits(Protocol):
    """How each call is made; the options of a run say it for agent and judge alike."""

    @property
    def timeout_s(self) -> float: ...
    @property
    def max_attempts(self) -> int: ...
    @property
    def backoff(self) -> Backoff: ...


class Caller:
    """Makes the judge's calls. What was answered is looked up; what failed in this session is not asked again in it."""

    def __init__(
        self,
        model: Agent,
        replies: JudgeReplies,
        gate: Gate,
        *,
        money: Money,
        clock: Clock,
        limits: CallLimits,
        seed: str,
        on_unpriced: Callable[[GoldfinchError], None],
    ) -> None:
        self.model = model
        self.replies = replies
        self.ledger = money.ledger
        self._gate = gate
        self._failed: dict[str, Output] = {}
        self._asker = Asker(
            model,
            gate,
            money.ledger,
            clock,
            timeout_s=limits.timeout_s,
            max_attempts=limits.max_attempts,
            backoff=limits.backoff,
            jitter=Random(f"judge {seed}"),  # noqa: S311 - jitter, not a secret
            on_unpriced=lambda output: on_unpriced(of_the_judge(unpriced(model, output))),
            settled=money.settled,
        )
        self.withdraw = self._asker.withdraw

    @property
    def in_flight(self) -> int:
        return self._gate.in_flight

    def known(self, case_id: str, trial: int) -> Replies:
        """Looks up the replies about one answer."""
        return lambda question: self._reply(_key(case_id, trial, question))

    async def ask(self, case_id: str, trial: int, questions: Sequence[Question]) -> None:
        """Ask all `questions` about one answer at once. Raises what stops a run, in the judge's name."""
        if len(questions) == 1:
            await self._ask(case_id, trial, questions[0])
            return
        calls = [self._ask(case_id, trial, question) for question in questions]
        for ended in await asyncio.gather(*calls, return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended

    async def _ask(self, case_id: str, trial: int, question: Question) -> None:
        key = _key(case_id, trial, question)
        case = Case(case_id, [dict(message) for message in question.messages])
        try:
            record = await self._asker.ask(Work(case, key, trial, 1, None))
        except GoldfinchError as error:
            raise of_the_judge(error) from error
        if record.output.failure is None or record.output.cost_usd:
            self.replies.append(record)
        if record.output.failure is not None:
            self._failed[key] = record.output

    def _reply(self, key: str) -> Output | None:
        return self._failed.get(key) or self.replies.get(key)

    async def __aenter__(self) -> Self:
        try:
            await self.model.__aenter__()
        except GoldfinchError as error:
            raise of_the_judge(error) from error
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._asker.close()
        self._gate.close()
        await self.model.__aexit__(kind, error, traceback)

    def close(self) -> None:
        """Close what is on disk; what was replied can be looked up until then."""
        self.replies.close()


class Judging:
    """Judges the answers of a run on every judged metric."""

    def __init__(self, metrics: Sequence[Metric], protocol: JudgeProtocol, caller: Caller) -> None:
        self._metrics = tuple(metrics)
        self._judged = [(place, metric.scorer) for place, metric in enumerate(metrics) if isinstance(metric.scorer, JudgedMetric)]
        self.names = judged_names(metrics)
        self.protocol = protocol
        self.caller = caller

    @property
    def calls_per_answer(self) -> int:
        """The most calls that one answer takes."""
        return len(self._judged) * (self.protocol.votes + (self.protocol.check is not Check.NEVER))

    async def judge(self, case: Case, record: OutputRecord, scored: ScoreRecord) -> ScoreRecord:
        """`scored`, with the judge's scores in it. An agent that failed, and an answer that is missing, are not shown to the judge."""
        if record.output.failure is not None:
            return scored
        replies = self.caller.known(record.case_id, record.trial)
        while questions := self._open(case, record.output, replies):
            await self.caller.ask(record.case_id, record.trial, questions)
        return self.from_replies(case, record, scored)

    def from_replies(self, case: Case, record: OutputRecord, scored: ScoreRecord) -> ScoreRecord:
        """`scored`, with what the replies that are there come to; nothing is asked."""
        if record.output.failure is not None:
            return scored
        replies = self.caller.known(record.case_id, record.trial)
        scores, costs, calls = list(scored.scores), [], 0
        for place, scorer in self._judged:
            judged = judge(scorer, self.protocol, case, record.output, replies)
            if isinstance(judged, tuple):
                continue
            scores[place] = _score(self._metrics[place], judged)
            calls += judged.calls
            if judged.calls:
                costs.append(judged.cost_usd)
        known = [cost for cost in costs if cost is not None]
        cost_usd = sum(known) if known and len(known) == len(costs) else None
        assembled = assemble(self._metrics, case, record, tuple(scores), trials=scored.trials)
        return replace(assembled, judge_cost_usd=cost_usd, judge_calls=calls)

    def _open(self, case: Case, output: Output, replies: Replies) -> list[Question]:
        found: list[Question] = []
        for _, scorer in self._judged:
            step = judge(scorer, self.protocol, case, output, replies)
            if isinstance(step, tuple):
                found.extend(step)
        return found


def judges_anything(metrics: Sequence[Metric]) -> bool:
    """Whether any of `metrics` needs a judge."""
    return any(isinstance(metric.scorer, JudgedMetric) for metric in metrics)


def judged_names(metrics: Sequence[Metric]) -> frozenset[str]:
    """The metrics of `metrics` that a judge scores."""
    return frozenset(metric.name for metric in metrics if isinstance(metric.scorer, JudgedMetric))


def open_judging(
    judge: Judge,
    metrics: Sequence[Metric],
    limits: CallLimits,
    *,
    clock: Clock,
    gates: Gates,
    money: Money,
    stop: StopSignal,
    run_id: str,
) -> Judging:
    """The judging of one run; its replies are open until `Caller.close`.

    A judge without a budget of its own spends that of the run, `money`, and what it spent earlier is held against it.
    """
    replies = judge.open_replies()
    if judge.budget_usd is None and money.ledger.limit_usd is not None:
        money.ledger.earlier_usd += replies.spent_usd
    else:
        money = Money(BudgetLedger(judge.budget_usd, earlier_usd=replies.spent_usd), asyncio.Event())
    gate = gates.of(judge.model.limit_key)
    caller = Caller(judge.model, replies, gate, money=money, clock=clock, limits=limits, seed=run_id, on_unpriced=stop.finish)
    return Judging(metrics, judge.protocol, caller)


def of_the_judge(error: GoldfinchError) -> GoldfinchError:
    """`error`, told as the judge's: a person must know which of two models it is about."""
    what, where, hint = (_told_of_the_judge(text) for text in (error.problem.what, error.problem.where, error.problem.hint))
    if isinstance(error, BudgetExhausted):
        hint = "raise judge.budget_usd, or --budget where they share it, and give the same command again: it goes on where it stopped"
    return type(error)(f"the judge: {what}", where=where, hint=hint, code=error.code)


def _told_of_the_judge(text: str) -> str:
    for of_agent, of_judge in (("'agent:'", "'judge: model:'"), ("agent.", "judge.model."), ("--agent", "--judge"), ("on the agent ", "")):
        text = text.replace(of_agent, of_judge)
    return text


def _score(metric: Metric, judged: Judged) -> MetricScore:
    if not judged.applies:
        return MetricScore(metric.name, metric.version, ScoreStatus.NOT_APPLICABLE)
    reason, evidence = one_line(judged.reason), plain(judged.evidence)
    if judged.value is None:
        return MetricScore(metric.name, metric.version, ScoreStatus.MISSING, reason=reason, evidence=evidence)
    passed = None if metric.pass_mark is None else reaches(judged.value, metric.pass_mark)
    return MetricScore(metric.name, metric.version, ScoreStatus.SCORED, judged.value, passed, reason, evidence)


def _key(case_id: str, trial: int, question: Question) -> str:
    return blake2b(f"{question.key}:{trial}:{case_id}".encode(), digest_size=20).hexdigest()
