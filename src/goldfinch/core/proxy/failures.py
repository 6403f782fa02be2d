"""What can go wrong around the proxy itself. What goes wrong with a split is in `core/rollout/failures.py`."""

from __future__ import annotations

from goldfinch.core.errors import GoldfinchError, InfrastructureError
from goldfinch.core.proxy import codes


class ProxyRefused(GoldfinchError):
    """What is asked for cannot be: an address that is none, or taken; a proxy that runs already; no Envoy."""

    default_code = codes.BAD_ADDRESS


class ProxyBroken(InfrastructureError):
    """Envoy, or the proxy's folder, does not do what it should."""

    default_code = codes.DOES_NOT_START
