"""What can go wrong with measurements."""

from __future__ import annotations

from goldfinch.core.errors import InfrastructureError
from goldfinch.core.health import codes


class MetricsUnavailable(InfrastructureError):
    """The source did not answer; never read as 0."""

    default_code = codes.METRICS_UNAVAILABLE
