"""A quarantine in words, unescaped: who writes them escapes them for the sink."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from goldfinch.core.quarantine.entries import NOBODY, Quarantine
from goldfinch.core.quarantine.standing import QuarantinedCase

SHOWN = 20


def case_line(one: QuarantinedCase) -> str:
    """`refund-17 · owner ana · flaky in 3 runs (rate 0.89) · since 2026-11-24, until 2026-12-24 · excused`."""
    facts = (
        one.case_id,
        f"owner {one.owner or NOBODY}",
        f"flaky in {one.runs} runs (rate {one.flake_rate:.2f})",
        f"since {one.since}, until {one.expires}",
        one.standing.value,
    )
    return " · ".join(facts)


def owned(one: QuarantinedCase) -> str:
    """`refund-17 (ana, until 2026-12-24)`, and how it stands where it is not excused."""
    standing = "" if one.is_excused else f", {one.standing.value}"
    return f"{one.case_id} ({one.owner or NOBODY}, until {one.expires}{standing})"


def summary_line(cases: Sequence[QuarantinedCase], shown: int = SHOWN) -> str:
    """All of them in one line; empty where there is none."""
    if not cases:
        return ""
    more = f" and {len(cases) - shown:,} more" if len(cases) > shown else ""
    return f"quarantined, in every mean, fails nothing alone: {', '.join(map(owned, cases[:shown]))}{more}"


def reminder_lines(cases: Iterable[QuarantinedCase]) -> tuple[str, ...]:
    """What has to be done, a line each."""
    return tuple(f"quarantined case {one.case_id} {reminder}" for one in cases for reminder in one.reminders)


def changes_in(base: Quarantine, proposed: Quarantine, ref: str) -> tuple[str, ...]:
    """What a change does to the quarantine of the base branch, which alone counts; a line each."""
    lines = []
    for case_id in sorted(base.cases.keys() | proposed.cases.keys()):
        before, now = base.cases.get(case_id), proposed.cases.get(case_id)
        if before is None:
            lines.append(f"this change quarantines {case_id}: that holds once it is on {ref}")
        elif now is None:
            lines.append(f"this change releases {case_id} from quarantine: that holds once it is on {ref}")
        elif before != now:
            lines.append(f"this change edits the quarantine of {case_id}: judged by that of {ref}")
    return tuple(lines)
