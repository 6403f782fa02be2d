from __future__ import annotations

from datetime import UTC, datetime

import pytest

from goldfinch.core.releases.admission import refusal
from goldfinch.core.releases.building import Origin, of_model, release_of
from goldfinch.core.releases.failures import NotDenied, UnknownRelease, Unsigned
from goldfinch.core.releases.release import Release
from goldfinch.operations.release import allow, create, deny
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.release_ledger import InMemoryReleaseLedger

NOW = FakeClock().utc()


def made(model: str = "gpt-4.1", **origin: str) -> Release:
    tags = tuple(filter(None, [origin.get("tag", "")]))
    return release_of([of_model(model, {})], Origin(datetime(2026, 1, 1, tzinfo=UTC), origin.get("by", "Ada"), tags=tags))


@pytest.fixture
def ledger() -> InMemoryReleaseLedger:
    ledger = InMemoryReleaseLedger()
    create(ledger, made(tag="v1"))
    return ledger


def actions(ledger: InMemoryReleaseLedger) -> list[tuple[str, str]]:
    return [(entry.draft.action, entry.draft.actor) for entry in ledger.audit.entries()]


def test_the_same_content_is_kept_once_under_its_first_maker(ledger: InMemoryReleaseLedger) -> None:
    again = create(ledger, made(tag="v1.0", by="Grace"))
    assert (again.created_by, again.tags) == ("Ada", ("v1", "v1.0"))
    assert len(ledger.releases()) == 1


def test_denied_and_allowed_under_a_name_with_a_reason(ledger: InMemoryReleaseLedger) -> None:
    denial = deny(ledger, "v1", " Grace  Hopper ", " bad ", FakeClock())
    assert (denial.by, denial.reason, denial.at) == ("Grace Hopper", "bad", NOW)
    assert refusal(ledger.denial(made().id)) != ""
    assert allow(ledger, "v1", "Joan", "the cause was elsewhere", FakeClock()) == denial
    assert refusal(ledger.denial(made().id)) == ""
    assert actions(ledger) == [("release.create", "Ada"), ("release.deny", "Grace Hopper"), ("release.allow", "Joan")]


def test_a_denial_that_holds_stays_as_it_was_said(ledger: InMemoryReleaseLedger) -> None:
    first = deny(ledger, "v1", "Grace", "bad", FakeClock())
    assert deny(ledger, "v1", "Joan", "also bad", FakeClock()) == first


@pytest.mark.parametrize(
    ("by", "reason", "code"), [(None, "x", "E2713"), ("  ", "x", "E2713"), ("\u200b", "x", "E2713"), ("Ada", " ", "E2714")]
)
def test_without_a_name_or_a_reason_nothing_happens(ledger: InMemoryReleaseLedger, by: str | None, reason: str, code: str) -> None:
    deny(ledger, "v1", "Grace", "bad", FakeClock())
    for act in (deny, allow):
        with pytest.raises(Unsigned) as refused:
            act(ledger, "v1", by, reason, FakeClock())
        assert refused.value.code == code
    assert len(actions(ledger)) == 2


def test_what_is_not_denied_cannot_be_allowed_and_what_is_unknown_neither(ledger: InMemoryReleaseLedger) -> None:
    with pytest.raises(NotDenied):
        allow(ledger, "v1", "Ada", "why not", FakeClock())
    with pytest.raises(UnknownRelease):
        deny(ledger, "v9", "Ada", "bad", FakeClock())
    with pytest.raises(UnknownRelease):
        allow(ledger, "v9", "Ada", "good", FakeClock())
