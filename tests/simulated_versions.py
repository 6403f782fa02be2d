"""Two versions of an agent that vary from run to run, as tables of pass and fail, and who asks them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random

from goldfinch.core.comparison.further_trials import WantedTrials
from goldfinch.core.comparison.run_table import RunTable
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.results.manifest import AgentIdentity, DatasetIdentity, Host, Manifest, MetricIdentity, RunStatus
from goldfinch.ports.further_trials import FurtherRun

PRICE_USD = 0.001


@dataclass
class TableRun:
    """`RunResults` of a table that is there already."""

    stored: Manifest
    stored_table: RunTable
    location: str = "runs/simulated"

    def manifest(self) -> Manifest:
        return self.stored

    def table(self) -> RunTable:
        return self.stored_table


@dataclass
class SimulatedVersion:
    """Answers case `c<n>` rightly with probability `rates[n]`, by a seeded draw for each (case, trial)."""

    name: str
    rates: list[float]
    seed: int
    asked: list[tuple[int, WantedTrials, float]] = field(default_factory=list)
    fails_with: GoldfinchError | None = None

    def run(self, trials: int, *, first_trial: int = 0, hashes: Mapping[str, str] | None = None) -> TableRun:
        names = list(hashes) if hashes is not None else [f"c{number}" for number in range(len(self.rates))]
        table = RunTable(("exact",))
        for place, name in enumerate(names):
            table.cases[name] = place
            table.hashes.append(f"hash-of-{name}")
            table.tags.append(())
            for trial in range(first_trial, first_trial + trials):
                rate = self.rates[int(name[1:])]
                value = float(Random(f"{self.seed}/{name}/{trial}").random() < rate)
                table.row_cases.append(place)
                table.passed.append(value)
                table.scores.append(value)
                for column in table.measures.values():
                    column.append(1.0)
        table.planned = trials * len(names)
        return TableRun(manifest_of(self.name, f"{self.name}-{self.seed}-{first_trial}", len(names), trials), table)

    def ask(self, like: Manifest, wanted: WantedTrials, look: int, budget_usd: float) -> FurtherRun:
        assert like.agent.name == self.name
        self.asked.append((look, wanted, budget_usd))
        run = self.run(wanted.trials, first_trial=wanted.first_trial, hashes=wanted.hashes)
        if self.fails_with is not None:
            return FurtherRun(replace(run, stored=replace(run.stored, status=RunStatus.INCOMPLETE)), 0.0, self.fails_with)
        return FurtherRun(run, wanted.trials * len(wanted.hashes) * PRICE_USD)


def manifest_of(agent: str, run_id: str, cases: int, trials: int) -> Manifest:
    return Manifest(
        run_id=run_id,
        status=RunStatus.COMPLETE,
        started_at="2026-11-23T09:00:00Z",
        dataset=DatasetIdentity("golden", "9f2e", cases),
        agent=AgentIdentity(agent, "1"),
        metrics=(MetricIdentity("exact", "1", 1.0),),
        trials=trials,
        seed=1,
        host=Host("Linux", "3.11", "cpu", 2, None),
    )


def mixed_rates(cases: int, mean: float, seed: int) -> list[float]:
    """Chances of a right answer that differ by case as golden cases do: many are sure, some are a coin toss."""
    random = Random(seed)
    concentration = 1.5
    return [random.betavariate(mean * concentration, (1 - mean) * concentration) for _ in range(cases)]
