"""`/v1/rollouts`: what is known of them, and what a person may ask. Nothing is decided here."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from goldfinch.core.rollout.describing import describe, next_of, title
from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.overview_json import decision_facts, moment, overview_facts, rollout_facts
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import TERMINAL, Phase
from goldfinch.core.serving import codes
from goldfinch.core.serving.access import Role
from goldfinch.operations.ask_rollout import Asked
from goldfinch.ports.rollout_store import RolloutStore
from goldfinch.web.bodies import json_object, only_keys
from goldfinch.web.problems import Refused, json_answer
from goldfinch.web.shown import shown
from goldfinch.web.signing_in import SignIn
from goldfinch.web.tools import WebTools

VERBS: Final = frozenset(verb for verb in Verb if verb is not Verb.SUPERSEDE)
"""A newer rollout supersedes; nobody asks for it by name."""
RECENT: Final = 50
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
_MOST_TEXT: Final = 2000


class Answered:
    """Requests that were carried out, by the id that their sender gave them: sent again, they are answered again and not done again.

    The store keeps the id too; what it cannot tell is a request that has meanwhile been dealt with from one that comes too late.
    """

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._answers: OrderedDict[str, tuple[object, dict[str, Any]]] = OrderedDict()

    def of(self, request_id: str, what: object) -> dict[str, Any] | None:
        """The answer that was given. Raises `Refused` where the id was that of another request."""
        before = self._answers.get(request_id)
        if before is None:
            return None
        if before[0] != what:
            raise Refused("the id is that of another request", code=codes.BAD_REQUEST, where="id", status=409)
        return before[1]

    def keep(self, request_id: str, what: object, answer: dict[str, Any]) -> None:
        """Remember it; the oldest of too many is forgotten."""
        self._answers[request_id] = (what, answer)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)


def rollout_routes(tools: WebTools, sign_in: SignIn) -> APIRouter:
    """The readers, for a viewer, and the verbs, for a releaser."""
    router = APIRouter(prefix="/v1/rollouts")
    viewer = [Depends(sign_in.needs(Role.VIEWER))]
    _add_readers(router, tools, viewer)
    _add_verbs(router, tools, [Depends(sign_in.needs(Role.RELEASER))])
    return router


def _add_readers(router: APIRouter, tools: WebTools, viewer: list[Any]) -> None:
    @router.get("", dependencies=viewer)
    def listed(request: Request) -> Response:
        """The recent ones; those under way first, then newest first. Of one service and environment: the one that counts there."""
        service, environment = request.query_params.get("service"), request.query_params.get("environment")
        if service is not None and environment is not None:
            found = _the_one(tools.store, service, environment)
        else:
            found = [row for row in tools.store.recent(RECENT) if environment in (None, row.environment) and service in (None, row.service)]
        return json_answer(shown({"rollouts": [_summary(row, tools) for row in _running_first(found)]}, request))

    @router.get("/{rollout_id}", dependencies=viewer)
    def one(rollout_id: str, request: Request) -> Response:
        """Everything that is shown of it: the same JSON as `goldfinch rollout status --output json`."""
        return json_answer(shown(overview_facts(tools.overview(checked_id(rollout_id))), request))

    @router.get("/{rollout_id}/history", dependencies=viewer)
    def history(rollout_id: str, request: Request) -> Response:
        """Every decision with its figures, oldest first."""
        rollout = tools.store.get(checked_id(rollout_id))
        made = tools.store.decisions(rollout.id)
        return json_answer(shown({"rollout": rollout.id, "decisions": [decision_facts(decision) for decision in made]}, request))


def _the_one(store: RolloutStore, service: str, environment: str) -> list[Rollout]:
    """The one under way, else the latest: however many others there are."""
    under_way = store.under_way(service, environment)
    latest = store.get(under_way) if under_way is not None else store.latest(service, environment)
    return [] if latest is None else [latest]


def _add_verbs(router: APIRouter, tools: WebTools, releaser: list[Any]) -> None:
    answered = Answered()

    @router.post("", dependencies=releaser, status_code=201)
    async def start(request: Request) -> Response:
        """Begin one: the options of `goldfinch rollout start` by name."""
        document = await json_object(request)
        request_id = _request_id(document.pop("id", None))
        if (before := answered.of(request_id, document)) is not None:
            return json_answer(before)
        answer = rollout_facts(await run_in_threadpool(tools.start, document))
        answered.keep(request_id, document, answer)
        return json_answer(answer, 201)

    @router.post("/{rollout_id}/again", dependencies=releaser, status_code=201)
    async def again(rollout_id: str, request: Request) -> Response:
        """A new rollout of the same release by the same plan."""
        document = await json_object(request)
        only_keys(document, by=str, reason=str, force=bool)
        if tools.again is None:
            raise Refused("this server starts no rollout again", code=codes.NO_SUCH_PLACE)
        by, reason, force = document.get("by", ""), document.get("reason", ""), document.get("force", False)
        rollout = await run_in_threadpool(tools.again, checked_id(rollout_id), by, reason, force)
        return json_answer(rollout_facts(rollout), 201)

    @router.post("/{rollout_id}/{verb}", dependencies=releaser, status_code=202)
    async def ask(rollout_id: str, verb: str, request: Request) -> Response:
        """Keep a person's request for the controller's next pass; the rollout as it stands."""
        document = await json_object(request)
        asked = _asked(checked_id(rollout_id), verb, document)
        what = (asked.rollout_id, asked.verb, asked.by, asked.reason)
        if (before := answered.of(asked.id, what)) is not None:
            return json_answer(before, 202)
        answer = rollout_facts(await run_in_threadpool(tools.ask, asked))
        answered.keep(asked.id, what, answer)
        return json_answer(answer, 202)


def _asked(rollout_id: str, verb: str, document: dict[str, Any]) -> Asked:
    known = {str(each): each for each in VERBS}
    name = verb.replace("-", "_")
    if name not in known:
        hint = f"verbs: {', '.join(sorted(known))}"
        raise Refused(f"nothing can be asked by {verb[:40]!r}", code=codes.NO_SUCH_PLACE, hint=hint)
    only_keys(document, by=str, reason=str, id=str)
    for key in ("by", "reason"):
        if len(document.get(key, "")) > _MOST_TEXT:
            raise Refused(f"`{key}` is longer than {_MOST_TEXT} characters", code=codes.BAD_REQUEST)
    request_id = _request_id(document.get("id"))
    return Asked(request_id, rollout_id, known[name], document.get("by", ""), document.get("reason", ""))


def _request_id(given: Any) -> str:
    if given is None:
        return f"ask_{uuid4().hex}"
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise Refused("`id` is no id: 1 to 100 letters, digits and _ . : -", code=codes.BAD_REQUEST)
    return given


def checked_id(rollout_id: str) -> str:
    """Raises `Refused` for what can be no id of a rollout, before any store is asked for it."""
    if not _ID.fullmatch(rollout_id):
        raise Refused("no rollout has such an id", code=codes.NO_SUCH_PLACE)
    return rollout_id


def _running_first(found: Sequence[Rollout]) -> list[Rollout]:
    return sorted(found, key=lambda row: row.state.phase in TERMINAL or row.state.phase is Phase.PENDING)


def _summary(rollout: Rollout, tools: WebTools) -> dict[str, Any]:
    now, state = tools.clock.utc(), rollout.state
    next_action, next_at = next_of(rollout.plan, state, now)
    return {
        "id": rollout.id,
        "service": rollout.service,
        "environment": rollout.environment,
        "canary": rollout.canary,
        "stable": rollout.stable,
        "phase": str(state.phase),
        "title": title(rollout.plan, state),
        "line": describe(rollout.plan, state, canary=rollout.canary, now=now),
        "reason": (state.cause if state.phase is not Phase.SUCCEEDED else "") or state.reason or "just begun",
        "next_action": next_action,
        "next_at": None if next_at is None else moment(next_at),
        "weight_percent": state.weight_percent,
        "verified_weight_percent": state.verified_weight_percent,
        "created_at": moment(rollout.created_at),
        "created_by": rollout.created_by,
        "ended": state.phase in TERMINAL,
    }
