"""What can go wrong with the store."""

from __future__ import annotations

from goldfinch.core.audit import codes
from goldfinch.core.errors import InfrastructureError


class StoreUnavailable(InfrastructureError):
    """No answer, or no room."""

    default_code = codes.STORE_UNAVAILABLE
