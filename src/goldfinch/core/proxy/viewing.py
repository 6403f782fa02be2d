"""What the controller is told: the split that is served, held against the one that was asked for."""

from __future__ import annotations

import json
from typing import NamedTuple

from goldfinch.core.proxy.envoy_json import Json, encoded
from goldfinch.core.proxy.reading import Served
from goldfinch.core.proxy.split import SetBy, Split
from goldfinch.core.rollout.evidence import RouterView


class Expected(NamedTuple):
    """What follows from the split."""

    routes: Json
    clusters: Json

    @property
    def versions(self) -> tuple[str, str]:
        return self.routes["version_info"], self.clusters["version_info"]


def view_of(split: Split | None, rollout_id: str, served: Served, expected: Expected, on_disk: bytes) -> RouterView:
    """`on_disk`: the routes as they stand in the file."""
    if split is None:
        return RouterView(0, acknowledged=True)
    if split.rollout_id != rollout_id:
        taken = f"rollout {split.rollout_id} has set the split since" if rollout_id in split.past else ""
        return RouterView(0, acknowledged=not taken, foreign_change=taken)
    return RouterView(
        served.percent(split.canary),
        acknowledged=is_served(served, expected) and not served.overrides,
        foreign_change=_foreign(split, served, expected, on_disk),
        pinned_canary_sessions=0 if split.breaks_pins else None,
        canary_in_flight=served.in_flight.get(split.canary),
    )


def is_served(served: Served, expected: Expected) -> bool:
    """Whether Envoy has both files as they should be."""
    return (served.routes_version, served.clusters_version) == expected.versions


def _foreign(split: Split, served: Served, expected: Expected, on_disk: bytes) -> str:
    if split.set_by is SetBy.WATCHDOG:
        return "the proxy's watchdog gave the canary's traffic back: no controller had given a sign of life"
    if served.overrides:
        keys = ", ".join(f"{name} = {weight}" for name, weight in sorted(served.overrides.items()))
        return f"weights are set by runtime key at the admin interface: {keys}"
    if on_disk != encoded(expected.routes) and not _is_ours(on_disk, split.replaces):
        return "somebody else has changed the routes (xds/rds.json)"
    return ""


def _is_ours(on_disk: bytes, version: str) -> bool:
    """Whether these are the routes of before, whole."""
    if not on_disk:
        return True
    try:
        value = json.loads(on_disk)
        return version != "" and value["version_info"] == version and encoded(value) == on_disk
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
