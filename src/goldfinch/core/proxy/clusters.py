"""Envoy's clusters (CDS): one per release, named by its id, and one that nobody serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from goldfinch.core.proxy.envoy_json import Json, discovery, typed
from goldfinch.core.proxy.split import Endpoint, Split

NOBODY: Final = "nobody"
"""Answers 503: the share that a first release does not get. No release has this name: ids begin with `rel_`."""
_CONNECT_WITHIN = "2s"
_UPSTREAM_IDLE = "4s"
"""Below the five seconds after which uvicorn and Node close a silent connection: a request never meets a connection that is just being
closed, and no POST has to be sent twice."""
_MOST = 1_000_000
"""Envoy's circuit breakers (1,024 requests) would cut streams of a busy agent; connections are limited where they come in."""


def clusters(split: Split | None, also: Mapping[str, tuple[Endpoint, ...]] | None = None) -> Json:
    """The file. `also`: releases that routes may still name while they change."""
    releases = {**(also or {}), **(split.releases if split is not None else {})}
    return discovery([_cluster(NOBODY, ()), *(_cluster(name, releases[name]) for name in sorted(releases))])


def _cluster(name: str, endpoints: tuple[Endpoint, ...]) -> Json:
    """No outlier detection and no health checks: they would take the bad instances out of the very sample that is judged."""
    return typed(
        "config.cluster.v3.Cluster",
        name=name,
        type="STATIC",
        connect_timeout=_CONNECT_WITHIN,
        load_assignment={"cluster_name": name, "endpoints": [{"lb_endpoints": [_endpoint(*each) for each in endpoints]}]},
        circuit_breakers={"thresholds": [_limits("DEFAULT"), _limits("HIGH")]},
        typed_extension_protocol_options={
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
                "extensions.upstreams.http.v3.HttpProtocolOptions",
                common_http_protocol_options={"idle_timeout": _UPSTREAM_IDLE},
                explicit_http_config={"http_protocol_options": {}},
            )
        },
    )


def _limits(priority: str) -> Json:
    return {"priority": priority, "max_connections": _MOST, "max_pending_requests": _MOST, "max_requests": _MOST, "max_retries": 100}


def _endpoint(host: str, port: int) -> Json:
    return {"endpoint": {"address": {"socket_address": {"address": host, "port_value": port}}}}
