"""Make, deny and allow releases: each is recorded under a name, with its audit entry."""

from __future__ import annotations

from goldfinch.core.releases import auditing
from goldfinch.core.releases.failures import NotDenied
from goldfinch.core.releases.names import reasoned, signed
from goldfinch.core.releases.release import Denial, Release
from goldfinch.ports.clock import Clock
from goldfinch.ports.release_ledger import ReleaseLedger


def create(ledger: ReleaseLedger, release: Release) -> Release:
    """Keep `release`. One of the same content is the same release, and gains the new names. Raises `NameTaken`."""
    return ledger.add(release, auditing.created(release))


def deny(ledger: ReleaseLedger, name: str, by: str | None, reason: str | None, clock: Clock) -> Denial:
    """Nobody may roll out the release `name` until somebody allows it again. Returns the denial that holds: an earlier one stays.

    Raises `UnknownRelease`; `Unsigned`.
    """
    denial = Denial(ledger.find(name).id, clock.utc(), signed(by), reasoned(reason))
    ledger.deny(denial, auditing.denied(denial))
    return ledger.denial(denial.release) or denial


def allow(ledger: ReleaseLedger, name: str, by: str | None, reason: str | None, clock: Clock) -> Denial:
    """Override the denial that holds, and return it as it was. Raises `UnknownRelease`, `NotDenied`; `Unsigned`."""
    release, by, reason = ledger.find(name), signed(by), reasoned(reason)
    denial = ledger.denial(release.id)
    if denial is None:
        raise NotDenied(f"{release.id} is not denied", where=name, hint=f"goldfinch release show {release.id} says what holds for it")
    ledger.override_denial(release.id, by, reason, auditing.allowed(denial, by, reason, clock.utc()))
    return denial
