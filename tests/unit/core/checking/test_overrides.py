from __future__ import annotations

import pytest

from goldfinch.core.checking.overrides import holding, read_overrides, with_overrides
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome, GateReport
from goldfinch.core.verdict import Verdict

ENTRY = {"gate": "security", "by": "ana", "reason": "no fix yet", "expires": "2026-11-24"}


def report(security: Verdict) -> GateReport:
    return GateReport(
        tuple(GateOutcome(gate, (Finding("x", security if gate is GateName.SECURITY else Verdict.PASS, "x"),)) for gate in GateName)
    )


@pytest.mark.parametrize(("today", "holds"), [("2026-11-23", True), ("2026-11-24", True), ("2026-11-25", False)])
def test_the_last_day_counts(today: str, holds: bool) -> None:
    found = holding(read_overrides([ENTRY], "o.yaml"), today)
    assert (len(found.holding), len(found.refused)) == ((1, 0) if holds else (0, 1))


def test_an_overridden_gate_no_longer_blocks_and_says_what_it_found() -> None:
    overridden = with_overrides(report(Verdict.FAIL), read_overrides([ENTRY], "o.yaml"))
    assert overridden.verdict is Verdict.PASS
    security = overridden.outcomes[list(GateName).index(GateName.SECURITY)]
    assert (security.verdict, security.blocks, security.failures) == (Verdict.FAIL, False, ("x",))
    assert security.override is not None


def test_a_gate_that_passes_needs_no_override() -> None:
    passed = with_overrides(report(Verdict.PASS), read_overrides([ENTRY], "o.yaml"))
    assert all(outcome.override is None for outcome in passed)


@pytest.mark.parametrize("key", ["gate", "by", "reason", "expires"])
@pytest.mark.parametrize("value", [None, "", "  ", 3, ["ana"]])
def test_whatever_is_missing_is_named(key: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=rf"o.yaml\[0\]: the override has no `{key}`"):
        read_overrides([ENTRY | {key: value}], "o.yaml")


@pytest.mark.parametrize("entry", [None, "ana", 3, []])
def test_what_is_no_mapping_is_refused(entry: object) -> None:
    with pytest.raises(ConfigurationError, match="is no mapping"):
        read_overrides([entry], "o.yaml")


@pytest.mark.parametrize("day", ["2026-13-01", "2026-11-32", "2026-02-30", "24.11.2026", "2026-11-24T10:00", "２０２６-11-24"])
def test_what_is_no_day_is_refused(day: str) -> None:
    with pytest.raises(ConfigurationError, match="which is no day"):
        read_overrides([ENTRY | {"expires": day}], "o.yaml")
