"""Who enters the quarantine and who leaves it, from what the runs of the main branch say. Source: STATISTICS B."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from goldfinch.core.gates.policy import SAFETY
from goldfinch.core.quarantine.entries import FLAKY_RUNS, CaseRun, Quarantine, Quarantined, Released
from goldfinch.core.quarantine.history import CaseHistory
from goldfinch.core.quarantine.standing import REMIND_DAYS

BY_ITSELF = "goldfinch quarantine update"


@dataclass(frozen=True, slots=True)
class UpdateRules:
    """`window`: the newest runs of a case that are looked at; `days`: how long a case is excused before somebody has to look again."""

    flaky_runs: int = FLAKY_RUNS
    window: int = 10
    stable_runs: int = 5
    days: int = 30
    renew: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """The quarantine as it should be now, and what is different: case ids, or a line each."""

    quarantine: Quarantine
    added: tuple[str, ...] = ()
    released: tuple[Released, ...] = ()
    renewed: tuple[str, ...] = ()
    owned: tuple[str, ...] = ()
    """Cases that had no owner and have one now."""
    refused: tuple[str, ...] = ()
    """Flaky cases that are not quarantined because safety never is."""

    @property
    def is_change(self) -> bool:
        return bool(self.added or self.released or self.renewed or self.owned)


def updated(
    quarantine: Quarantine, seen: Mapping[str, CaseHistory], *, owners: Mapping[str, str], now: str, rules: UpdateRules | None = None
) -> Update:
    """Bring the quarantine up to date at `now` (UTC, ISO 8601). `owners` by case id; "" is the owner of all that have none."""
    work = _Work(quarantine, owners, now, rules or UpdateRules())
    for case_id, entry in quarantine.cases.items():
        work.look_again(entry, seen.get(case_id))
    for case_id in sorted(seen.keys() - quarantine.cases.keys()):
        work.consider(case_id, seen[case_id])
    return work.result()


def released(quarantine: Quarantine, release: Released) -> Quarantine:
    """Without the case, which stays in the list of those that left."""
    cases = {case_id: entry for case_id, entry in quarantine.cases.items() if case_id != release.case_id}
    return replace(quarantine, cases=cases, released={**quarantine.released, release.case_id: release})


@dataclass(slots=True)
class _Work:
    old: Quarantine
    owners: Mapping[str, str]
    now: str
    rules: UpdateRules
    cases: dict[str, Quarantined] = field(default_factory=dict)
    gone: list[Released] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    owned: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def today(self) -> date:
        return date.fromisoformat(self.now[:10])

    def look_again(self, entry: Quarantined, history: CaseHistory | None) -> None:
        if why := self._why_it_leaves(entry, history):
            self.gone.append(Released(entry.case_id, self.now, BY_ITSELF, why))
            return
        if not entry.owner and (owner := self._owner(entry.case_id)):
            entry = replace(entry, owner=owner)
            self.owned.append(entry.case_id)
        flaky = self._flaky(entry.case_id, history)
        ends_soon = date.fromisoformat(entry.expires) <= self.today + timedelta(days=REMIND_DAYS)
        if self.rules.renew and ends_soon and len(flaky) >= self.rules.flaky_runs:
            entry = replace(entry, expires=self._expires(), runs=tuple(flaky))
            self.renewed.append(entry.case_id)
        self.cases[entry.case_id] = entry

    def consider(self, case_id: str, history: CaseHistory) -> None:
        flaky = self._flaky(case_id, history)
        if len(flaky) < self.rules.flaky_runs or _stable_words(self._recent(case_id, history), self.rules.stable_runs):
            return
        if SAFETY in history.tags:
            self.refused.append(case_id)
            return
        self.cases[case_id] = Quarantined(
            case_id, history.case_hash, self._owner(case_id), self.today.isoformat(), self._expires(), tuple(flaky)
        )
        self.added.append(case_id)

    def result(self) -> Update:
        left = {**self.old.released, **{one.case_id: one for one in self.gone}}
        return Update(
            Quarantine(self.cases, {case_id: one for case_id, one in left.items() if case_id not in self.cases}, self.old.where),
            tuple(self.added),
            tuple(self.gone),
            tuple(self.renewed),
            tuple(self.owned),
            tuple(self.refused),
        )

    def _why_it_leaves(self, entry: Quarantined, history: CaseHistory | None) -> str:
        if history is None:
            return ""
        if history.case_hash != entry.case_hash:
            return "the case was edited: it was flaky in a version that is not asked any more"
        newest = max(run.started_at for run in entry.runs)
        since = [run for run in self._recent(entry.case_id, history) if run.started_at > newest]
        return _stable_words(since, self.rules.stable_runs)

    def _recent(self, case_id: str, history: CaseHistory | None) -> list[CaseRun]:
        """The newest runs of a case that began after it was last released."""
        left = self.old.released.get(case_id)
        runs = [] if history is None else [run for run in history.runs if left is None or run.started_at > left.at]
        return runs[-self.rules.window :]

    def _flaky(self, case_id: str, history: CaseHistory | None) -> list[CaseRun]:
        return [run for run in self._recent(case_id, history) if run.is_flaky]

    def _owner(self, case_id: str) -> str:
        return self.owners.get(case_id) or self.owners.get("", "")

    def _expires(self) -> str:
        return (self.today + timedelta(days=self.rules.days)).isoformat()


def _stable_words(runs: Sequence[CaseRun], needed: int) -> str:
    """`passed every trial of its last 5 runs`; empty where they are fewer, or do not all say the same."""
    last = runs[-needed:]
    if len(last) < needed:
        return ""
    for word, is_so in (("passed", all(run.passed == run.trials for run in last)), ("failed", not any(run.passed for run in last))):
        if is_so:
            return f"{word} every trial of its last {needed} runs"
    return ""
