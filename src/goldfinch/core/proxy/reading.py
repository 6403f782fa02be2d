"""What Envoy says that it serves, read back from its admin interface. Nothing of it is taken for granted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from goldfinch.core.proxy.routes import RUNTIME_PREFIX, TOTAL_WEIGHT

ROUTES_VERSION = "http.agent.rds.agent.version_text"
CLUSTERS_VERSION = "cluster_manager.cds.version_text"
ROUTES_REJECTED = "http.agent.rds.agent.update_rejected"
CLUSTERS_REJECTED = "cluster_manager.cds.update_rejected"
IN_FLIGHT = "upstream_rq_active"
STATS = rf"^({ROUTES_VERSION}|{CLUSTERS_VERSION}|{ROUTES_REJECTED}|{CLUSTERS_REJECTED}|cluster\..*\.{IN_FLIGHT})$".replace("rds.", r"rds\.")


@dataclass(frozen=True, slots=True)
class Served:
    """What the data plane has."""

    routes_version: str = ""
    clusters_version: str = ""
    weights: Mapping[str, int] = field(default_factory=dict)
    """Of releases among the sessions that no pin holds, out of the sum; empty: nobody gets any."""
    overrides: Mapping[str, int] = field(default_factory=dict)
    """Weights set by runtime key, which win over those of the routes."""
    in_flight: Mapping[str, int] = field(default_factory=dict)
    rejected: int = 0
    """Configurations that it refused since it started."""

    @property
    def override_keys(self) -> list[str]:
        return [f"{RUNTIME_PREFIX}.{name}" for name in self.overrides]

    def percent(self, release: str) -> int:
        """Of new sessions, on this release; rounded up, so that a little is never taken for nothing."""
        weights = {name: self.overrides.get(name, weight) for name, weight in self.weights.items()}
        total = sum(weights.values())
        return -(-100 * weights.get(release, 0) // total) if total > 0 else 0


def served(stats: Any, routes: Any, runtime: Any) -> Served:
    """From `/stats?format=json`, `/config_dump?resource=dynamic_route_configs` and `/runtime`. Raises `ValueError` for anything else."""
    try:
        values = {each["name"]: each["value"] for each in stats["stats"] if "name" in each}
        return Served(
            str(values.get(ROUTES_VERSION, "")),
            str(values.get(CLUSTERS_VERSION, "")),
            _weights(routes),
            _overrides(runtime),
            {name.split(".", 1)[1].removesuffix(f".{IN_FLIGHT}"): int(value) for name, value in values.items() if name.endswith(IN_FLIGHT)},
            int(values.get(ROUTES_REJECTED, 0)) + int(values.get(CLUSTERS_REJECTED, 0)),
        )
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"the admin interface answers in an unknown form ({type(error).__name__}: {error})") from None


def _weights(dump: Any) -> dict[str, int]:
    for config in dump.get("configs", []):
        for host in config["route_config"].get("virtual_hosts", []):
            for route in host.get("routes", []):
                if (weighted := route.get("route", {}).get("weighted_clusters")) is not None:
                    return _by_name(weighted["clusters"])
    return {}


def _by_name(clusters: Any) -> dict[str, int]:
    """Envoy leaves out a weight of 0."""
    weights: dict[str, int] = {}
    for cluster in clusters:
        weights[cluster["name"]] = weights.get(cluster["name"], 0) + int(cluster.get("weight", 0))
    return weights


def _overrides(runtime: Any) -> dict[str, int]:
    prefix = f"{RUNTIME_PREFIX}."
    entries = runtime.get("entries", {})
    found = {}
    for name, entry in entries.items():
        if name.startswith(prefix):
            found[name.removeprefix(prefix)] = _whole(entry["final_value"])
    return found


def _whole(text: object) -> int:
    try:
        return max(0, int(str(text)))
    except ValueError:
        raise ValueError(f"the runtime key of a weight is {text!r:.40}") from None


def emergency_weights(canary: str, other: str, percent: int) -> dict[str, str]:
    """Runtime keys for `percent`: both in one change, for with one alone the sum would be another."""
    weight = percent * TOTAL_WEIGHT // 100
    return {f"{RUNTIME_PREFIX}.{canary}": str(weight), f"{RUNTIME_PREFIX}.{other}": str(TOTAL_WEIGHT - weight)}
