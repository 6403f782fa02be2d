"""What a pull request is told of flaky cases: the owner, what fell, and what has to be done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.core.quarantine.standing import QuarantinedCase, Standing
from goldfinch.core.review import Review
from goldfinch.core.reviewing.annotations import annotations_of
from goldfinch.core.reviewing.comment import render_comment
from goldfinch.core.reviewing.step_summary import render_step_summary
from goldfinch.core.verdict import Verdict
from tests.review_samples import case_change, comparison, gates, green_review

HELD = QuarantinedCase("refund-eu-017", "ana", "2026-11-20", "2026-12-24", 3, 0.9, days_left=30)


def review(*held: QuarantinedCase, changed: bool = True) -> Review:
    case = replace(case_change("refund-eu-017", critical=True), quarantined=True)
    compared = replace(comparison(*([case] if changed else [])), quarantined=held)
    return replace(green_review(), gates=gates(), comparison=compared)


def test_a_quarantined_case_that_flips_is_listed_with_its_owner_and_blocks_nothing() -> None:
    found = review(HELD)
    assert found.verdict is Verdict.PASS
    assert (found.regressed_cases, found.worse_cases) == ((), ())
    comment = render_comment(found)
    assert "### ✅ Evaluation: passed" in comment
    assert "refund-eu-017 (ana, until 2026-12-24); passed less often now: refund-eu-017 3/3 → 0/3" in comment
    assert "**Regressed" not in comment
    assert "refund-eu-017 (ana, until 2026-12-24)" in render_step_summary(found)
    assert not [one for one in annotations_of(found) if one.level.value == "error"]


def test_a_green_change_stays_quiet_and_counts_the_cases_in_quarantine() -> None:
    found = review(HELD, changed=False)
    assert found.is_green_and_unchanged
    assert "1 quarantined" in render_comment(found)


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (replace(HELD, owner=""), "has no owner (NOBODY)"),
        (replace(HELD, days_left=3), "its quarantine ends on 2026-12-24, in 3 days"),
        (replace(HELD, standing=Standing.EXPIRED, days_left=0), "its quarantine ended on 2026-12-24, and it counts again"),
    ],
)
def test_what_a_person_has_to_do_is_loud_even_on_a_green_change(held: QuarantinedCase, told: str) -> None:
    found = review(held, changed=False)
    assert not found.is_green_and_unchanged
    assert f"- quarantined case refund-eu-017 {told}" in render_comment(found)
    assert any(told in one.text and one.level.value == "warning" for one in annotations_of(found))


def test_where_nothing_was_compared_the_list_of_the_check_is_shown() -> None:
    found = replace(green_review(), comparison=None, quarantined=(HELD,))
    assert "refund-eu-017 (ana, until 2026-12-24)" in render_comment(found)
