from __future__ import annotations

import pytest

from goldfinch.core.checking.history import BlockOutcome, FalseAlarms, GateLine, LineKind, false_alarms, in_words, last_block
from goldfinch.core.gates.outcome import GateName
from goldfinch.core.verdict import Verdict

GATE = GateName.SECURITY


def checked(run: str, verdict: Verdict = Verdict.FAIL, *, overridden: bool = False, gate: GateName = GATE) -> GateLine:
    return GateLine(LineKind.CHECKED, "2026-11-24T09:00:00Z", gate, run, verdict=verdict, overridden=overridden)


def turned_out(run: str, outcome: BlockOutcome) -> GateLine:
    return GateLine(LineKind.OUTCOME, "2026-11-24T10:00:00Z", GATE, run, outcome=outcome, by="ana", reason="looked")


def test_without_a_block_there_is_no_rate() -> None:
    found = false_alarms([checked("a", Verdict.PASS), checked("b", Verdict.NEUTRAL)])[GATE]
    assert found == FalseAlarms(0, 0, None, None, None)
    assert in_words(found) == "no block on record"


def test_an_override_is_a_false_alarm_until_somebody_says_otherwise() -> None:
    lines = [checked("a"), checked("b", overridden=True), checked("c", Verdict.INCONCLUSIVE)]
    assert (false_alarms(lines)[GATE].blocks, false_alarms(lines)[GATE].false_alarms) == (3, 1)
    lines.append(turned_out("b", BlockOutcome.JUSTIFIED))
    assert false_alarms(lines)[GATE].false_alarms == 0
    lines.append(turned_out("a", BlockOutcome.FALSE_ALARM))
    assert false_alarms(lines)[GATE].false_alarms == 1


def test_a_run_that_is_checked_twice_counts_once() -> None:
    assert false_alarms([checked("a"), checked("a")])[GATE].blocks == 1
    assert false_alarms([checked("a"), checked("a", Verdict.PASS)])[GATE].blocks == 0


def test_the_rate_has_wilsons_interval() -> None:
    lines = [checked(str(number), overridden=number < 2) for number in range(7)]
    found = false_alarms(lines)[GATE]
    assert [found.rate, found.low, found.high] == pytest.approx([2 / 7, 0.0822, 0.6411], abs=1e-4)
    assert in_words(found) == "2 of 7 blocks were false alarms (28.6%, 95 % CI 8.2–64.1 %)"


def test_the_last_block_is_that_of_the_gate_and_of_the_run() -> None:
    lines = [checked("a"), checked("b"), checked("c", Verdict.PASS), checked("d", gate=GateName.COST)]
    assert last_block(lines, GATE) == lines[1]
    assert last_block(lines, GATE, "a") == lines[0]
    assert last_block(lines, GATE, "c") is None
