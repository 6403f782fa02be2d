"""What can go wrong with measurements."""

from __future__ import annotations

from goldfinch.core.errors import ConfigurationError, GoldfinchError, InfrastructureError
from goldfinch.core.health import codes


class MetricsUnavailable(InfrastructureError):
    """The source did not answer; never read as 0."""

    default_code = codes.METRICS_UNAVAILABLE


class ImpossibleMeasurement(MetricsUnavailable):
    """The source answered what cannot be; as good as no answer."""

    default_code = codes.IMPOSSIBLE_MEASUREMENT


class RulesUnusable(ConfigurationError):
    """The rules contradict themselves."""

    default_code = codes.RULES_UNUSABLE


class HealthStateUnreadable(InfrastructureError):
    """A saved health state that is not one, or not of these rules."""

    default_code = codes.HEALTH_STATE_UNREADABLE


class TooLittleTraffic(GoldfinchError):
    """A step could not see what it is meant to see."""

    default_code = codes.TOO_LITTLE_TRAFFIC
