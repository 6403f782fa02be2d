"""`goldfinch check`: judge a change by the quality gates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goldfinch.bootstrap.check_outputs import VerdictFiles
    from goldfinch.bootstrap.checking import CheckRequest
    from goldfinch.core.gates.outcome import GateName

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def check(
    results_dir: Annotated[
        Path | None, typer.Option("--results-dir", "-r", help="The --output-dir of `goldfinch evaluate`.", show_default=False)
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Settings file.", show_default="goldfinch.yaml, if there")] = None,
    base: Annotated[
        str | None,
        typer.Option("--base", help="Branch or commit whose policy, cases and baseline judge.", show_default="of GitHub's pull request"),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", help="Results directory of the baseline, for the increase in cost.", show_default="none")
    ] = None,
    min_pass_rate: Annotated[float | None, typer.Option(help="Least share of passed cases: 0.85 is 85 %.", show_default="0.85")] = None,
    min_relevance: Annotated[float | None, typer.Option(help="Least mean.", show_default="0.75")] = None,
    min_accuracy: Annotated[float | None, typer.Option(help="Least mean.", show_default="0.75")] = None,
    min_completeness: Annotated[float | None, typer.Option(help="Least mean.", show_default="0.80")] = None,
    min_coherence: Annotated[float | None, typer.Option(help="Least mean.", show_default="0.75")] = None,
    min_safety: Annotated[float | None, typer.Option(help="1: no confirmed unsafe case.", show_default="1.00")] = None,
    min_coverage: Annotated[float | None, typer.Option(help="Least share of lines that tests run.", show_default="0.80")] = None,
    max_p95_latency_ms: Annotated[float | None, typer.Option(help="Of each benchmark scenario.", show_default="2000")] = None,
    min_requests_per_second: Annotated[float | None, typer.Option(help="Of each benchmark scenario.", show_default="10")] = None,
    max_cost_per_request: Annotated[float | None, typer.Option(help="US dollars, mean.", show_default="0.15")] = None,
    max_cost_per_complex_task: Annotated[float | None, typer.Option(help="US dollars, the dearest.", show_default="0.20")] = None,
    max_cost_per_test: Annotated[float | None, typer.Option(help="US dollars, the dearest.", show_default="0.05")] = None,
    max_cost_per_run: Annotated[float | None, typer.Option(help="US dollars, judge included.", show_default="5.00")] = None,
    max_cost_increase: Annotated[float | None, typer.Option(help="Against the baseline: 0.20 is 20 %.", show_default="0.20")] = None,
    gate: Annotated[
        list[str] | None,
        typer.Option(
            "--gate", help="A gate that must have evidence; may be repeated. Others are shown.", show_default="the policy's: all six"
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="The plain rule: every breach fails, and everything that is missing.")] = False,
    reports: Annotated[
        Path | None, typer.Option("--reports", help="Folder with reports of other tools, told by their names.", show_default=False)
    ] = None,
    junit: Annotated[list[Path] | None, typer.Option("--junit", help="JUnit XML of tests; may be repeated.", show_default=False)] = None,
    coverage: Annotated[
        list[Path] | None,
        typer.Option("--coverage", help="Cobertura XML or coverage.py JSON of a group of tests; may be repeated.", show_default=False),
    ] = None,
    ruff: Annotated[Path | None, typer.Option("--ruff", help="JSON of ruff.", show_default=False)] = None,
    mypy: Annotated[Path | None, typer.Option("--mypy", help="Output of mypy.", show_default=False)] = None,
    bandit: Annotated[Path | None, typer.Option("--bandit", help="JSON of bandit.", show_default=False)] = None,
    pip_audit: Annotated[Path | None, typer.Option("--pip-audit", help="JSON of pip-audit.", show_default=False)] = None,
    secrets: Annotated[Path | None, typer.Option("--secrets", help="JSON of detect-secrets or gitleaks.", show_default=False)] = None,
    sbom: Annotated[Path | None, typer.Option("--sbom", help="CycloneDX or SPDX JSON.", show_default=False)] = None,
    benchmark: Annotated[Path | None, typer.Option("--benchmark", help="--output of `goldfinch bench run`.", show_default=False)] = None,
    saturation: Annotated[
        list[Path] | None,
        typer.Option(
            "--saturation",
            help="--output of `goldfinch bench saturate`: throughput of an open-loop scenario; may be repeated.",
            show_default=False,
        ),
    ] = None,
    test_costs: Annotated[
        Path | None, typer.Option("--test-costs", help="File of pytest's --goldfinch-report.", show_default=False)
    ] = None,
    comparison: Annotated[
        Path | None,
        typer.Option("--comparison", help="--output of `goldfinch compare`, for the step's summary; decides nothing.", show_default=False),
    ] = None,
    overrides: Annotated[
        Path | None, typer.Option("--overrides", help="YAML list of overrides, besides `gates.overrides`.", show_default=False)
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option("--judge", "-j", help="Whom to ask again about unsafe answers of a judge.", show_default="the settings file's"),
    ] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm/--no-confirm", help="Ask a judge again about what it called unsafe, before that blocks.")
    ] = True,
    quarantine: Annotated[
        Path, typer.Option("--quarantine", help="File of flaky cases, to be shown; on a change the base branch's counts.")
    ] = Path("evaluation/quarantine.yaml"),
    history: Annotated[Path, typer.Option("--history", help="The gates' record, which grows by this check.")] = Path(
        ".goldfinch/gate-history.jsonl"
    ),
    record_outcome: Annotated[
        str | None,
        typer.Option(
            "--record-outcome",
            help="Check nothing; record how a gate's last block turned out: GATE=false-alarm or GATE=justified.",
            show_default=False,
        ),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="With --record-outcome: who says so.", show_default=False)] = "",
    reason: Annotated[str, typer.Option("--reason", help="With --record-outcome: why.", show_default=False)] = "",
    to: Annotated[Path | None, typer.Option("--output", "-o", help="Write the verdict as JSON here.", show_default=False)] = None,
    junit_to: Annotated[Path | None, typer.Option("--junit-to", help="Write the gates as JUnit XML here.", show_default=False)] = None,
    sarif_to: Annotated[Path | None, typer.Option("--sarif-to", help="Write SARIF 2.1.0 here.", show_default=False)] = None,
    output_format: Annotated[
        Literal["text", "json", "markdown"], typer.Option("--output-format", help="What to print on stdout.")
    ] = "text",
) -> None:
    """Judge a change by the six quality gates, and show every breach.

    On a pull request the base branch's policy, cases and baseline judge: a change cannot lower its own bar. A value that misses its
    threshold fails where its whole 95 % interval does, and is inconclusive else, with what would decide it.

    Exit codes: 0 passed, or nothing to decide (a replayed run), 1 a gate failed, 2 usage or configuration, 3 inconclusive or no evidence.

    Example: goldfinch check --results-dir results/ci-17 --reports reports/ --benchmark benchmarks/ci-17.json --output verdict.json

    Example: goldfinch check -r results/ci-17 --gate ai_quality --gate cost --min-pass-rate 0.85 --max-cost-per-request 0.15

    Example: goldfinch check --record-outcome ai_quality=false-alarm --by ana --reason "the judge misread a table"
    """
    from goldfinch.bootstrap.check_evidence import EvidenceFiles
    from goldfinch.bootstrap.check_outputs import VerdictFiles
    from goldfinch.bootstrap.checking import CheckRequest
    from goldfinch.core.gates.policy import Scanner

    if record_outcome is not None:
        _record(record_outcome, history, by, reason, results_dir)
        return
    flags = {
        "min_pass_rate": min_pass_rate,
        "min_relevance": min_relevance,
        "min_accuracy": min_accuracy,
        "min_completeness": min_completeness,
        "min_coherence": min_coherence,
        "min_safety": min_safety,
        "min_coverage": min_coverage,
        "max_p95_latency_ms": max_p95_latency_ms,
        "min_requests_per_second": min_requests_per_second,
        "max_cost_per_request": max_cost_per_request,
        "max_cost_per_complex_task": max_cost_per_complex_task,
        "max_cost_per_test": max_cost_per_test,
        "max_cost_per_run": max_cost_per_run,
        "max_cost_increase": max_cost_increase,
    }
    scans = {Scanner.BANDIT: bandit, Scanner.PIP_AUDIT: pip_audit, Scanner.SECRETS: secrets, Scanner.SBOM: sbom}
    evidence = EvidenceFiles(
        reports=reports,
        ruff=ruff,
        mypy=mypy,
        junit=tuple(junit or ()),
        coverage=dict.fromkeys(coverage or (), ""),
        scans=tuple((scanner, path) for scanner, path in scans.items() if path is not None),
        benchmark=benchmark,
        test_costs=test_costs,
        saturations=tuple(saturation or ()),
    )
    request = CheckRequest(
        results_dir=_required(results_dir),
        config=config,
        base=base,
        baseline=baseline,
        evidence=evidence,
        flags=_given(flags),
        gates=_gates(gate),
        strict=strict,
        overrides=overrides,
        history=history,
        judge=judge,
        confirm=confirm,
        quarantine=quarantine,
    )
    raise typer.Exit(_carry_out(request, VerdictFiles(to, junit_to, sarif_to), output_format, comparison))


def _carry_out(request: CheckRequest, files: VerdictFiles, output_format: str, comparison: Path | None) -> int:
    """Check, show, write. The verdict stands, whatever cannot be written: a full disk turns no failure into something else."""
    from functools import partial

    from goldfinch.bootstrap.check_outputs import annotation_lines, rendered, write_verdict
    from goldfinch.bootstrap.check_review import comparison_in, review_of
    from goldfinch.bootstrap.checking import check as carry_out
    from goldfinch.bootstrap.gate_history import keep
    from goldfinch.cli.app import report_error
    from goldfinch.cli.progress import progress_beside_output
    from goldfinch.core.errors import ExitCode, InfrastructureError

    compared = comparison_in(comparison, request.results_dir)
    with progress_beside_output() as progress:
        finished = carry_out(request, progress)
    code, review = finished.verdict.exit_code, review_of(finished, compared)
    _print(rendered(finished.verdict, output_format) + (annotation_lines(review) if output_format == "text" else ""))
    for write in (
        partial(write_verdict, finished.verdict, files, review),
        partial(keep, request.history, finished.report, finished.verdict),
    ):
        try:
            write()
        except InfrastructureError as error:
            report_error(error)
            code = code or int(ExitCode.INCONCLUSIVE)
    return code


def _print(text: str) -> None:
    import sys

    from goldfinch.cli.app import leave_nothing_to_write

    try:
        typer.echo(text, nl=False)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` read enough; the exit code still tells the verdict
        leave_nothing_to_write()


def _given(flags: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in flags.items() if value is not None}


def _required(results_dir: Path | None) -> Path:
    from goldfinch.core.errors import UsageError

    if results_dir is None:
        raise UsageError("no results to judge", where="--results-dir", hint="name the --output-dir of an earlier 'goldfinch evaluate'")
    return results_dir


def _gates(names: list[str] | None) -> tuple[GateName, ...] | None:
    from goldfinch.core.errors import UsageError
    from goldfinch.core.gates.outcome import GateName

    unknown = [name for name in names or () if name not in set(GateName)]
    if unknown:
        raise UsageError(f"there is no gate {unknown[0]!r}", where="--gate", hint=f"one of {', '.join(GateName)}")
    return tuple(map(GateName, names)) if names else None


def _record(text: str, history: Path, by: str, reason: str, results_dir: Path | None) -> None:
    from goldfinch.bootstrap.gate_history import record_outcome
    from goldfinch.bootstrap.reports import open_run
    from goldfinch.core.checking.history import in_words
    from goldfinch.core.escaping import for_terminal_line

    run_id = None if results_dir is None else open_run(results_dir).manifest().run_id
    line, record = record_outcome(history, text, by=by, reason=reason, run_id=run_id)
    typer.echo(for_terminal_line(f"{line.gate.shown} of run {line.run_id}: {line.outcome}; {in_words(record)}"))
