"""What Envoy is started with: one listener, an admin interface on a socket that only its user opens, and two files to follow."""

from __future__ import annotations

from typing import Final

from goldfinch.core.proxy.edge import access_logs, early_mutations
from goldfinch.core.proxy.envoy_json import Json, extension, in_seconds
from goldfinch.core.proxy.options import ProxyOptions
from goldfinch.core.proxy.routes import NAME, RETRY_AFTER_S

ADMIN_SOCKET: Final = "admin.sock"
"""Relative to the folder that Envoy runs in: a socket's path may have 107 bytes."""
MAX_HEADERS_KB: Final = 32
MAX_HEADERS: Final = 100
_HEADERS_WITHIN = "10s"
_CLIENT_IDLE = "300s"
_NOBODY_SERVES = f"No release serves this share of the traffic, or none of its instances answers; try again in {RETRY_AFTER_S} seconds.\n"
_BUFFER_BYTES = 1 << 20
_REGEX_SIZE = {"re2.max_program_size.error_level": 5000, "re2.max_program_size.warn_level": 5000}
"""Envoy's own limit, 100, does not even count to 200 characters of a session id."""


def bootstrap(options: ProxyOptions, *, xds_folder: str, access_log: str) -> Json:
    """The file; `xds_folder` holds `cds.json` and `rds.json`, both paths absolute."""
    return {
        "node": {"id": "goldfinch", "cluster": "goldfinch"},
        "admin": {"address": {"pipe": {"path": ADMIN_SOCKET, "mode": 0o600}}},
        "stats_flush_interval": "1s",
        "layered_runtime": {"layers": [{"name": "fixed", "static_layer": _REGEX_SIZE}, {"name": "emergency", "admin_layer": {}}]},
        "overload_manager": {"resource_monitors": [_connection_limit(options.max_connections)]},
        "dynamic_resources": {"cds_config": _file(xds_folder, "cds.json")},
        "static_resources": {"listeners": [_listener(options, xds_folder, access_log)]},
    }


def _file(folder: str, name: str) -> Json:
    return {"path_config_source": {"path": f"{folder}/{name}", "watched_directory": {"path": folder}}, "resource_api_version": "V3"}


def _connection_limit(connections: int) -> Json:
    message = "extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"
    return extension("resource_monitors.global_downstream_max_connections", message, max_active_downstream_connections=connections)


def _listener(options: ProxyOptions, xds_folder: str, access_log: str) -> Json:
    """Without `reuse_port`: a second proxy on the port would otherwise get every other connection, and nobody would be told."""
    address = {"socket_address": {"address": options.listen.host, "port_value": options.listen.port}}
    manager = extension(
        "filters.network.http_connection_manager",
        "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        **_connection_manager(options, xds_folder, access_log),
    )
    return {
        "name": NAME,
        "address": address,
        "enable_reuse_port": False,
        "per_connection_buffer_limit_bytes": _BUFFER_BYTES,
        "filter_chains": [{"filters": [manager]}],
    }


def _connection_manager(options: ProxyOptions, xds_folder: str, access_log: str) -> Json:
    """Every client is outside, those of this machine too: what only an inner proxy may say (`x-envoy-…`) is not believed."""
    return {
        "stat_prefix": NAME,
        "codec_type": "AUTO",
        "server_header_transformation": "PASS_THROUGH",
        "use_remote_address": True,
        "internal_address_config": {"cidr_ranges": [{"address_prefix": "255.255.255.255", "prefix_len": 32}]},
        "stream_idle_timeout": in_seconds(options.idle_timeout),
        "request_headers_timeout": _HEADERS_WITHIN,
        "request_timeout": in_seconds(options.request_timeout),
        "max_request_headers_kb": MAX_HEADERS_KB,
        "common_http_protocol_options": {"idle_timeout": _CLIENT_IDLE, "max_headers_count": MAX_HEADERS},
        "http2_protocol_options": {"max_concurrent_streams": 100},
        "early_header_mutation_extensions": early_mutations(),
        "access_log": access_logs(access_log),
        "access_log_options": {"flush_access_log_on_new_request": True},
        "local_reply_config": {"mappers": [_clear_words()]},
        "rds": {"route_config_name": NAME, "config_source": _file(xds_folder, "rds.json")},
        "http_filters": [extension("filters.http.router", "extensions.filters.http.router.v3.Router", suppress_envoy_headers=True)],
    }


def _clear_words() -> Json:
    """Instead of Envoy's `no healthy upstream`."""
    return {"filter": {"response_flag_filter": {"flags": ["UH"]}}, "body": {"inline_string": _NOBODY_SERVES}}
