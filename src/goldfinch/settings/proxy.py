"""The proxy that splits the traffic: `proxy:`."""

from __future__ import annotations

from pydantic import Field

from goldfinch.settings.rollout import Duration
from goldfinch.settings.strict import Strict


class ProxySettings(Strict):
    """Envoy, as `goldfinch proxy` starts it."""

    listen: str = Field("127.0.0.1:8080", description="Address and port for the agent's users.")
    max_connections: int = Field(10_000, ge=1, description="Connections beyond which new ones are refused.")
    idle_timeout: Duration | None = Field(None, description="Silence after which a stream is cut; absent: 5m.")
    first_byte_timeout: Duration | None = Field(None, description="Longest wait for the first byte of an answer; absent: 2m.")
    concurrency: int | None = Field(None, ge=1, le=256, description="Envoy's worker threads; absent: one per core.")
    dead_man: Duration | None = Field(
        None,
        description="Without a sign of life of a controller for so long, a canary's traffic goes back to the stable release; absent: 10m.",
    )
    request_timeout: Duration | None = Field(None, description="To receive a whole request; slower clients are refused; absent: 1m.")
    drain: Duration | None = Field(None, description="After SIGTERM, for requests and streams to end before they are cut; absent: 30s.")
    access_log_mb: int = Field(64, ge=1, le=4096, description="Size at which a file of the access log gets its number.")
    access_log_files: int = Field(32, ge=2, description="Numbered files of the access log that are kept.")
