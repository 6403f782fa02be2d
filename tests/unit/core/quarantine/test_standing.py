"""How a quarantined case stands on a day, and what its owner is told."""

from __future__ import annotations

from goldfinch.core.quarantine.standing import Standing, case_on, cases_on
from goldfinch.core.quarantine.wording import case_line, changes_in, reminder_lines, summary_line
from tests.quarantine_samples import TODAY, entry, quarantine


def test_the_last_day_counts_and_the_day_after_does_not() -> None:
    assert case_on(entry(expires=TODAY), TODAY).standing is Standing.EXCUSED
    assert case_on(entry(expires="2026-11-23"), TODAY).standing is Standing.EXPIRED
    assert case_on(entry(expires="2026-11-23"), TODAY, Standing.SAFETY).standing is Standing.EXPIRED


def test_the_end_is_announced_a_week_ahead() -> None:
    assert case_on(entry(expires="2026-12-02"), TODAY).reminders == ()
    assert case_on(entry(expires="2026-11-25"), TODAY).reminders == ("its quarantine ends on 2026-11-25, in 1 day",)
    assert case_on(entry(expires="2027-06-01"), TODAY).reminders == (
        "its quarantine ends only on 2027-06-01: give it an end within 90 days",
    )
    assert case_on(entry(expires="2026-11-01"), TODAY).reminders[0].startswith("its quarantine ended on 2026-11-01, and it counts again")


def test_a_case_without_an_owner_is_shown_loudly() -> None:
    one = case_on(entry(owner=""), TODAY)
    assert "owner NOBODY" in case_line(one)
    assert reminder_lines([one]) == ("quarantined case case-000 has no owner (NOBODY): goldfinch quarantine update RUNS --owner NAME",)


def test_cases_that_need_a_person_come_first() -> None:
    found = cases_on(quarantine(entry("a"), entry("b", owner=""), entry("c", expires="2026-11-01")), TODAY)
    assert [one.case_id for one in found] == ["c", "b", "a"]
    assert summary_line(found, shown=2) == (
        "quarantined, in every mean, fails nothing alone: c (ana, until 2026-11-01, expired), b (NOBODY, until 2026-12-24) and 1 more"
    )
    assert summary_line(()) == ""


def test_what_a_change_makes_of_the_quarantine_is_told() -> None:
    base, change = quarantine(entry("a"), entry("b")), quarantine(entry("b", expires="2030-01-01"), entry("c"))
    assert changes_in(base, change, "main") == (
        "this change releases a from quarantine: that holds once it is on main",
        "this change edits the quarantine of b: judged by that of main",
        "this change quarantines c: that holds once it is on main",
    )
    assert changes_in(base, base, "main") == ()
