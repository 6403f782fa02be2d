"""Judge stored questions and answers outside of a run: for calibration, and for whoever compares two answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field

from goldfinch.core.judging.items import JudgedItem, Judgement, judge_item
from goldfinch.core.judging.protocol import RubricJudge
from goldfinch.core.judging.rubric import Rubric
from goldfinch.core.pacing.backoff import Backoff
from goldfinch.core.pacing.budget import BudgetLedger
from goldfinch.operations.engine.asking import Withdrawn
from goldfinch.operations.engine.gate import Gates
from goldfinch.operations.engine.judging import Caller, Judge, Money
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.ports.clock import Clock

__all__ = ["ItemLimits", "JudgedItem", "Judgement", "judge_items"]


@dataclass(frozen=True, slots=True)
class ItemLimits:
    """How the calls are made; times in seconds."""

    concurrency: int = 16
    timeout_s: float = 120.0
    max_attempts: int = 4
    backoff: Backoff = field(default_factory=Backoff)


async def judge_items(
    items: Iterable[JudgedItem],
    judge: Judge,
    rubric: Rubric,
    *,
    clock: Clock,
    repeats: int = 1,
    limits: ItemLimits | None = None,
    stop: StopSignal | None = None,
) -> AsyncIterator[Judgement]:
    """Every item, `repeats` times over, as the judgements come: single answers on the rubric's scale, pairs in both orders.

    An item is a pair where it has an `other` answer; a chat model with structured replies must then be one that was built to compare
    (`bootstrap.judging.ConfiguredJudge.comparing`). A failed or unreadable judgement is given with its `missing` reason and its cost.
    Replies that `judge.open_replies` has are not asked again, so that a calibration that was interrupted goes on where it stopped.
    Raises `BudgetExhausted`, `AgentUnusable` and `InfrastructureError` in the judge's name; what came before was given already.
    """
    limits, stop = limits or ItemLimits(), stop or StopSignal()
    replies = judge.open_replies()
    caller = Caller(
        judge.model,
        replies,
        Gates(limits.concurrency, clock).of(judge.model.limit_key),
        money=Money(BudgetLedger(judge.budget_usd, earlier_usd=replies.spent_usd), asyncio.Event()),
        clock=clock,
        limits=limits,
        seed=rubric.metric,
        on_unpriced=stop.finish,
    )
    stop.tell(caller.withdraw)
    work = ((item, repeat) for item in items for repeat in range(repeats))
    try:
        async with caller:
            async for judgement in _as_they_come(work, RubricJudge(rubric, judge.protocol), caller, stop, limits.concurrency):
                yield judgement
    finally:
        caller.close()
    if stop.reason is not None and stop.reason.error is not None:
        raise stop.reason.error


async def _as_they_come(
    work: Iterator[tuple[JudgedItem, int]], judge: RubricJudge, caller: Caller, stop: StopSignal, concurrency: int
) -> AsyncIterator[Judgement]:
    """At most `concurrency` items under way at any time."""
    under_way: set[asyncio.Task[Judgement]] = set()
    done: set[asyncio.Task[Judgement]] = set()
    try:
        while True:
            while len(under_way) < concurrency and not stop.requested and (next_one := next(work, None)) is not None:
                under_way.add(asyncio.ensure_future(_judge(judge, *next_one, caller)))
            if not under_way:
                return
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not isinstance(task.exception(), Withdrawn):
                    yield task.result()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, *done, return_exceptions=True)  # of several that failed at once one is raised, all are looked at


async def _judge(judge: RubricJudge, item: JudgedItem, repeat: int, caller: Caller) -> Judgement:
    replies = caller.known(item.id, repeat)
    while isinstance(step := judge_item(judge, item, repeat, replies), tuple):
        await caller.ask(item.id, repeat, step)
    return step
