"""Who may let what go where (T17)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.releases.admission import refusal, require_admitted
from goldfinch.core.releases.approval import Approval
from goldfinch.core.releases.approvals import Bound, Standing, checked_approval, standing
from goldfinch.core.releases.failures import ReleaseDenied, SelfApproval, Unsigned
from goldfinch.core.releases.release import Denial

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
A = Bound("rel_a", "production", "gates-1", own=("Ada", "deploy-bot"))


def said(by: str = "Grace", *, minutes: int = 0, **changed: Any) -> Approval:
    fields: dict[str, Any] = {"release": "rel_a", "environment": "production", "gate_hash": "gates-1", "granted": True}
    at = NOON + timedelta(minutes=minutes)
    fields |= {"at": at, "expires_at": at + timedelta(hours=24), "id": f"ap_{by}_{minutes}", "by": by}
    return Approval(**fields | changed)


def at(minutes: int, *approvals: Approval, bound: Bound = A) -> Standing:
    return standing(approvals, bound, NOON + timedelta(minutes=minutes))


def test_an_approval_of_exactly_this_holds() -> None:
    found = at(1, said(reason="read the diff"))
    assert (found.approved, found.reason) == (True, "approved by Grace at 2026-11-24 12:00 UTC: read the diff")
    assert found.decided_by == said(reason="read the diff")


def test_nobody_is_no_approval() -> None:
    assert at(1) == Standing(None, "nobody has approved it")


@pytest.mark.parametrize("other", [{"release": "rel_b"}, {"environment": "staging"}, {"gate_hash": "gates-2"}])
def test_an_approval_of_something_else_is_none(other: dict[str, Any]) -> None:
    """Approve A, then deploy B: refused."""
    assert at(1, said(**other)).approved is None


def test_an_approval_lapses_with_the_gate_results_it_was_given_for() -> None:
    assert "lapsed" in at(1, said(gate_hash="gates-2")).reason


@pytest.mark.parametrize("own", ["Ada", " ada ", "ADA", "Deploy-Bot", "deploy-bot\t", "A\u200bda", "\uff21da", "deploy-bot\u202e"])
def test_nobody_approves_what_they_made_or_asked_for(own: str) -> None:
    found = at(1, said(own))
    assert (found.approved, "cannot approve" in found.reason) == (None, True)
    with pytest.raises(SelfApproval, match="cannot approve it") as refused:
        checked_approval(said(own), A)
    assert refused.value.code == "E2715"


def test_somebody_else_may_approve_and_anybody_may_reject() -> None:
    assert checked_approval(said("Grace"), A).by == "Grace"
    assert checked_approval(said("Ada", granted=False), A).by == "Ada"
    assert at(1, said("Ada", granted=False)).approved is False


def test_a_word_of_nobody_counts_for_nothing() -> None:
    for nobody in ("  ", "", "\u200b", "\x1b"):
        assert at(1, said(nobody)).approved is None
        with pytest.raises(Unsigned):
            checked_approval(said(nobody), A)


def test_it_expires_to_the_second() -> None:
    approval = said(expires_at=NOON + timedelta(minutes=10))
    assert at(9, approval).approved is True
    assert (at(10, approval).approved, "expired at" in at(10, approval).reason) == (None, True)


def test_one_from_the_future_has_to_wait() -> None:
    assert at(-1, said()).approved is None


def test_the_newest_word_decides() -> None:
    assert at(9, said(minutes=1), said("Joan", minutes=5, granted=False)).approved is False
    assert at(9, said(minutes=5), said("Joan", minutes=1, granted=False)).approved is True
    assert at(9, said(minutes=1), said("Joan", minutes=5, expires_at=NOON + timedelta(minutes=6))).approved is None


def test_of_two_words_of_one_moment_the_rejection_counts() -> None:
    for order in permutations((said(), said("Joan", granted=False))):
        assert at(1, *order).approved is False


def test_a_rejection_does_not_expire_and_holds_until_a_newer_grant() -> None:
    rejected = said("Joan", granted=False)
    assert at(60 * 24 * 30, rejected).approved is False
    assert at(90, rejected, said(minutes=60)).approved is True


def test_an_own_grant_does_not_lift_a_rejection() -> None:
    assert at(90, said("Joan", granted=False), said("ada", minutes=60)).approved is False


words = st.builds(
    lambda by, minutes, granted, bound: said(by, minutes=minutes, granted=granted, **bound),
    st.sampled_from(["Ada", "Grace", "Joan", " "]),
    st.integers(-5, 60),
    st.booleans(),
    st.sampled_from([{}, {"release": "rel_b"}, {"environment": "staging"}, {"gate_hash": "gates-2"}]),
)


@given(st.lists(words, max_size=6), st.integers(0, 2000), st.randoms())
def test_a_grant_is_always_somebody_elses_of_exactly_this_and_alive(found: list[Approval], minutes: int, random: Any) -> None:
    now = NOON + timedelta(minutes=minutes)
    result = standing(found, A, now)
    shuffled = list(found)
    random.shuffle(shuffled)
    assert standing(shuffled, A, now).approved == result.approved
    assert (result.approved is None) or result.decided_by is not None
    if result.approved and result.decided_by is not None:
        by = result.decided_by
        assert (by.release, by.environment, by.gate_hash, by.by) in {("rel_a", "production", "gates-1", name) for name in ("Grace", "Joan")}
        assert by.at <= now < by.expires_at
        assert not any(other.at > by.at and not other.granted and other.release == "rel_a" for other in found if _binds(other))


def _binds(approval: Approval) -> bool:
    return (approval.environment, approval.gate_hash) == ("production", "gates-1")


def test_a_denied_release_is_refused_until_it_is_overridden() -> None:
    denial = Denial("rel_a", NOON, "Grace", "invents order numbers")
    assert refusal(denial) == "rel_a was denied by Grace at 2026-11-24 12:00 UTC: invents order numbers"
    with pytest.raises(ReleaseDenied, match="goldfinch release allow rel_a --by NAME --reason WHY") as refused:
        require_admitted(denial)
    assert refused.value.code == "E2705"
    overridden = Denial("rel_a", NOON, "Grace", "invents order numbers", "Ada", NOON, "the service was down")
    assert refusal(overridden) == refusal(None) == ""
    require_admitted(overridden)
    require_admitted(None)
