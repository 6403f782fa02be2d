"""Ask for a rollout: everything that can be known to be in its way is said before it begins."""

from __future__ import annotations

from dataclasses import dataclass

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.health.begin import check_rules
from goldfinch.core.health.outlook import RecentTraffic, check_reachable
from goldfinch.core.releases.admission import require_admitted
from goldfinch.core.releases.approvals import Bound, standing
from goldfinch.core.releases.names import signed
from goldfinch.core.releases.release import Release
from goldfinch.core.rollout.evidence import OperatorRequest, Verb
from goldfinch.core.rollout.failures import RolloutUnderWay, StartRefused
from goldfinch.core.rollout.fingerprint import fingerprint
from goldfinch.core.rollout.plan import OnInconclusive, RolloutPlan
from goldfinch.core.rollout.plan_check import problems
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import Phase, RolloutState
from goldfinch.ports.clock import Clock
from goldfinch.ports.release_ledger import ReleaseLedger
from goldfinch.ports.rollout_store import RolloutStore


@dataclass(frozen=True, slots=True)
class StartRequest:
    """Releases by any of their names."""

    rollout_id: str
    """`ro_`, the time and 8 hexadecimal digits."""
    service: str
    environment: str
    canary: str
    plan: RolloutPlan
    by: str
    stable: str | None = None
    """None: the release that was rolled out last with success."""
    first_release: bool = False
    """There is no stable release, and none is looked for."""
    reason: str = ""
    gate_hash: str = ""
    traffic: RecentTraffic | None = None
    """What production has been like; None: nobody knows, and nothing is refused for it."""
    wait: bool = False
    """Wait for the rollout that is under way, in the place of any that waits already."""
    supersede: bool = False
    """Ask the rollout that is under way to make room, and wait for it."""


def start_rollout(request: StartRequest, store: RolloutStore, ledger: ReleaseLedger, clock: Clock) -> Rollout:
    """The rollout, Pending; a controller takes it from there.

    Raises `StartRefused` (E2953), `ReleaseDenied` (E2705), `RolloutUnderWay` (E2902), `UnknownRelease` (E2701), `TooLittleTraffic`,
    `RulesUnusable`, `Unsigned` (E2713); nothing was written then.
    """
    by = signed(request.by)
    canary = ledger.find(request.canary)
    stable = None if request.first_release else ledger.find(request.stable or _last(request, store)).id
    require_admitted(ledger.denial(canary.id))
    _check_plan(request, canary.id, stable)
    _check_approval(request, canary, by, store, clock)
    under_way = store.under_way(request.service, request.environment)
    if under_way and not (request.wait or request.supersede):
        raise RolloutUnderWay(
            f"{under_way} is under way for {request.service} in {request.environment}",
            hint="--wait lets this one begin after it, --supersede ends it first",
        )
    rollout = store.create(_rollout(request, canary.id, stable, by, clock), _audit(request, canary.id, stable, by, clock))
    if under_way and request.supersede:
        _make_room(under_way, rollout, by, store, clock)
    return rollout


def _last(request: StartRequest, store: RolloutStore) -> str:
    latest = store.latest(request.service, request.environment)
    if latest is None:
        what = f"nothing was ever rolled out for {request.service} in {request.environment}, so nobody knows what is stable"
        raise StartRefused(what, hint="name the stable release, or say that this is the first release")
    if latest.state.phase is Phase.SUCCEEDED:
        return latest.canary
    if latest.stable is None:
        raise StartRefused(f"{latest.id} was a first release and has not succeeded: nobody knows what is stable", hint="name it")
    return latest.stable


def _check_plan(request: StartRequest, canary: str, stable: str | None) -> None:
    same = (f"canary and stable are the same release, {canary}",) if canary == stable else ()
    if found := (*same, *problems(request.plan)):
        raise StartRefused("; ".join(found), where=f"{request.service} in {request.environment}")
    check_rules(request.plan.health)
    compared = stable is not None and request.plan.on_inconclusive is OnInconclusive.HOLD
    if request.traffic is not None and compared:
        plan = request.plan
        check_reachable(plan.health, steps=plan.steps, traffic=request.traffic, max_extension=plan.max_extension)


def _check_approval(request: StartRequest, canary: Release, by: str, store: RolloutStore, clock: Clock) -> None:
    """An approval may come later; a rejection of exactly this is an answer already."""
    bound = Bound(canary.id, request.environment, request.gate_hash, (by, canary.created_by))
    said = standing(store.approvals(canary.id, request.environment), bound, clock.utc())
    if request.plan.approval and said.approved is False:
        raise StartRefused(f"{canary.id} was not approved for {request.environment}: {said.reason}", hint="who rejected it can approve it")


def _rollout(request: StartRequest, canary: str, stable: str | None, by: str, clock: Clock) -> Rollout:
    return Rollout(
        id=request.rollout_id,
        service=request.service,
        environment=request.environment,
        canary=canary,
        stable=stable,
        plan=request.plan,
        state=RolloutState(),
        created_at=clock.utc(),
        created_by=by,
        gate_hash=request.gate_hash,
    )


def _audit(request: StartRequest, canary: str, stable: str | None, by: str, clock: Clock) -> AuditDraft:
    detail = {
        "service": request.service,
        "environment": request.environment,
        "canary": canary,
        "stable": stable,
        "gate_hash": request.gate_hash,
        "reason": request.reason,
    }
    return AuditDraft(clock.utc(), by, "rollout.create", f"rollout:{request.rollout_id}", after=fingerprint(RolloutState()), detail=detail)


def _make_room(under_way: str, newer: Rollout, by: str, store: RolloutStore, clock: Clock) -> None:
    reason = f"{newer.id} ({newer.canary}) takes its place"
    request = OperatorRequest(f"supersede {newer.id}", Verb.SUPERSEDE, by, clock.utc(), reason)
    audit = AuditDraft(clock.utc(), by, "rollout.supersede", f"rollout:{under_way}", detail={"by_rollout": newer.id})
    store.ask(under_way, request, audit)
