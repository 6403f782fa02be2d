"""What every audit log must do, as tests to inherit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta, timezone

from goldfinch.core.audit.chain import GENESIS, Head, verify
from goldfinch.core.audit.entry import AuditDraft
from goldfinch.ports.audit_log import AuditLog

_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def sample_draft(action: str = "rollout.promote", **fields: object) -> AuditDraft:
    """What somebody did."""
    return AuditDraft(_AT, "ada", action, "rollout:ro_1", **fields)  # type: ignore[arg-type]  # fields of AuditDraft


class AuditLogContract(ABC):
    """Inherit, implement `open_log`, and let pytest collect the class."""

    @abstractmethod
    def open_log(self) -> AuditLog:
        """An empty log."""

    def test_begins_empty(self) -> None:
        log = self.open_log()
        assert list(log.entries()) == []
        assert log.head() == (0, GENESIS)
        with log.snapshot() as snapshot:
            assert verify(snapshot.lines, snapshot.head).tampering is None

    def test_gives_back_what_was_recorded_in_order(self) -> None:
        log = self.open_log()
        detail = {"reason": "größe \u2028 \x00 \U0001f600 \ud800", "figures": [1, 0.1, None, True], "nested": {"a": {}}}
        drafts = [
            sample_draft(before="aa", after="bb", detail=detail),
            AuditDraft(datetime(2026, 1, 1, 14, 0, 0, 1, tzinfo=timezone(timedelta(hours=2))), "", "a\x00b", "\ud800"),
        ]
        recorded = [log.append(draft) for draft in drafts]
        assert [entry.draft for entry in recorded] == drafts
        assert list(log.entries()) == recorded
        assert [entry.sequence for entry in recorded] == [1, 2]
        assert list(log.entries(after=1)) == recorded[1:]

    def test_chains_every_line_to_the_one_before(self) -> None:
        log = self.open_log()
        recorded = [log.append(sample_draft()) for _ in range(20)]
        assert [entry.prev_hash for entry in recorded] == [GENESIS, *(entry.hash for entry in recorded[:-1])]
        assert log.head() == Head(20, recorded[-1].hash)
        with log.snapshot() as snapshot:
            assert verify(snapshot.lines, snapshot.head).lines == 20

    def test_a_snapshot_is_of_one_moment(self) -> None:
        log = self.open_log()
        log.append(sample_draft())
        with log.snapshot() as snapshot:
            log.append(sample_draft())
            assert verify(snapshot.lines, snapshot.head).lines == 1

    def test_streams_more_than_a_page(self) -> None:
        log = self.open_log()
        for _ in range(520):
            log.append(sample_draft())
        assert [entry.sequence for entry in log.entries()] == list(range(1, 521))
        with log.snapshot() as snapshot:
            assert verify(snapshot.lines, snapshot.head).lines == 520
