"""`/v1/verdict`: what another system's analysis asks. It is always answered with 200; what is unknown is `inconclusive` (DELIVERY 6)."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.tri_state import Answer, TriState, tri_state
from goldfinch.core.serving.access import Role, may
from goldfinch.web.problems import json_answer
from goldfinch.web.rollouts import RECENT, checked_id
from goldfinch.web.shown import visible
from goldfinch.web.signing_in import SignIn
from goldfinch.web.tools import WebTools


def verdict_routes(tools: WebTools, sign_in: SignIn) -> APIRouter:
    """Any other status would count as an error of the analysis, and five of those abort somebody's rollout: also a wrong token is 200."""
    router = APIRouter(prefix="/v1")

    @router.get("/verdict")
    def verdict(request: Request) -> Response:
        """Of `rollout`, or of the newest one of `canary`; `canary` and `stable` must be those of the rollout."""
        answer = _answer(request, tools, sign_in)
        return json_answer(visible({"verdict": str(answer.verdict), "reason": answer.reason, "rollout": answer.rollout}))

    return router


def _answer(request: Request, tools: WebTools, sign_in: SignIn) -> Answer:
    rollout, canary, stable = (request.query_params.get(name, "") for name in ("rollout", "canary", "stable"))
    try:
        if not may(sign_in.role(request), Role.VIEWER):
            return _unknown("no token that may read this was sent")
        if not rollout and not canary:
            return _unknown("neither rollout nor canary was named")
        found = checked_id(rollout) if rollout else _of_canary(tools.store.recent(RECENT), canary)
        if not found:
            return _unknown(f"no rollout of {canary[:80]} is known")
        return tri_state(tools.overview(found), canary=canary, stable=stable)
    except GoldfinchError as error:
        return _unknown(str(error))
    except Exception as error:  # noqa: BLE001 - any other answer than 200 would abort somebody's rollout
        tools.log(f"/v1/verdict: {type(error).__name__}: {error}")
        return _unknown("something went wrong in the server; its log says what")


def _of_canary(recent: Sequence[Rollout], canary: str) -> str:
    return next((row.id for row in recent if row.canary.startswith(canary)), "")


def _unknown(reason: str) -> Answer:
    return Answer(TriState.INCONCLUSIVE, reason)
