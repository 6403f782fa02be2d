"""Taking up a run where it stopped: what is finished, and whether it is the same run at all."""

from __future__ import annotations

from dataclasses import dataclass, field

from goldfinch.core.datasets.seen import CompactSet
from goldfinch.core.errors import RunDirectoryError
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.keys import answer_key
from goldfinch.core.results.manifest import Manifest
from goldfinch.core.results.records import ScoreStatus
from goldfinch.operations.stored_records import add_stored
from goldfinch.ports.run_journal import RunJournal


@dataclass(slots=True)
class Finished:
    """What earlier sessions of a run left behind. Empty sets for a new run."""

    anything: bool = False
    answered: CompactSet = field(default_factory=CompactSet)
    scored: CompactSet = field(default_factory=CompactSet)

    def is_answered(self, case_id: str, trial: int) -> bool:
        return self.anything and answer_key(case_id, trial) in self.answered

    def is_scored(self, case_id: str, trial: int) -> bool:
        return answer_key(case_id, trial) in self.scored


def differences(stored: Manifest, wanted: Manifest) -> list[str]:
    """What makes two manifests two different evaluations, each in words; empty where the one can go on with the other."""
    return [
        f"{what} was {before}, now {now}"
        for what, before, now in (
            ("dataset fingerprint", stored.dataset.fingerprint, wanted.dataset.fingerprint),
            ("selection of cases", dict(stored.dataset.selection) or "all", dict(wanted.dataset.selection) or "all"),
            ("agent", stored.agent.name, wanted.agent.name),
            ("agent version", stored.agent.version, wanted.agent.version),
            ("trials", stored.trials, wanted.trials),
            ("seed", stored.seed, wanted.seed),
            ("what models said", _asked_or_replayed(stored), _asked_or_replayed(wanted)),
            ("timeout", stored.timeout_s or wanted.timeout_s, wanted.timeout_s),
        )
        if before != now
    ]


def _asked_or_replayed(manifest: Manifest) -> str:
    return "asked" if manifest.replayed_from is None else "replayed"


def require_same_run(stored: Manifest, wanted: Manifest, location: str) -> None:
    """Refuse to mix two runs in one directory; names everything that differs."""
    if found := differences(stored, wanted):
        raise RunDirectoryError(
            f"holds another run: {'; '.join(found)}",
            where=location,
            hint="name another --output-dir, or give --fresh to start anew and lose what is there",
            code="E1505",
        )


def take_up(
    journal: RunJournal, stored: Manifest, wanted: Manifest, accumulator: SummaryAccumulator, judged: frozenset[str] = frozenset()
) -> Finished:
    """Read what is finished into indexes of a few bytes a case, and its scores into the accumulator.

    Scores of other scorers, or of another version of them, are thrown away: their answers are scored again, not asked again. So are
    answers on which a metric of `judged` has no verdict: what the judge replied is kept elsewhere, and only what failed is asked again.
    """
    finished = Finished(anything=True)
    for key in journal.answer_keys():
        if not key.missing:
            finished.answered.add(answer_key(key.case_id, key.trial))
    if stored.metrics != wanted.metrics:
        journal.clear_scores()
        return finished
    wanted_scores = [(metric.name, metric.version) for metric in wanted.metrics]
    for record in journal.scores():
        key64 = answer_key(record.case_id, record.trial)
        if record.failure is not None and record.failure.kind.is_missing:
            accumulator.lose(record.cost_usd)
            continue
        if key64 in finished.scored or key64 not in finished.answered:
            continue
        if [(score.metric, score.version) for score in record.scores] != wanted_scores:
            continue
        if judged and any(score.status is ScoreStatus.MISSING and score.metric in judged for score in record.scores):
            continue
        finished.scored.add(key64)
        add_stored(accumulator, record, journal.location)
    return finished
