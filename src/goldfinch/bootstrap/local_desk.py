"""The desk over the store of the settings: what a command does where no GOLDFINCH_URL is set, and what the server does for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from goldfinch.adapters.git_worktree import user_of
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.rollout_folder import service_of
from goldfinch.bootstrap.rollout_plan import environment_of, plan_of
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.bootstrap.store import Store
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.errors import UsageError
from goldfinch.core.rollout import codes as rollout_codes
from goldfinch.core.rollout.asked import StartAsked
from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.failures import RequestRefused
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.plan import OnInconclusive
from goldfinch.core.rollout.record import Decision, Rollout
from goldfinch.core.rollout.state import TERMINAL, Phase
from goldfinch.core.serving.failures import NothingToShow, StoreRefused
from goldfinch.operations.ask_rollout import Asked, ask_rollout
from goldfinch.operations.show_rollout import ShowTools, overview_of
from goldfinch.operations.start_rollout import StartRequest, start_rollout
from goldfinch.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class LocalDesk:
    """A `RolloutDesk` for one service."""

    loaded: LoadedSettings
    store: Store
    show: ShowTools
    clock: Clock = field(default_factory=SystemClock)
    requires_name: bool = False
    """Who asks must be named: a server does not ask its own git for a name."""

    def start(self, asked: StartAsked) -> Rollout:
        by = self._name(asked.by)
        plan = plan_of(
            self.loaded.settings,
            environment=asked.environment,
            percentage=asked.percentage,
            bake=asked.bake,
            approval=asked.approval,
            on_inconclusive=None if asked.on_inconclusive is None else _on_inconclusive(asked.on_inconclusive),
            time_scale=asked.time_scale,
        )
        request = StartRequest(
            rollout_id=new_rollout_id(self.clock),
            service=service_of(self.loaded),
            environment=asked.environment,
            canary=asked.canary,
            plan=plan,
            by=by,
            stable=asked.stable,
            first_release=asked.first_release,
            reason=asked.reason,
            gate_hash=asked.gate_hash,
            wait=asked.wait,
            supersede=asked.supersede,
        )
        return start_rollout(request, self.store.rollouts, self.store.releases, self.clock)

    def named(self, rollout: str | None, environment: str) -> str:
        if rollout is not None:
            return self.store.rollouts.get(rollout).id
        environment_of(self.loaded.settings, environment)
        service = service_of(self.loaded)
        if under_way := self.store.rollouts.under_way(service, environment):
            return under_way
        latest = self.store.rollouts.latest(service, environment)
        if latest is None:
            hint = "name one, correct --environment, or start one: goldfinch rollout start RELEASE"
            raise NothingToShow(f"{service} has no rollout in {environment}", where=self.store.name, hint=hint)
        return latest.id

    def overview(self, rollout_id: str) -> RolloutOverview:
        return overview_of(rollout_id, self.show)

    def decisions(self, rollout_id: str) -> tuple[Decision, ...]:
        self.store.rollouts.get(rollout_id)
        return self.store.rollouts.decisions(rollout_id)

    def ask(self, rollout_id: str, verb: Verb, *, by: str, reason: str) -> Rollout:
        asked = Asked(f"ask_{uuid4().hex}", rollout_id, verb, self._name(by), reason)
        return ask_rollout(asked, self.store.rollouts, self.store.releases, self.clock)

    def start_again(self, rollout_id: str, *, by: str, reason: str, force: bool) -> Rollout:
        before, name = self.store.rollouts.get(rollout_id), self._name(by)
        if before.state.phase not in TERMINAL:
            raise RequestRefused(f"{before.id} has not ended: {before.state.phase}", where=f"rollout {before.id}")
        if before.state.phase is Phase.SUCCEEDED:
            raise RequestRefused("it succeeded; there is nothing to try again", where=f"rollout {before.id}")
        if force:
            self._override_denial(before.canary, name, reason)
        request = StartRequest(
            rollout_id=new_rollout_id(self.clock),
            service=before.service,
            environment=before.environment,
            canary=before.canary,
            plan=before.plan,
            by=name,
            stable=before.stable,
            first_release=before.stable is None,
            reason=reason or f"{before.id} again",
            gate_hash=before.gate_hash,
        )
        return start_rollout(request, self.store.rollouts, self.store.releases, self.clock)

    def close(self) -> None:
        self.store.close()

    def _override_denial(self, release: str, by: str, reason: str) -> None:
        """A denial that is not there needs no override."""
        if not reason.strip():
            raise UsageError("--force overrides what was said against the release, so it needs a reason", hint="--reason WHY")
        denial = self.store.releases.denial(release)
        if denial is not None:
            detail = {"reason": reason, "denied_by": denial.by, "denied_because": denial.reason}
            audit = AuditDraft(self.clock.utc(), by, "release.allow", f"release:{release}", detail=detail)
            self.store.releases.override_denial(release, by, reason, audit)

    def _name(self, by: str) -> str:
        return by if by or self.requires_name else user_of(self.loaded.folder) or ""


def local_desk(loaded: LoadedSettings, store: Store, show: ShowTools | None = None, *, requires_name: bool = False) -> LocalDesk:
    """Over an open store. `show`: what else is known of a rollout than its row."""
    clock = SystemClock()
    return LocalDesk(loaded, store, show or ShowTools(store.rollouts, store.releases, clock), clock, requires_name)


def refuse_lost_store(loaded: LoadedSettings, environment: str, variables: Mapping[str, str]) -> None:
    """SQLite on a CI runner is gone with the runner (DESIGN, Processes). Raises `StoreRefused` (E3611)."""
    on_a_runner = variables.get("CI", "").lower() in ("1", "true", "yes")
    is_file = loaded.settings.store.url.strip().startswith("sqlite")
    if on_a_runner and is_file and environment_of(loaded.settings, environment).kind != "local":
        what = f"a rollout in {environment} is not kept in a SQLite file of a CI runner"
        raise StoreRefused(what, where="store.url", hint="set GOLDFINCH_URL to a server that stays, or store.url to a PostgreSQL")


def new_rollout_id(clock: Clock) -> str:
    """`ro_`, the time, and 8 digits that are nobody else's."""
    return f"ro_{clock.utc():%Y%m%dT%H%M%SZ}_{uuid4().hex[:8]}"


def _on_inconclusive(text: str) -> OnInconclusive:
    try:
        return OnInconclusive(text)
    except ValueError:
        what = f"{text[:40]!r} is none of {', '.join(OnInconclusive)}"
        raise UsageError(what, where="--on-inconclusive", code=rollout_codes.INVALID_PLAN) from None
