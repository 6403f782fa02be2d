"""Compare two runs, and ask both versions again where more trials can decide what is open (STATISTICS B, "Gate policy")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from goldfinch.core.baselines.codes import ASKING_FAILED
from goldfinch.core.comparison.further_trials import LOOKS, WantedTrials, next_look, wanted_trials
from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.comparison.outcome import Comparison
from goldfinch.core.comparison.pairing import pair
from goldfinch.core.comparison.pooled import pooled_manifest, pooled_table
from goldfinch.core.comparison.run_table import RunTable
from goldfinch.core.errors import BudgetExhausted, ExitCode, GoldfinchError, InfrastructureError
from goldfinch.core.results.manifest import Manifest, RunStatus
from goldfinch.operations.compare import compare_runs
from goldfinch.ports.further_trials import AskAgain
from goldfinch.ports.progress import Progress
from goldfinch.ports.run_results import RunResults

BASELINE, CURRENT = "baseline", "current"


class PooledRuns:
    """A run and its further trials, as one. `RunResults`; every table is read once."""

    def __init__(self, first: RunResults) -> None:
        self.runs: tuple[RunResults, ...] = (first,)
        self._table: RunTable | None = None

    @property
    def location(self) -> str:
        return self.runs[0].location

    def manifest(self) -> Manifest:
        return pooled_manifest([run.manifest() for run in self.runs])

    def table(self) -> RunTable:
        if self._table is None:
            self._table = pooled_table([run.table() for run in self.runs])
        return self._table

    def add(self, run: RunResults) -> None:
        self._table = pooled_table([self.table(), run.table()])
        self.runs += (run,)


@dataclass(frozen=True, slots=True)
class Decided:
    """The last comparison whose trials are whole. `error`: what stopped the further trials before they were; `spent_usd` on all of them.

    `runs` are those behind each side.
    """

    comparison: Comparison
    looks: tuple[int, ...]
    """Trials a case at each further look that was taken."""
    spent_usd: float = 0.0
    error: GoldfinchError | None = None
    runs: Mapping[str, tuple[RunResults, ...]] = field(default_factory=dict)


def decide_with_further_trials(
    baseline: RunResults,
    current: RunResults,
    askers: Mapping[str, AskAgain | str],
    options: CompareOptions,
    *,
    budget_usd: float,
    progress: Progress,
    looks: Sequence[int] = LOOKS,
) -> Decided:
    """Compare; while a gating metric is worse by the margin without the evidence for it, ask more trials of both sides and compare again.

    `askers` has for `baseline` and `current` who asks it, or in words why nobody can: then the question stays open. Every look, the first
    included, decides at `alpha` divided by the number of looks. What the further trials cost is held against `budget_usd`, all sessions
    together. Raises as `compare_runs` does, and `GoldfinchError` for an agent that is not the one of the run.
    """
    options = replace(options, looks=max(options.looks, len(looks)))
    asking = _Asking({BASELINE: PooledRuns(baseline), CURRENT: PooledRuns(current)}, askers, budget_usd, progress)
    compared = asking.compare(options)
    taken: list[int] = []
    while (step := next_look(compared, options, looks)).trials is not None:
        progress.note(f"further trials: {step.reason}")
        if silent := [f"the {side} version cannot be asked again: {why}" for side, why in askers.items() if isinstance(why, str)]:
            return asking.ended(compared, taken, f"further trials could decide and were not asked: {'; '.join(silent)}")
        if (error := asking.ask(step.trials)) is not None:
            note = f"further trials stopped before {step.trials} a case were there, and the verdict is that of fewer: {error}"
            return asking.ended(compared, taken, note, error)
        taken.append(step.trials)
        compared = asking.compare(options)
    note = f"{step.reason}; the question stays open" if step.is_open else ""
    return asking.ended(compared, taken, note)


class _Asking:
    """Both sides and the money while further trials are asked."""

    def __init__(
        self, sides: Mapping[str, PooledRuns], askers: Mapping[str, AskAgain | str], budget_usd: float, progress: Progress
    ) -> None:
        self._sides, self._askers, self._budget_usd, self._progress = sides, askers, budget_usd, progress
        self._spent_usd = 0.0

    def compare(self, options: CompareOptions) -> Comparison:
        return compare_runs(self._sides[BASELINE], self._sides[CURRENT], options)

    def ask(self, trials: int) -> GoldfinchError | None:
        """Bring every common case to `trials` on both sides; what stopped it, where something did."""
        pairing = pair(self._sides[BASELINE].table(), self._sides[CURRENT].table())
        for side, places in ((BASELINE, pairing.baseline), (CURRENT, pairing.current)):
            wanted = wanted_trials(self._sides[side].table(), pairing, places, trials)
            if wanted is not None and (error := self._ask(side, wanted, trials)) is not None:
                return error
        return None

    def _ask(self, side: str, wanted: WantedTrials, look: int) -> GoldfinchError | None:
        asker, run = self._askers[side], self._sides[side]
        if isinstance(asker, str):
            raise AssertionError("who cannot be asked is not asked")
        left = self._budget_usd - self._spent_usd
        if left <= 0:
            return self._spent()
        times = f"{wanted.trials} more trial{'s' * (wanted.trials != 1)}"
        self._progress.note(f"further trials: {times} of {len(wanted.hashes):,} cases by the {side} version, at most ${left:.4f}")
        asked = asker.ask(run.runs[0].manifest(), wanted, look, left)
        self._spent_usd += asked.spent_usd
        if asked.error is not None:
            return self._spent() if asked.error.exit_code is ExitCode.BUDGET else asked.error
        status = asked.results.manifest().status
        if status is not RunStatus.COMPLETE:
            return InfrastructureError(
                f"the further trials of the {side} version are {status.value}", where=asked.results.location, code=ASKING_FAILED
            )
        run.add(asked.results)
        return None

    def _spent(self) -> BudgetExhausted:
        what = f"the budget of ${self._budget_usd:g} for further trials is spent (${self._spent_usd:.4f})"
        return BudgetExhausted(what, hint="raise --budget and give the same command again: what was asked is kept")

    def ended(self, compared: Comparison, taken: Sequence[int], note: str, error: GoldfinchError | None = None) -> Decided:
        notes = (
            [f"further trials were asked: {', then '.join(map(str, taken))} a case on both sides, for ${self._spent_usd:.4f}"]
            if taken
            else []
        )
        notes += [note] if note else []
        runs = {side: pooled.runs for side, pooled in self._sides.items()}
        return Decided(replace(compared, notes=(*compared.notes, *notes)), tuple(taken), self._spent_usd, error, runs)
