"""The distribution's version, which spans carry beside the release."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def service_version() -> str:
    """The distribution's version; `unknown` where the code runs without being installed."""
    try:
        return version("marketing-agent")
    except PackageNotFoundError:
        return "unknown"
