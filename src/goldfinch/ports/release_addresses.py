"""Where releases listen: what a router needs to know of whatever runs them."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Address(NamedTuple):
    """One instance of a release."""

    host: str
    """An IP address: no name is looked up while traffic moves."""
    port: int


class ReleaseAddresses(Protocol):
    def addresses(self, release: str) -> tuple[Address, ...]:
        """Of the instances that were started and not retired, ready or not; empty: it does not run. Reads what was written, asks nobody."""
        ...
