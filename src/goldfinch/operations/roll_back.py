"""Back to a release: traffic first and proved by live requests, then sessions, then processes.

What is to be done is asked of the store anew after every step, so the command may be killed anywhere and typed again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.health.metrics import Arm
from goldfinch.core.recovery.failures import NoLiveAnswer, RollbackRefused
from goldfinch.core.recovery.outcome import RollbackOutcome, RollbackResult
from goldfinch.core.recovery.proof import NEW_SESSIONS, PINNED, Answered, Proof, proof
from goldfinch.core.recovery.times import RollbackTimes
from goldfinch.core.recovery.way_back import NextMove, Way, next_move, rollout_back
from goldfinch.core.releases.admission import refusal
from goldfinch.core.releases.failures import UnknownRelease
from goldfinch.core.releases.names import reasoned, signed
from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.failures import RequestRefused, RolloutUnderWay
from goldfinch.core.rollout.fingerprint import fingerprint
from goldfinch.core.rollout.plan import RolloutPlan, SessionsOnRollback
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import TERMINAL, Phase, RollbackPhase
from goldfinch.operations.ask_rollout import Asked, ask_rollout
from goldfinch.ports.clock import Clock
from goldfinch.ports.live_probe import LiveProbe
from goldfinch.ports.release_ledger import ReleaseLedger
from goldfinch.ports.rollout_store import RolloutStore

LOOK_S = 0.25
PROVE_AGAIN_S = 1.0
_AT_ZERO = frozenset({RollbackPhase.DRAINING, RollbackPhase.SCALING_DOWN})


@dataclass(frozen=True, slots=True)
class RollbackRequest:
    """Anyone on call may ask (P11): it needs a name and a reason, and no approval."""

    target: str
    """Any name of the release."""
    reason: str
    by: str
    service: str
    environment: str
    plan: RolloutPlan
    """Of the environment: how long draining and verifying may take."""
    new_id: str
    """Of the rollout that leads back, where one is needed; `way_back.SUFFIX` is added."""
    force: bool = False
    """Take a release that was denied; the reason goes on record with it."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """What the operation works with. `drive` carries one rollout to its end, or waits while another controller does."""

    store: RolloutStore
    ledger: ReleaseLedger
    clock: Clock
    drive: Callable[[str], Awaitable[None]]
    probe: LiveProbe
    say: Callable[[str], None]
    """One line of progress."""


async def roll_back(request: RollbackRequest, tools: WayBack, *, within_s: float) -> RollbackResult:
    """Until the target serves alone, proved, or `within_s` are over; what was begun goes on without this command where a controller runs.

    Raises `RollbackRefused` (E3801), `UnknownRelease`, `Unsigned`, `StoreUnavailable`; nothing was moved then.
    """
    request = replace(request, by=signed(request.by), reason=reasoned(request.reason), target=tools.ledger.find(request.target).id)
    course = _Course(request, tools, tools.clock.monotonic_s() + within_s)
    try:
        return await course.run()
    finally:
        await course.let_go()


class _Course:
    def __init__(self, request: RollbackRequest, tools: WayBack, ends_s: float) -> None:
        self._request, self._tools, self._ends_s = request, tools, ends_s
        self._began_s = tools.clock.monotonic_s()
        self._times = RollbackTimes()
        self._proof = Proof(False, "no live request was made")
        self._prove_at_s = self._began_s
        self._rollouts: list[str] = []
        self._ended: set[str] = set()
        self._driving: tuple[str, asyncio.Task[None]] | None = None
        self._second_path = False
        self._said = ""

    async def run(self) -> RollbackResult:
        while (move := await self._next()).way is not Way.THERE:
            rollout_id = self._act(move)
            if rollout_id and not await self._follow(rollout_id):
                return self._out_of_time(self._tools.store.get(rollout_id))
            if self._is_over() or rollout_id in self._ended:
                return self._not_there(move)
            if rollout_id:
                self._ended.add(rollout_id)
            await self._tools.clock.sleep(0.0 if rollout_id else LOOK_S)
        self._cancel_what_waits()
        return await self._there(move)

    def _is_over(self) -> bool:
        return self._tools.clock.monotonic_s() >= self._ends_s

    def _not_there(self, move: NextMove) -> RollbackResult:
        """The records say that it is done, or change without end, and what serves is another release."""
        sentence = f"not proved that {self._request.target} serves: {self._proof.words}; the next step would be to {move.way} again"
        return self._result(RollbackOutcome.NOT_PROVED, sentence)

    async def let_go(self) -> None:
        """Stop driving; whoever else has a controller goes on, and the lease is given up."""
        if self._driving is not None:
            self._driving[1].cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._driving[1]

    async def _next(self) -> NextMove:
        store, request = self._tools.store, self._request
        if under_way := store.under_way(request.service, request.environment):
            move = next_move(request.target, store.get(under_way), None)
        else:
            move = next_move(request.target, None, store.latest(request.service, request.environment), await self._serving())
        if move.refused:
            raise RollbackRefused(move.refused, where=f"{request.service} in {request.environment}", hint=move.hint)
        return move

    async def _serving(self) -> str:
        """The known release that answers users now; "": nobody answers, and what the store says is taken."""
        try:
            answered = await self._tools.probe.ask("")
            return self._tools.ledger.find(answered.release).id if answered.release else ""
        except (NoLiveAnswer, UnknownRelease):
            return ""

    def _act(self, move: NextMove) -> str:
        """The rollout to follow; "": something changed in between, look again."""
        if move.way is Way.BEGIN:
            return self._begin(move.stable)
        assert move.rollout is not None  # nosec B101 - the other ways are about one
        if move.way is Way.ABORT and not self._abort(move.rollout):
            return ""
        if move.way is Way.WAIT:
            self._say(f"{move.rollout.id} is {move.rollout.state.phase} already")
        return self._noted(move.rollout.id)

    def _abort(self, rollout: Rollout) -> bool:
        request = self._request
        asked = Asked(f"rollback {request.target}", rollout.id, Verb.ABORT, request.by, f"rollback to {request.target}: {request.reason}")
        try:
            ask_rollout(asked, self._tools.store, self._tools.ledger, self._tools.clock)
        except RequestRefused:  # it went on, or back, in between
            return False
        self._say(f"{rollout.id} ({rollout.canary}) is under way: asked to abort")
        return True

    def _begin(self, stable: str) -> str:
        made = self._rollout(stable)
        if made.id in self._rollouts:
            return made.id
        self._require_admitted()
        detail = {
            "service": made.service,
            "environment": made.environment,
            "from": stable,
            "to": made.stable,
            "reason": self._request.reason,
        }
        audit = AuditDraft(
            made.created_at, made.created_by, "rollout.roll_back", f"rollout:{made.id}", after=fingerprint(made.state), detail=detail
        )
        try:
            self._tools.store.create(made, audit)
        except RolloutUnderWay:
            return ""
        self._say(f"{made.id}: from {stable} back to {made.stable}; no traffic moves before {made.stable} serves")
        return self._noted(made.id)

    def _rollout(self, stable: str) -> Rollout:
        request = self._request
        return rollout_back(
            request.new_id,
            service=request.service,
            environment=request.environment,
            stable=stable,
            target=request.target,
            plan=request.plan,
            reason=request.reason,
            by=request.by,
            now=self._tools.clock.utc(),
        )

    def _require_admitted(self) -> None:
        """A denied release is taken with `force` only, and the denial is overridden under the same name and reason."""
        request, ledger = self._request, self._tools.ledger
        why = refusal(ledger.denial(request.target))
        if why and not request.force:
            raise RollbackRefused(why, hint="--force takes it all the same, with your reason on record")
        if why:
            audit = AuditDraft(
                self._tools.clock.utc(), request.by, "release.allow", f"release:{request.target}", detail={"reason": request.reason}
            )
            ledger.override_denial(request.target, request.by, request.reason, audit)

    def _noted(self, rollout_id: str) -> str:
        if rollout_id not in self._rollouts:
            self._rollouts.append(rollout_id)
        return rollout_id

    async def _follow(self, rollout_id: str) -> bool:
        """Whether it has ended; False: the time is over. The proof is made as soon as weight 0 is verified, before anything is stopped."""
        while self._tools.clock.monotonic_s() < self._ends_s:
            self._drive(rollout_id)
            rollout = self._tools.store.get(rollout_id)
            self._tell(rollout)
            ended = rollout.state.phase in TERMINAL
            if (ended or rollout.state.part in _AT_ZERO) and rollout.stable == self._request.target:
                await self._prove(rollout)
            if ended:
                return True
            await self._tools.clock.sleep(LOOK_S)
        return False

    def _drive(self, rollout_id: str) -> None:
        if self._driving is None or self._driving[0] != rollout_id or self._driving[1].done():
            self._driving = (rollout_id, asyncio.ensure_future(_driven(self._tools.drive, rollout_id)))

    def _tell(self, rollout: Rollout) -> None:
        state = rollout.state
        if state.phase is Phase.ROLLBACK_FAILED:
            self._second_path = True
            self._say(f"{state.reason}; the second path is tried: goldfinch runbook rollback-failed")
        else:
            self._say(
                f"{rollout.id}: {state.phase}{f'({state.part})' if state.part and state.phase not in TERMINAL else ''}: {state.reason}"
            )

    async def _prove(self, rollout: Rollout | None) -> None:
        """Once it holds it is not asked again; a router that is seen at weight 0 was read back already."""
        now_s = self._tools.clock.monotonic_s()
        if self._times.verified_s is None:
            self._times = replace(self._times, verified_s=now_s - self._began_s)
        if self._proof.holds or now_s < self._prove_at_s:
            return
        self._proof = await live_proof(self._request.target, rollout, self._tools.probe)
        self._prove_at_s = now_s + PROVE_AGAIN_S
        if self._proof.holds:
            self._times = replace(self._times, proved_s=self._tools.clock.monotonic_s() - self._began_s)
            self._say(f"proved: {self._proof.words}")

    async def _there(self, move: NextMove) -> RollbackResult:
        clock = self._tools.clock
        while True:
            await self._prove(move.rollout)
            if self._proof.holds or clock.monotonic_s() + PROVE_AGAIN_S > self._ends_s:
                break
            await clock.sleep(PROVE_AGAIN_S)
        self._times = replace(self._times, complete_s=clock.monotonic_s() - self._began_s)
        outcome = RollbackOutcome.DONE if self._proof.holds else RollbackOutcome.NOT_PROVED
        was = "" if self._rollouts else ", as it did before: nothing had to be moved"
        sentence = f"{self._request.target} serves{was}" if self._proof.holds else f"not proved that {self._request.target} serves"
        return self._result(outcome, f"{sentence}: {self._proof.words}")

    def _out_of_time(self, rollout: Rollout) -> RollbackResult:
        failed = rollout.state.phase is Phase.ROLLBACK_FAILED
        outcome = RollbackOutcome.FAILED if failed else RollbackOutcome.NOT_PROVED
        seen = f"; {self._proof.words}" if self._times.verified_s is not None else ""
        words = f"{rollout.id} is {rollout.state.phase}: {rollout.state.reason}{seen}"
        return self._result(outcome, f"not complete in the time that was given: {words}")

    def _result(self, outcome: RollbackOutcome, sentence: str) -> RollbackResult:
        return RollbackResult(outcome, self._request.target, sentence, self._times, tuple(self._rollouts), self._second_path)

    def _cancel_what_waits(self) -> None:
        """A rollout that waited for the place would begin now, away from the release that somebody has just asked for."""
        request = self._request
        for rollout in self._tools.store.unfinished():
            here = (rollout.service, rollout.environment) == (request.service, request.environment)
            if here and rollout.state.phase is Phase.PENDING and rollout.canary != request.target:
                self._abort(rollout)

    def _say(self, words: str) -> None:
        if words != self._said:
            self._said = words
            self._tools.say(words)


async def _driven(drive: Callable[[str], Awaitable[None]], rollout_id: str) -> None:
    """A controller of ours that fails is begun again at the next look; another's may go on meanwhile."""
    with suppress(Exception):
        await drive(rollout_id)


async def live_proof(target: str, rollout: Rollout | None, probe: LiveProbe) -> Proof:
    """Ask as new sessions, and as sessions that still carry the token of the release that goes, where those were to move."""
    rollout_id = rollout.id if rollout else ""
    moves_pins = rollout is not None and rollout.plan.sessions is SessionsOnRollback.BREAK and rollout.stable == target
    pins = [""] * NEW_SESSIONS + [str(Arm.CANARY)] * (PINNED if moves_pins else 0)
    answers = []
    try:
        for pinned_to in pins:
            answer = await probe.ask(rollout_id, pinned_to=pinned_to)
            answers.append(Answered(answer.release, answer.status))
    except NoLiveAnswer as error:
        return proof(target, answers, str(error))
    return proof(target, answers)
