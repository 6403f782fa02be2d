"""An agent that answers at once: what remains of a turn's time is the service's own."""

from __future__ import annotations

from collections.abc import Callable

from src.config import Config
from src.domain import Claim, Observation, ReasoningStep, Result, Task, TokenUsage

OUTPUT = "ROAS was 3.42 from 2026-10-25 to 2026-10-31: 12,345.60 EUR of revenue for 3,609.82 EUR. " * 3
GROUPS = [{"key": f"campaign {n}", "impressions": 1000 * n, "roas": {"value": 3.42, "low": 3.1, "high": 3.7}} for n in range(8)]


class ScriptedAgent:
    def __init__(self, config: Config) -> None:
        seen = tuple(Observation(f"s{n}", "compute_kpis", {"group_by": "campaign"}, {"groups": GROUPS}) for n in (1, 2))
        self._steps = (
            ReasoningStep("plan", "Compute the KPIs by campaign."),
            *(ReasoningStep("execution", "Compute the KPIs.", observation) for observation in seen),
            ReasoningStep("reflection", "Every number stands in an observation."),
            ReasoningStep("answer", OUTPUT),
        )
        self._release_id = config.release_id or ""

    async def reason(self, task: Task, observe: Callable[[ReasoningStep], None] | None = None) -> Result:
        for step in self._steps if observe is not None else ():
            observe(step)
        return Result(
            success=True,
            output=OUTPUT,
            reasoning_steps=self._steps,
            has_plan=True,
            has_execution=True,
            has_reflection=True,
            quality_score=1.0,
            total_cost=0.001,
            usage=TokenUsage(2000, 200),
            model="scripted",
            claims=(Claim("ROAS", 3.42, "x", "s1.groups.0.roas.value"),),
            release_id=self._release_id,
        )


def agent_of(config: Config) -> ScriptedAgent:
    return ScriptedAgent(config)
