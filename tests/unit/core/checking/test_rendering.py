"""Every breach is shown, and nothing that the data says acts in a terminal, a log or a page."""

from __future__ import annotations

import pytest

from goldfinch.core.checking.dataset_changes import DatasetChanges
from goldfinch.core.checking.history import FalseAlarms
from goldfinch.core.checking.policy_changes import PolicyChange
from goldfinch.core.checking.rendering import check_markdown, check_text
from goldfinch.core.checking.verdict import Basis, CheckVerdict, GateVerdict, exit_code_of, headline, verdict_of
from goldfinch.core.comparison.outcome import RunReference
from goldfinch.core.errors import ExitCode
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome, GateReport, Override
from goldfinch.core.verdict import Verdict
from goldfinch.testing.hostile_text import HOSTILE_TEXTS


def verdict(text: str = "") -> CheckVerdict:
    """Every field that a person or a model can fill holds `text`."""
    findings = tuple(Finding(f"f{n}{text}", Verdict.FAIL, f"breach {n}{text}", advice=f"mend{text}", where=f"case{text}") for n in range(9))
    override = Override(GateName.COST, f"ana{text}", f"why{text}", "2026-12-31")
    outcomes = tuple(GateOutcome(gate, findings, override if gate is GateName.COST else None) for gate in GateName)
    changes = DatasetChanges(3, added=(f"a{text}",), edited=(f"e{text}",), replaced=(f"r{text}",), removed=(f"g{text}",))
    basis = Basis(
        f"main{text}",
        "0" * 40,
        f"Judged by main{text}",
        (PolicyChange(f"key{text}", f"1{text}", f"2{text}", looser=True),),
        (PolicyChange(f"--flag{text}", "1", "2", looser=True),),
        changes,
        scorers_changed=True,
        baseline_changed=True,
        notes=(f"note{text}",),
    )
    return CheckVerdict(
        Verdict.FAIL,
        1,
        f"fail: first{text}",
        basis.flags,
        tuple(GateVerdict.of(outcome, FalseAlarms(3, 1, 1 / 3, 0.06, 0.79)) for outcome in outcomes),
        basis,
        RunReference("run-1", "2026-11-24T09:00:00Z", f"agent{text}", None, "f"),
        False,
        False,
        "policy-0",
        "2026-11-24T09:00:00Z",
        notes=(f"more{text}",),
    )


@pytest.mark.parametrize("render", [check_text, check_markdown])
def test_every_breach_of_every_gate_is_shown(render: object) -> None:
    shown = render(verdict())  # type: ignore[operator]
    for number in range(9):
        assert shown.count(f"breach {number}") == 6
    for flag in ("policy-changed", "dataset-changed", "scorers-changed", "baseline-changed"):
        assert flag in shown
    assert "overridden by ana until 2026-12-31: why" in shown
    assert "record: 1 of 3 blocks were false alarms (33.3%, 95 % CI 6.0–79.0 %)" in shown


@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_hostile_texts_do_nothing(name: str) -> None:
    shown = check_text(verdict(HOSTILE_TEXTS[name]))
    shown.encode()
    assert not [line for line in shown.splitlines() if line.lstrip().startswith("::") or "##[" in line]
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == len(check_text(verdict()).splitlines())
    page = check_markdown(verdict(HOSTILE_TEXTS[name]))
    page.encode()
    assert "<" not in page
    assert len(page.splitlines()) == len(check_markdown(verdict()).splitlines())


def gates(*verdicts: Verdict) -> GateReport:
    filled = (*verdicts, *[Verdict.NEUTRAL] * (6 - len(verdicts)))
    return GateReport(tuple(GateOutcome(gate, (Finding("f", one, f"{one} text"),)) for gate, one in zip(GateName, filled, strict=True)))


@pytest.mark.parametrize(
    ("report", "replayed", "expected", "code"),
    [
        (gates(Verdict.PASS), False, Verdict.PASS, ExitCode.PASSED),
        (gates(Verdict.PASS), True, Verdict.NEUTRAL, ExitCode.PASSED),
        (gates(), False, Verdict.NEUTRAL, ExitCode.PASSED),
        (gates(Verdict.PASS, Verdict.INCONCLUSIVE), True, Verdict.INCONCLUSIVE, ExitCode.INCONCLUSIVE),
        (gates(Verdict.INCONCLUSIVE, Verdict.FAIL), True, Verdict.FAIL, ExitCode.GATE_FAILED),
    ],
)
def test_a_replayed_run_is_never_more_than_neutral(report: GateReport, replayed: bool, expected: Verdict, code: ExitCode) -> None:
    found = verdict_of(report, is_replayed=replayed)
    assert (found, exit_code_of(found)) == (expected, code)


def test_the_headline_names_the_first_reason_of_the_verdict_and_counts_the_others() -> None:
    report = gates(Verdict.INCONCLUSIVE, Verdict.PASS, Verdict.FAIL)
    assert headline(report, Verdict.FAIL, is_replayed=False) == "fail: AI Quality Gate: fail text (and 1 more)"
