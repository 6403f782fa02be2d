"""Ask a judge about labelled items: all of them once, pairs in both orders, and some of them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from goldfinch.core.calibration import codes
from goldfinch.core.calibration.asking import judged_items, recorded, repeated_part
from goldfinch.core.calibration.items import LabelledItem, RecordedJudgement
from goldfinch.core.calibration.record import JudgingCost
from goldfinch.core.errors import InfrastructureError
from goldfinch.core.judging.items import JudgedItem, Judgement
from goldfinch.core.judging.rubric import Rubric
from goldfinch.operations.engine.judging import Judge
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.judge_items import ItemLimits, judge_items
from goldfinch.operations.judging_progress import judging_snapshot
from goldfinch.ports.clock import Clock
from goldfinch.ports.progress import Progress


@dataclass(frozen=True, slots=True)
class Repeats:
    """`items` of the items, chosen by `seed`, are asked `times` times in all: enough to see how often the judge changes its mind."""

    times: int = 3
    items: int = 40
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What the judge said, and what that cost, replies that were kept from an earlier time included."""

    judgements: tuple[RecordedJudgement, ...]
    cost: JudgingCost


async def ask_judge(
    items: Sequence[LabelledItem],
    judge: Judge,
    rubric: Rubric,
    repeats: Repeats,
    *,
    clock: Clock,
    limits: ItemLimits,
    progress: Progress,
    stop: StopSignal,
) -> Asked:
    """Every judgement that a calibration needs.

    Raises `LabelsError` (E1956), and as `judge_items` does: `BudgetExhausted`, `AgentUnusable`, `InfrastructureError` (E1957 where somebody
    said stop). What was replied by then is kept by `judge.open_replies`, and the same call goes on there.
    """
    asked = judged_items(items, rubric)
    again = repeated_part(asked, repeats.items, repeats.seed) if repeats.times > 1 else []
    tally = _Tally(judge, clock, progress, planned=len(asked) + len(again) * (repeats.times - 1))
    for part, times in ((asked, 1), (again, repeats.times)):
        if not stop.requested and part:
            await _ask(part, times, judge, rubric, tally, limits=limits, stop=stop)
    tally.tell()
    if len(tally.judgements) < tally.planned:
        raise InfrastructureError(
            f"{stop.reason.why if stop.reason else 'stopped'}: {len(tally.judgements)} of {tally.planned} judgements were made",
            hint="give the same command again: it goes on where it stopped",
            code=codes.INTERRUPTED,
        )
    return tally.asked(pairs={item.id for item in asked if item.other is not None})


async def _ask(
    items: Sequence[JudgedItem], times: int, judge: Judge, rubric: Rubric, tally: _Tally, *, limits: ItemLimits, stop: StopSignal
) -> None:
    async for judgement in judge_items(items, judge, rubric, clock=tally.clock, repeats=times, limits=limits, stop=stop):
        tally.add(judgement)


@dataclass(slots=True)
class _Tally:
    """What came in so far. The first judgement of an item comes twice where it is asked again, from what was kept: it counts once."""

    judge: Judge
    clock: Clock
    progress: Progress
    planned: int
    judgements: dict[tuple[str, int], Judgement] = field(default_factory=dict)
    began_s: float = field(init=False)
    told_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.began_s = self.told_s = self.clock.monotonic_s()

    def add(self, judgement: Judgement) -> None:
        self.judgements.setdefault((judgement.item_id, judgement.repeat), judgement)
        if self.clock.monotonic_s() - self.told_s >= self.progress.interval_s:
            self.tell()

    def asked(self, *, pairs: set[str]) -> Asked:
        name = self.judge.model.name
        said = self.judgements.values()
        return Asked(tuple(line for one in said for line in recorded(one, name, pair=one.item_id in pairs)), self.cost())

    def cost(self) -> JudgingCost:
        """A judgement of which any call has no known price is counted as unknown with all its calls."""
        said = self.judgements.values()
        return JudgingCost(
            usd=sum(one.cost_usd for one in said if one.cost_usd is not None),
            calls=sum(one.calls for one in said),
            unknown_calls=sum(one.calls for one in said if one.cost_usd is None),
        )

    def tell(self) -> None:
        self.told_s = self.clock.monotonic_s()
        cost = self.cost()
        self.progress.update(
            judging_snapshot(
                planned=self.planned,
                judged=len(self.judgements),
                missing=sum(one.missing is not None for one in self.judgements.values()),
                spent_usd=cost.usd,
                unpriced=cost.unknown_calls,
                budget_usd=self.judge.budget_usd,
                elapsed_s=self.told_s - self.began_s,
            )
        )
