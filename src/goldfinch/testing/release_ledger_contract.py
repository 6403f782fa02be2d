"""What every ledger of releases must do, as tests to inherit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from goldfinch.core.audit.entry import AuditDraft
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.releases.failures import AmbiguousRelease, NameTaken, NotDenied, UnknownRelease
from goldfinch.core.releases.release import Component, ComponentKind, Denial
from goldfinch.ports.audit_log import AuditLog
from goldfinch.ports.release_ledger import ReleaseLedger
from goldfinch.testing.release_ledger import sample_release

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_LATER = datetime(2026, 1, 2, tzinfo=UTC)
_SHA = "9f2e4711aa" * 4
_IMAGE = "sha256:" + "ab" * 32


def _audit(action: str, at: datetime = _AT) -> AuditDraft:
    return AuditDraft(at, "ada", action, "release:x")


def _refused(error: type[GoldfinchError], call: Callable[[], object]) -> GoldfinchError:
    try:
        call()
    except error as raised:
        return raised
    raise AssertionError(f"{error.__name__} was not raised")


class ReleaseLedgerContract(ABC):
    """Inherit, implement `open_ledger`, and let pytest collect the class."""

    @abstractmethod
    def open_ledger(self) -> tuple[ReleaseLedger, AuditLog]:
        """An empty ledger, and the log that it writes to."""

    def test_gives_back_exactly_what_was_added(self) -> None:
        ledger, _ = self.open_ledger()
        content = {"text": "größe \x00 \ud800", "temperature": 0.1 + 0.2, "tiny": 5e-324, "list": [1, None, {"a": True}]}
        components = (Component(ComponentKind.PROMPTS, "sha256:aa", content), Component(ComponentKind.CODE, "sha256:bb"))
        release = sample_release(components=components, git_sha=_SHA, tags=("v1", "v1.0"), image_digest=_IMAGE)
        assert ledger.add(release, _audit("release.create")) == release
        assert ledger.find(release.id) == release

    def test_finds_a_release_by_each_of_its_names(self) -> None:
        ledger, _ = self.open_ledger()
        ledger.add(sample_release(0xAB, git_sha=_SHA, tags=("v1",), image_digest=_IMAGE), _audit("release.create"))
        ledger.add(sample_release(0xCD), _audit("release.create"))
        for name in ("rel_00000000000000ab", "rel_00000000000000a", "v1", _SHA, _SHA[:7], _IMAGE):
            assert ledger.find(name).id == "rel_00000000000000ab"

    def test_says_when_a_name_is_unknown_or_means_several(self) -> None:
        ledger, _ = self.open_ledger()
        for number in (0xAB, 0xAC):
            ledger.add(sample_release(number, git_sha=_SHA, tags=(f"nightly-{number}",)), _audit("release.create"))
        for name in ("rel_", "rel_00000000000000a", _SHA, _SHA[:8]):
            _refused(AmbiguousRelease, lambda name=name: ledger.find(name))  # type: ignore[misc]  # a default binds it
        for name in ("", "nothing", "rel_%", _SHA[:6], "REL_00000000000000AB", "\x00", "nothing\x00", "nothing \ud800"):
            _refused(UnknownRelease, lambda name=name: ledger.find(name))  # type: ignore[misc]  # a default binds it
        assert "nightly-171" in str(_refused(UnknownRelease, lambda: ledger.find("nightly-711")))

    def test_an_equal_release_is_the_same_and_gains_the_new_names(self) -> None:
        ledger, log = self.open_ledger()
        first = sample_release(tags=("v1",), git_sha=_SHA)
        ledger.add(first, _audit("release.create"))
        again = replace(first, created_by="bob", created_at=_LATER, tags=("v2", "v1"), git_sha="77" * 20)
        assert ledger.add(again, _audit("release.name")) == replace(first, tags=("v1", "v2"))
        assert ledger.add(again, _audit("release.name")) == replace(first, tags=("v1", "v2"))
        assert {ledger.find(name).id for name in ("v1", "v2", _SHA, "77" * 20)} == {first.id}
        assert [entry.draft.action for entry in log.entries()] == ["release.create", "release.name"]

    def test_a_release_made_before_its_commit_shows_the_first_commit_that_holds_it(self) -> None:
        ledger, _ = self.open_ledger()
        uncommitted = sample_release(git_sha="")
        ledger.add(uncommitted, _audit("release.create"))
        for sha in (_SHA, "77" * 20):
            ledger.add(replace(uncommitted, git_sha=sha), _audit("release.name"))
        assert ledger.find(uncommitted.id).git_sha == _SHA

    def test_a_tag_means_one_release_for_ever(self) -> None:
        ledger, log = self.open_ledger()
        ledger.add(sample_release(1, tags=("v1",)), _audit("release.create"))
        _refused(NameTaken, lambda: ledger.add(sample_release(2, tags=("v2", "v1")), _audit("release.create")))
        assert [release.id for release in ledger.releases()] == [sample_release(1).id]
        _refused(UnknownRelease, lambda: ledger.find("v2"))
        assert log.head().sequence == 1

    def test_lists_the_newest_first(self) -> None:
        ledger, _ = self.open_ledger()
        for number in range(1, 6):
            ledger.add(sample_release(number, tags=(f"v{number}",)), _audit("release.create"))
        assert [release.tags for release in ledger.releases(limit=2)] == [("v5",), ("v4",)]
        assert len(ledger.releases()) == 5

    def test_a_denied_release_stays_denied_until_somebody_overrides_it(self) -> None:
        ledger, log = self.open_ledger()
        release = ledger.add(sample_release(), _audit("release.create"))
        denial = Denial(release.id, _AT, "controller", "p95 1.41 times the stable one's")
        ledger.deny(denial, _audit("release.deny"))
        ledger.deny(replace(denial, reason="again"), _audit("release.deny"))
        assert ledger.denial(release.id) == denial
        ledger.override_denial(release.id, "bob", "a false alarm", _audit("release.allow", _LATER))
        assert ledger.denial(release.id) is None
        _refused(NotDenied, lambda: ledger.override_denial(release.id, "bob", "again", _audit("release.allow")))
        ledger.deny(replace(denial, reason="a second time"), _audit("release.deny"))
        denied = ledger.denial(release.id)
        assert denied is not None
        assert denied.reason == "a second time"
        assert [entry.draft.action for entry in log.entries()] == ["release.create", "release.deny", "release.allow", "release.deny"]

    def test_a_release_that_is_not_in_the_ledger_can_be_denied(self) -> None:
        ledger, _ = self.open_ledger()
        _refused(UnknownRelease, lambda: ledger.override_denial("rel_elsewhere", "bob", "why not", _audit("release.allow")))
        assert ledger.denial("rel_elsewhere") is None
        ledger.deny(Denial("rel_elsewhere", _AT, "controller", "errors"), _audit("release.deny"))
        assert ledger.denial("rel_elsewhere") is not None
