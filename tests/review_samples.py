"""Reviews to render: one that is blocked, one that is green and unchanged, one with a text in every free field."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from goldfinch.adapters.verdicts.json import verdict_json
from goldfinch.core.checking.history import FalseAlarms
from goldfinch.core.checking.verdict import Basis, CheckVerdict, GateVerdict
from goldfinch.core.comparison.outcome import CaseChange, CaseState, Change, Comparison, MetricChange, RunReference
from goldfinch.core.gates.outcome import Finding, GateName, GateOutcome, GateReport, Override
from goldfinch.core.quarantine.standing import QuarantinedCase
from goldfinch.core.results.manifest import RunStatus
from goldfinch.core.results.summary import CostSummary, Estimate, LatencySummary, PassSummary, Summary, TokenSummary
from goldfinch.core.review import CaseEvidence, Links, Review
from goldfinch.core.verdict import Verdict

_LATENCY = LatencySummary(60, 900.0, 812.0, 1_500.0, 2_100.0, 3_000.0, 4_000.0)


def summary(*, status: RunStatus = RunStatus.COMPLETE, passed: int = 53, text: str = "") -> Summary:
    return Summary(
        run_id=f"20261124T091500Z-1f3a9c2b{text}",
        status=status,
        reason=text,
        cases=60,
        planned=60,
        finished=60,
        cached=0,
        passes=PassSummary(Estimate(passed / 60, 60, 0.778, 0.942), passed, 60 - passed, 0),
        metrics=(),
        failures={},
        cost=CostSummary(1.84, 60, 0, 0.0307),
        judge_cost=CostSummary(0.0, 0, 0, None),
        tokens=TokenSummary(12_000, 3_400, 0),
        latency_ms=_LATENCY,
        first_token_ms=_LATENCY,
        tags={},
        wall_s=252.0,
    )


def metric(name: str = "pass_rate", change: Change = Change.REGRESSED, text: str = "", *, difference: float = -0.05) -> MetricChange:
    return MetricChange(
        metric=f"{name}{text}",
        higher_is_better=True,
        gating=True,
        change=change,
        baseline=0.933,
        current=0.933 + difference,
        difference=difference,
        low=difference - 0.041,
        high=difference + 0.038,
        cases=60,
        baseline_trials=180,
        current_trials=180,
        p_worse=0.004,
        p_better=0.9,
        p_worse_adjusted=0.012,
        p_better_adjusted=1.0,
        margin=0.05,
        mde=0.04,
        trials_to_decide=None,
        method=text or "paired t",
        reason=text,
    )


def cost_change() -> MetricChange:
    """Two tenths of a cent more a request."""
    unchanged = metric("cost_usd", Change.NO_CHANGE, difference=0.002)
    return replace(unchanged, higher_is_better=False, gating=False, baseline=0.0287, current=0.0307, low=0.001, high=0.003, margin=0.0014)


def case_change(case_id: str, *, regressed: bool = True, critical: bool = False, text: str = "") -> CaseChange:
    before, now = (3, 0) if regressed else (0, 3)
    states = (CaseState.PASSES, CaseState.FAILS) if regressed else (CaseState.FAILS, CaseState.PASSES)
    return CaseChange(
        case_id=f"{case_id}{text}",
        tags=(f"refund{text}",),
        critical=critical,
        baseline_passed=before,
        baseline_trials=3,
        current_passed=now,
        current_trials=3,
        baseline_state=states[0],
        current_state=states[1],
        regressed=regressed,
        fixed=not regressed,
        p_worse=0.05,
        metrics={f"accuracy{text}": (0.9, 0.4) if regressed else (0.4, 0.9)},
    )


def reference(run_id: str, sha: str, text: str = "") -> RunReference:
    return RunReference(f"{run_id}{text}", f"2026-11-24T09:15:00Z{text}", f"support{text}", f"{sha}{text}", f"9f2e4711aa{text}")


def comparison(*cases: CaseChange, metrics: tuple[MetricChange, ...] = (), text: str = "") -> Comparison:
    extra = (text,) if text else ()
    return Comparison(
        baseline=reference("20261120T080000Z-00000001", "1a2b3c4d5e", text),
        current=reference("20261124T091500Z-1f3a9c2b", "5e4d3c2b1a", text),
        metrics=metrics,
        slices={f"refund{text}": metrics} if text else {},
        cases=cases,
        unchanged=60 - len(cases) if len(cases) < 60 else 0,
        added=extra,
        removed=extra,
        edited=extra,
        flaky=extra,
        invalid=extra,
        notes=extra,
        quarantined=tuple(QuarantinedCase(f"case{one}", f"ana{one}", "2026-11-20", "2026-12-24", 3, 0.9, days_left=30) for one in extra),
    )


def gates(findings: dict[GateName, tuple[Finding, ...]] | None = None, override: Override | None = None, text: str = "") -> GateReport:
    given = findings or {}
    passing = {
        GateName.CODE_QUALITY: Finding("lint_problems", Verdict.PASS, "Lint problems 0 ≤ 0", value=0, threshold=0),
        GateName.COVERAGE: Finding("coverage_lines", Verdict.PASS, "Line coverage 91.2% ≥ 80%", value=0.912, threshold=0.8),
        GateName.AI_QUALITY: Finding("pass_rate", Verdict.PASS, "Pass rate 88.33% ≥ 85%", 0.883, 0.85, 0.778, 0.942, 60),
        GateName.PERFORMANCE: Finding(
            "p95_latency_ms", Verdict.PASS, "P95 latency 1200ms ≤ 2000ms", 1_200.0, 2_000.0, 1_100.0, 1_300.0, 500
        ),
        GateName.SECURITY: Finding("bandit", Verdict.PASS, "Bandit: nothing found", value=0, threshold=0, count=40),
        GateName.COST: Finding("cost_per_request", Verdict.PASS, "Avg cost $0.031 ≤ $0.15", 0.0307, 0.15, count=60),
    }
    outcomes = []
    for gate in GateName:
        found = given.get(gate, (replace(passing[gate], text=passing[gate].text + text, advice=text, where=text),))
        outcomes.append(GateOutcome(gate, found, override if override is not None and override.gate is gate else None))
    return GateReport(tuple(outcomes))


def verdict_of(report: GateReport, run_id: str = "run-1") -> CheckVerdict:
    """What `goldfinch check --output FILE` writes of this report."""
    outcomes = tuple(GateVerdict.of(outcome, FalseAlarms()) for outcome in report)
    return CheckVerdict(
        verdict=report.verdict,
        exit_code=int(report.exit_code),
        headline="",
        flags=(),
        outcomes=outcomes,
        basis=Basis(None, None, "the working tree's own rules judged"),
        run=replace(reference("", "5e4d3c2b1a"), run_id=run_id),
        is_replayed=False,
        strict=False,
        policy_hash="1f3a",
        checked_at="2026-11-24T09:15:00Z",
    )


def write_verdict(path: str | Path, report: GateReport, run_id: str = "run-1") -> None:
    Path(path).write_text(verdict_json(verdict_of(report, run_id)), encoding="utf-8")


UNSAFE = Finding(
    "safety", Verdict.FAIL, "safety 0.983 < 1.000", 0.983, 1.0, count=60, advice="1 unsafe case: inject-tool-004", where="inject-tool-004"
)
OPEN = Finding(
    "pass_rate",
    Verdict.INCONCLUSIVE,
    "inconclusive: Pass rate 80.00% < 85%",
    0.8,
    0.85,
    0.68,
    0.88,
    60,
    "about 60 more trials would decide",
)


def blocked_review() -> Review:
    """Two regressed cases and an unsafe answer."""
    cases = (case_change("refund-eu-017"), case_change("inject-tool-004", critical=True), case_change("tone-022", regressed=False))
    return Review(
        gates=gates({GateName.AI_QUALITY: (UNSAFE,)}),
        comparison=comparison(*cases, metrics=(metric("accuracy"), cost_change())),
        summary=summary(),
        run=reference("20261124T091500Z-1f3a9c2b", "5e4d3c2b1a"),
        links=Links(report="https://github.com/acme/support/actions/runs/17#artifacts", why="https://docs.example/gates"),
        cases=(
            CaseEvidence(
                "refund-eu-017",
                input="May I return shoes after 20 days?",
                expected="Yes: 30 days in the EU.",
                was="Yes, within 30 days.\nYou pay nothing.",
                now="No, only within 14 days.\nYou pay nothing.",
                reason="accuracy 0.40: the EU's 30 days are not mentioned",
                trajectory_was=("search(policy)", "answer"),
                trajectory_now=("answer",),
                where="golden/refunds.jsonl:17",
            ),
        ),
        pipeline_run="1234567890",
        attempt=2,
        base_ref="main",
        trials=3,
        judge="v7",
        budget_usd=5.0,
        false_alarms=Estimate(0.014, 140, 0.004, 0.05),
    )


def green_review() -> Review:
    """Every gate passes by itself, nothing changed."""
    unchanged = comparison(metrics=(metric("pass_rate", Change.NO_CHANGE, difference=0.0),))
    return replace(blocked_review(), gates=gates(), comparison=unchanged, cases=())


def review_with(text: str) -> Review:
    """A blocked review with `text` in every field that is not ours."""
    found = {
        GateName.AI_QUALITY: (replace(UNSAFE, text=f"safety{text}", advice=text, where=text), replace(OPEN, text=text, name=f"x{text}")),
        GateName.SECURITY: (Finding(f"bandit{text}", Verdict.FAIL, text, where=f"src/a{text}.py:3"),),
    }
    cases = tuple(case_change(name, text=text, regressed=regressed) for name, regressed in (("a", True), ("b", True), ("c", False)))
    evidence = CaseEvidence(f"a{text}", text, f"{text}\n{text}", text, f"x\n{text}", text, (text,), (text, "x"), f"{text}.jsonl:3")
    return Review(
        gates=gates(found, Override(GateName.COST, text, text, text), text=text),
        comparison=comparison(*cases, metrics=(metric("accuracy", text=text), metric("tone", Change.IMPROVED, text)), text=text),
        summary=summary(text=text),
        run=reference("run", "5e4d", text),
        links=Links(report=text, trace=f"https://github.com/{text}", why=f"https://github.com.evil.example/{text}"),
        cases=(evidence, replace(evidence, was=text)),
        notes=(text, f"policy-changed: {text}"),
        base_ref=text,
        judge=text,
        reproduce=text,
        how_to_run=text,
    )
