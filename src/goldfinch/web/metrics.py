"""`/metrics`: rollouts in the text format of Prometheus, for a dashboard and for alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from fastapi import APIRouter, Depends, Response

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.escaping import for_terminal_line
from goldfinch.core.rollout.overview import RolloutOverview
from goldfinch.core.rollout.state import TERMINAL, Phase
from goldfinch.core.serving.access import Role
from goldfinch.web.signing_in import SignIn
from goldfinch.web.tools import WebTools

_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_MOST: Final = 20
_FAMILIES: Final = {
    "goldfinch_rollout_phase": "1 for the phase that the rollout is in.",
    "goldfinch_rollout_canary_weight_percent": "Share of new sessions that the canary is to get.",
    "goldfinch_rollout_canary_weight_verified_percent": "Share that the proxy was last seen to serve; absent: never seen.",
    "goldfinch_rollout_step": "Step of the plan, from 1.",
    "goldfinch_rollout_units": "Units (sessions) that a metric has measured, by arm.",
    "goldfinch_rollout_units_needed": "Canary units that a metric needs before the rollout may go on.",
    "goldfinch_rollout_metric_value": "Value of a metric at the last check, by arm; absent: none.",
    "goldfinch_rollout_metric_breached": "1 where the metric is in breach.",
    "goldfinch_rollout_seconds_since_check": "Age of the last check; absent: none was made.",
    "goldfinch_rollout_canary_pinned_sessions": "Sessions that are pinned to the canary; absent: nobody knows.",
    "goldfinch_rollout_canary_in_flight": "Requests and streams open on the canary; absent: nobody knows.",
}
Sample = tuple[str, dict[str, str], float]


def metric_routes(tools: WebTools, sign_in: SignIn) -> APIRouter:
    """Rollouts under way, and the newest one that has ended: a dashboard sees how it ended."""
    router = APIRouter()

    @router.get("/metrics", dependencies=[Depends(sign_in.needs(Role.VIEWER))])
    def metrics() -> Response:
        """Those that cannot be read are left out and counted."""
        recent = tools.store.recent(_MOST)
        ended = next((row for row in recent if row.state.phase in TERMINAL), None)
        found: list[RolloutOverview] = []
        unreadable = 0
        for row in recent:
            if row.state.phase not in TERMINAL or row is ended:
                try:
                    found.append(tools.overview(row.id))
                except GoldfinchError:
                    unreadable += 1
        return Response(exposition(found, unreadable), media_type=_TYPE)

    return router


def exposition(overviews: Sequence[RolloutOverview], unreadable: int = 0) -> str:
    """The whole page: each family once, with its help, then its samples."""
    samples = [sample for overview in overviews for sample in _samples(overview)]
    lines = []
    for family, words in _FAMILIES.items():
        own = [f"{family}{_labels(labels)} {value:.17g}" for name, labels, value in samples if name == family]
        lines += [f"# HELP {family} {words}", f"# TYPE {family} gauge", *own] if own else []
    name = "goldfinch_rollouts_unreadable"
    lines += [f"# HELP {name} Rollouts that could not be read for this page.", f"# TYPE {name} gauge", f"{name} {unreadable}"]
    return "\n".join(lines) + "\n"


def _samples(overview: RolloutOverview) -> Iterator[Sample]:
    rollout, state = overview.rollout, overview.rollout.state
    own = {"rollout": rollout.id, "service": rollout.service, "environment": rollout.environment, "canary": rollout.canary}
    for phase in Phase:
        yield "goldfinch_rollout_phase", {**own, "phase": str(phase)}, float(phase is state.phase)
    yield "goldfinch_rollout_canary_weight_percent", own, state.weight_percent
    yield "goldfinch_rollout_step", own, state.step + 1
    optional = {
        "goldfinch_rollout_canary_weight_verified_percent": state.verified_weight_percent,
        "goldfinch_rollout_canary_pinned_sessions": overview.pinned_canary_sessions,
        "goldfinch_rollout_canary_in_flight": overview.canary_in_flight,
    }
    yield from ((name, own, value) for name, value in optional.items() if value is not None)
    yield from _of_check(overview, own)


def _of_check(overview: RolloutOverview, own: Mapping[str, str]) -> Iterator[Sample]:
    if overview.assessment is None:
        return
    age = max(0.0, (overview.now - overview.assessment.at).total_seconds())
    yield "goldfinch_rollout_seconds_since_check", dict(own), age
    for check in overview.assessment.checks:
        metric = {**own, "metric": check.metric}
        for arm, measured in (("canary", check.canary), ("stable", check.stable)):
            yield "goldfinch_rollout_units", {**metric, "arm": arm}, measured.units
            if measured.value is not None:
                yield "goldfinch_rollout_metric_value", {**metric, "arm": arm}, measured.value
        yield "goldfinch_rollout_units_needed", metric, check.needed
        yield "goldfinch_rollout_metric_breached", metric, float(check.state == "breach")


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{label_value(value)}"' for name, value in labels.items()) + "}"


def label_value(text: str) -> str:
    """Escaped as the format asks; what could not be seen is shown."""
    return for_terminal_line(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
