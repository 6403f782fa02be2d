"""What can go wrong with the store."""

from __future__ import annotations

from goldfinch.core.audit import codes
from goldfinch.core.errors import ConfigurationError, ExitCode, GoldfinchError, InfrastructureError


class StoreUnavailable(InfrastructureError):
    """No answer, or no room."""

    default_code = codes.STORE_UNAVAILABLE


class StoreDamaged(InfrastructureError):
    """It answers, and what it holds cannot be read."""

    default_code = codes.DAMAGED


class StoreTooNew(ConfigurationError):
    """A newer Goldfinch has written it."""

    default_code = codes.TOO_NEW


class StoreNotUsable(ConfigurationError):
    """No store can be opened as the settings stand: a wrong URL, or a library that is not installed."""

    default_code = codes.URL


class AuditTampered(GoldfinchError):
    """The audit log is not what was written."""

    exit_code = ExitCode.GATE_FAILED
    default_code = codes.TAMPERED
