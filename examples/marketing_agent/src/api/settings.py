"""How the service serves: limits and patience. What the agent is stands in `src.config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    max_in_flight: int = 64
    """Tasks at work at a time; more are refused with 429."""
    task_timeout_s: float = 60.0
    body_timeout_s: float = 10.0
    """How long a client may take to send its body."""
    max_body_bytes: int = 4 * 1024 * 1024
    """An account in line is a few hundred kB."""
    max_depth: int = 32
    grace_s: float = 30.0
    """After SIGTERM, how long running tasks and streams may take to finish."""
    drain_delay_s: float = 0.0
    """After SIGTERM, how long new tasks are still taken while readiness says 503, so that load balancers see it first."""
    heartbeat_s: float = 15.0
    """A silent event stream gets a comment this often, so that proxies keep it open."""
