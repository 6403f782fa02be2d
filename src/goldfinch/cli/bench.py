"""`goldfinch bench`: run, analyze, compare, saturate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from goldfinch.bootstrap.bench import BenchRequest
    from goldfinch.core.load.saturation import Saturation
    from goldfinch.operations.bench_pairs import PairedComparison

app = typer.Typer(
    name="bench",
    help="Measure latency and throughput; compare two builds; find the highest rate.\n\n"
    "Example: goldfinch bench run --output benchmarks/results/ci-17.json --iterations 10",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Config = Annotated[Path | None, typer.Option("--config", "-c", help="Settings file.", show_default="goldfinch.yaml, if there")]
Scenarios = Annotated[
    Path | None, typer.Option("--scenarios", help="YAML file of scenarios, in place of `bench:` in the settings.", show_default=False)
]
Names = Annotated[list[str] | None, typer.Option("--scenario", help="Scenario to run; may be repeated.", show_default="all")]
Name = Annotated[str | None, typer.Option("--scenario", help="Scenario to run.", show_default="the only one")]


@app.command()
def run(
    output: Annotated[Path, typer.Option("--output", help="File for the result, JSON; raw samples go beside it.")] = Path(
        "benchmarks/results/latest.json"
    ),
    iterations: Annotated[
        int | None, typer.Option("--iterations", help="How often each scenario is repeated.", show_default="the settings', else 10")
    ] = None,
    scenario: Names = None,
    scenarios: Scenarios = None,
    config: Config = None,
) -> None:
    """Measure every scenario: latency with intervals, throughput, errors, cost, first token, provider time.

    The load generator is calibrated first; a result that it could not keep up with is invalid. Objectives do not decide here: `goldfinch
    bench analyze` shows them, and the performance gate judges them.

    Exit codes: 0 measured, 2 usage or configuration, 3 invalid, interrupted, or nothing answered.

    Example: goldfinch bench run --output benchmarks/results/ci-17.json --iterations 10
    """
    from goldfinch.bootstrap.bench import run_bench
    from goldfinch.cli.progress import progress_beside_output
    from goldfinch.core.load.report import terminal_lines

    with progress_beside_output() as progress:
        result = run_bench(_request(config, scenarios, scenario), output=output, iterations=iterations, progress=progress)
    for line in terminal_lines(result):
        typer.echo(line)
    typer.echo(f"{output}")
    raise typer.Exit(0 if result.is_valid else 3)


@app.command()
def analyze(
    results: Annotated[Path, typer.Option("--results", help="Result of `goldfinch bench run`.", show_default=False)],
    baseline: Annotated[
        Path | None, typer.Option("--baseline", help="Stored result; nothing is compared where it does not exist yet.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Report to write, Markdown; the same as JSON goes beside it.", show_default=False)
    ] = None,
    margin: Annotated[
        float, typer.Option("--margin", min=0.001, max=0.999, help="How much worse counts, as a fraction; doubled here.")
    ] = 0.10,
    fail_on_regression: Annotated[bool, typer.Option("--fail-on-regression", help="End with 1 where the standing is `warn`.")] = False,
) -> None:
    """Hold a result against a stored baseline, and write the report.

    Only results of equal machines are compared, with a doubled margin, and the answer is at most a warning: `goldfinch bench compare`
    decides, on one machine, in alternation.

    Exit codes: 0 analyzed (whatever was found), 1 worse and --fail-on-regression, 2 usage or an unreadable file, 3 the result is invalid.

    Example: goldfinch bench analyze --results benchmarks/results/ci-17.json --baseline benchmarks/baseline.json --output analysis.md
    """
    from goldfinch.bootstrap.bench import analyze_bench
    from goldfinch.core.escaping import for_terminal_line
    from goldfinch.core.load.report import terminal_lines
    from goldfinch.core.load.stored import Standing

    result, analysis = analyze_bench(results, baseline, output, margin=margin)
    for line in terminal_lines(result):
        typer.echo(line)
    typer.echo(f"baseline: {analysis.standing}: {for_terminal_line(analysis.reason)}")
    for change in analysis.changes:
        typer.echo(for_terminal_line(f"  {change.scenario} {change.metric}: {change.standing}: {change.reason}"))
    if not result.is_valid:
        raise typer.Exit(3)
    raise typer.Exit(1 if fail_on_regression and analysis.standing is Standing.WARN else 0)


@app.command()
def compare(
    baseline_target: Annotated[
        str, typer.Option("--baseline-target", help="URL of the old build, or an agent as for --agent.", show_default=False)
    ],
    current_target: Annotated[
        str, typer.Option("--current-target", help="URL of the new build, or an agent as for --agent.", show_default=False)
    ],
    scenario: Name = None,
    scenarios: Scenarios = None,
    config: Config = None,
    pairs: Annotated[
        int | None, typer.Option("--pairs", help="Pairs of runs, 5 to 30; more where that can decide.", show_default="10")
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            "--margin", min=0.001, max=0.999, help="How much worse counts, as a fraction.", show_default="the settings', else 0.1"
        ),
    ] = None,
    noise: Annotated[
        list[float] | None,
        typer.Option("--noise", help="|mean e| of an earlier comparison of a build with itself; may be repeated.", show_default=False),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", help="File for the comparison, JSON.", show_default=False)] = None,
    fail_on_regression: Annotated[bool, typer.Option("--fail-on-regression", help="End with 1 where it regressed.")] = False,
) -> None:
    """Run one scenario against two targets in alternation (A B B A …), and say whether the current one is slower.

    Exit codes: 0 compared (whatever was found), 1 regressed and --fail-on-regression, 2 usage or configuration, 3 invalid or not measured.

    Example: goldfinch bench compare --scenario search --baseline-target http://127.0.0.1:8001/ask --current-target http://127.0.0.1:8002/ask
    """
    from goldfinch.adapters.files.benchmarks import write_json
    from goldfinch.bootstrap.bench import compare_bench
    from goldfinch.cli.progress import progress_beside_output
    from goldfinch.core.verdict import Verdict

    with progress_beside_output() as progress:
        found = compare_bench(
            _request(config, scenarios, [scenario] if scenario else None),
            baseline=baseline_target,
            current=current_target,
            pairs=pairs,
            margin=margin,
            past_noise=noise or (),
            progress=progress,
        )
    if output is not None:
        write_json(output, found)
    _show_comparison(found)
    if found.problems and found.verdict is not Verdict.FAIL:
        raise typer.Exit(3)
    raise typer.Exit(1 if fail_on_regression and found.verdict is Verdict.FAIL else 0)


@app.command()
def saturate(
    scenario: Name = None,
    scenarios: Scenarios = None,
    config: Config = None,
    min_rate: Annotated[float, typer.Option("--min-rate", help="Lowest rate to try, requests a second.")] = 1.0,
    max_rate: Annotated[float, typer.Option("--max-rate", help="Highest rate to try, requests a second.")] = 1000.0,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.1, max=3600, help="How long each rate is tried; at least 200 requests.")
    ] = 10.0,
    p95_ms: Annotated[
        float | None, typer.Option("--p95-ms", min=0.001, help="Objective for p95, ms.", show_default="the scenario's")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", help="File for what was found, JSON.", show_default=False)] = None,
) -> None:
    """Find the highest rate that holds the objective: doubling, bisection to within 5 %, two confirmations.

    Exit codes: 0 found, 2 usage or configuration, 3 not even the lowest rate held, or the load generator was the limit.

    Example: goldfinch bench saturate --scenario search --min-rate 5 --max-rate 500 --p95-ms 800
    """
    from goldfinch.adapters.files.benchmarks import write_json
    from goldfinch.bootstrap.bench import saturate_bench
    from goldfinch.cli.progress import progress_beside_output

    with progress_beside_output() as progress:
        found = saturate_bench(
            _request(config, scenarios, [scenario] if scenario else None),
            lowest=min_rate,
            highest=max_rate,
            seconds=seconds,
            p95_ms=p95_ms,
            progress=progress,
        )
    if output is not None:
        write_json(output, found)
    _show_saturation(found)
    raise typer.Exit(0 if found.rate_per_s is not None else 3)


def _request(config: Path | None, scenarios: Path | None, names: list[str] | None) -> BenchRequest:
    from goldfinch.bootstrap.bench import BenchRequest

    return BenchRequest(config, scenarios, names or None)


def _show_comparison(found: PairedComparison) -> None:
    from goldfinch.core.escaping import for_terminal_line

    typer.echo(for_terminal_line(f"{found.scenario}  {found.load}  {len(found.pairs)} pairs of {found.requests} requests"))
    for metric in found.metrics:
        typer.echo(
            f"  {metric.metric}: {metric.change}, {metric.ratio - 1:+.1%} worse [{metric.low - 1:+.1%}, {metric.high - 1:+.1%}], "
            f"p = {metric.p_worse_adjusted:.3g}, margin {metric.margin:.0%}"
        )
    typer.echo(f"  error_rate: {'regressed, ' if found.failures.is_worse else ''}{found.failures.shown}")
    for problem in found.problems:
        typer.echo(f"  INVALID: {for_terminal_line(problem)}")
    typer.echo(f"verdict: {found.verdict}")


def _show_saturation(found: Saturation) -> None:
    from goldfinch.core.escaping import for_terminal_line

    for probe in found.probes:
        holds = "holds" if probe.holds else "does not hold"
        typer.echo(f"  {probe.rate_per_s:>10,.1f}/s  {holds}{' again' if probe.confirming and probe.holds else ''}: {probe.reason}")
    for problem in found.problems:
        typer.echo(f"INVALID: {for_terminal_line(problem)}")
    if found.rate_per_s is None:
        typer.echo(f"no rate was found that holds p95 {found.p95_objective_ms:g} ms")
    else:
        more = " or more" if found.at_limit else ""
        typer.echo(f"{for_terminal_line(found.target)}: {found.rate_per_s:,.1f} requests/s{more} at p95 {found.p95_objective_ms:g} ms")
