"""What can go wrong with live evidence."""

from __future__ import annotations

from goldfinch.core.errors import ConfigurationError, InfrastructureError
from goldfinch.core.health.failures import MetricsUnavailable
from goldfinch.core.live import codes


class NotesUnavailable(InfrastructureError):
    """Notes could not be kept; none of them was."""

    default_code = codes.NOTES_UNAVAILABLE


class QueueUnavailable(InfrastructureError):
    """The queue of sampled answers cannot be read or written."""

    default_code = codes.QUEUE_UNAVAILABLE


class PrometheusUnavailable(MetricsUnavailable):
    """The Prometheus did not answer, or not as one does; never read as 0."""

    default_code = codes.PROMETHEUS_UNAVAILABLE


class PrometheusRefused(ConfigurationError):
    """The Prometheus understood the query and refused it, or it does not give what was asked for; asking again does not help."""

    default_code = codes.PROMETHEUS_QUERY


class PrometheusAddressRefused(ConfigurationError):
    """The URL of a Prometheus may not be called."""

    default_code = codes.PROMETHEUS_ADDRESS
