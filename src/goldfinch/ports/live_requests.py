"""What was served, request by request, read from where the proxy writes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from goldfinch.core.recovery.watching import ServedRequest


class LiveRequests(Protocol):
    def ended(self, since: datetime, until: datetime) -> Sequence[ServedRequest]:
        """Requests that ended in this time, in the order of the log. Raises `InfrastructureError` where the log cannot be read."""
        ...
