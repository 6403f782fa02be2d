"""What can go wrong around a rollout."""

from __future__ import annotations

from goldfinch.core.errors import GoldfinchError, InfrastructureError
from goldfinch.core.rollout import codes


class UnknownRollout(GoldfinchError):
    """Nothing of this name."""

    default_code = codes.UNKNOWN_ROLLOUT


class RolloutUnderWay(GoldfinchError):
    """A second one of the same service and environment."""

    default_code = codes.UNDER_WAY


class StaleWrite(InfrastructureError):
    """The row is not what it was when it was read, or the lease is another's. Nothing was written."""

    default_code = codes.STALE_WRITE


class TrafficNotShifted(InfrastructureError):
    """The router did not take the split."""

    default_code = codes.NOT_SHIFTED


class RouterUnreachable(InfrastructureError):
    """The split cannot be read back."""

    default_code = codes.ROUTER_UNREACHABLE


class DeployFailed(InfrastructureError):
    """A release did not start or stop."""

    default_code = codes.DEPLOY_FAILED


class RowEdited(InfrastructureError):
    """A row that no controller has written. Nobody acts on it."""

    default_code = codes.ROW_EDITED


class RequestRefused(GoldfinchError):
    """What a person asks of a rollout means nothing as it stands."""

    default_code = codes.REQUEST_REFUSED


class StartRefused(GoldfinchError):
    """What a rollout needs from its first moment is not there."""

    default_code = codes.START_REFUSED
