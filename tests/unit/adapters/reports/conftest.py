from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from goldfinch.bootstrap.reports import load_reporter
from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.results.manifest import RunStatus
from goldfinch.operations.report import RunRecords, build_report
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest, sample_output, sample_record

Render = Callable[..., str]

TIMEOUT = Failure(FailureKind.TIMEOUT, "no answer within 120 s")
RATE_LIMITED = Failure(FailureKind.RATE_LIMITED, "429 from the provider", 429)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that change what a terminal shows are the test's to set."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def render() -> Render:
    """The report of a run in one format, as text."""

    def rendered(run: InMemoryRun, name: str) -> str:
        records = RunRecords(run)
        out = io.StringIO()
        load_reporter(name).write(build_report(run, records), records.cases, out)
        return out.getvalue()

    return rendered


@pytest.fixture
def finished_run() -> InMemoryRun:
    """Four cases, all decided: two passed, one scored low, one timed out."""
    run = InMemoryRun(sample_manifest(cases=4), location="results/ci-17")
    run.score_lines = [
        sample_record("refund-1"),
        sample_record("refund-2", 0.4, critical=True),
        sample_record("tone-3", 0.0, failure=TIMEOUT, latency_ms=120_000.0, cost_usd=None),
        sample_record("ship-4", 0.9),
    ]
    run.output_lines = [sample_output("refund-2", "We do not do that.\nSorry."), sample_output("tone-3", "", failure=TIMEOUT)]
    return run


@pytest.fixture
def incomplete_run() -> InMemoryRun:
    """Two of six cases have an answer; a third was refused by the provider."""
    run = InMemoryRun(sample_manifest(RunStatus.INCOMPLETE, reason="provider 429", cases=6))
    run.score_lines = [sample_record("refund-1"), sample_record("refund-2", None), sample_record("tone-3", failure=RATE_LIMITED)]
    return run


@pytest.fixture
def empty_run() -> InMemoryRun:
    """Nothing was asked yet."""
    return InMemoryRun(sample_manifest(RunStatus.RUNNING, cases=6))


@pytest.fixture
def repeated_run() -> InMemoryRun:
    """Two cases in three trials each: one flaky, one with a trial to come."""
    run = InMemoryRun(sample_manifest(cases=2, trials=3))
    run.score_lines = [sample_record("flaky", value, trial=trial, trials=3) for trial, value in enumerate([1.0, 0.0, 1.0])]
    run.score_lines += [sample_record("young", trial=trial, trials=3) for trial in range(2)]
    return run
