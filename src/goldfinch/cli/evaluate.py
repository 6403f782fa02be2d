"""`goldfinch evaluate`: ask an agent a golden dataset, and say how good the answers are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldfinch.cli.printing import Output

if TYPE_CHECKING:
    from goldfinch.bootstrap.evaluation import EvaluationRequest, FinishedEvaluation
    from goldfinch.operations.engine.stopping import StopSignal
    from goldfinch.ports.progress import Progress

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def evaluate(
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Settings file.", show_default="goldfinch.yaml, if there")] = None,
    dataset: Annotated[
        list[Path] | None, typer.Option("--dataset", "-d", help="File or folder of golden cases; may be repeated.", show_default=False)
    ] = None,
    agent: Annotated[
        str | None,
        typer.Option(
            "--agent",
            "-a",
            help="module:function, http(s)://…, openai:MODEL, recorded:PATH or subprocess:COMMAND.",
            show_default=False,
        ),
    ] = None,
    scorer: Annotated[
        list[str] | None,
        typer.Option("--scorer", "-s", help="Metric to score; may be repeated. `goldfinch scorers` lists them.", show_default=False),
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(
            "--judge",
            "-j",
            help="Model that judges, written as --agent is, for scorers such as judge:accuracy.",
            show_default="the settings file's",
        ),
    ] = None,
    output_dir: Annotated[
        Path | None,
        typer.Option("--output-dir", "-o", help="Where the run's files go.", show_default="a new folder in .goldfinch/runs"),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, max=1000, envvar="GOLDFINCH_TRIALS", help="Answers per case.", show_default="1")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, envvar="GOLDFINCH_CONCURRENCY", help="Calls in flight at the most.", show_default="16")
    ] = None,
    timeout_s: Annotated[
        float | None, typer.Option("--timeout", min=0.001, envvar="GOLDFINCH_TIMEOUT", help="Seconds for one call.", show_default="120")
    ] = None,
    deadline_s: Annotated[
        float | None, typer.Option("--deadline", min=0.001, help="Seconds for the whole run.", show_default="none")
    ] = None,
    budget_usd: Annotated[
        float | None,
        typer.Option(
            "--budget", min=0.000001, help="US dollars that the run may spend, with its judge.", show_default="TEST_BUDGET_USD, else none"
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the first trial; later trials count up from it.", show_default="none")] = None,
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder of the response cache. A hit counts neither as latency nor as cost.", show_default="no cache"),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(help="Folder in which every exchange with a model is recorded, without secrets.", show_default="nothing is"),
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option(help="Folder of a recording whose replies stand in for the models: no key, no network.", show_default=False),
    ] = None,
    case: Annotated[list[str] | None, typer.Option("--case", help="Ask only this case; may be repeated.", show_default=False)] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", help="Ask only cases with this tag; may be repeated.", show_default=False)
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask only the first cases.", show_default="all")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew in an output folder that holds a run; what is there is lost.")] = False,
    agent_version: Annotated[
        str | None,
        typer.Option(help="Name this version of the agent, where its source alone does not tell.", show_default="found from the agent"),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write the HTML report to this file at the end.", show_default="no file")
    ] = None,
    enable_tracing: Annotated[
        bool,
        typer.Option("--enable-tracing", help="Send OpenTelemetry spans to where OTEL_EXPORTER_OTLP_ENDPOINT or LANGSMITH_API_KEY say."),
    ] = False,
    trace_content: Annotated[
        bool,
        typer.Option(
            "--trace-content", help="With --enable-tracing: let spans hold input, answer, tool arguments and reasons too, redacted."
        ),
    ] = False,
    output: Output = "text",
) -> None:
    """Ask an agent every case of a golden dataset, record every answer, score it, and show the result.

    Killed or interrupted at any moment, the same command goes on where it stopped; no finished answer is asked or paid for again.

    Exit codes: 0 every answer was had and scored, 2 usage or configuration, 3 some could not be had or nothing could be scored, 4 budget
    exhausted. How good the answers are does not change the exit code.

    Example: goldfinch evaluate --dataset golden/ --agent my_agent:answer --trials 3

    Example: goldfinch evaluate -d golden/ -a my_agent:answer --judge openai:gpt-4.1 --scorer contains --scorer judge:accuracy
    """
    from goldfinch.bootstrap.evaluation import EvaluationRequest
    from goldfinch.core.datasets.selection import Selection

    overrides: dict[str, Any] = {
        "trials": trials,
        "concurrency": concurrency,
        "timeout_s": timeout_s,
        "deadline_s": deadline_s,
        "budget_usd": budget_usd,
        "seed": seed,
        "cache": None if cache is None else str(cache.absolute()),
        "report": None if report is None else str(report),
        "record": None if record is None else str(record.absolute()),
        "replay": None if replay is None else str(replay.absolute()),
    }
    request = EvaluationRequest(
        config=config,
        dataset=dataset or None,
        agent=agent,
        scorers=scorer or None,
        output_dir=output_dir,
        overrides=overrides,
        selection=Selection(frozenset(case or ()), frozenset(tag or ()), limit),
        fresh=fresh,
        agent_version=agent_version,
        judge=judge,
        enable_tracing=enable_tracing or None,
        trace_content=trace_content or None,
    )
    raise typer.Exit(show(_carry_out(request), output))


def _carry_out(request: EvaluationRequest) -> FinishedEvaluation:
    from goldfinch.bootstrap.evaluation import evaluate_request, run_to_end
    from goldfinch.cli.progress import progress_beside_output

    with progress_beside_output() as progress:
        return run_to_end(lambda stop: evaluate_request(request, progress, _announced(stop, progress)))


def _announced(stop: StopSignal, progress: Progress) -> StopSignal:
    """`stop`, which says on Ctrl-C what is waited for: a call may take minutes."""
    from goldfinch.operations.engine.stopping import Urgency

    def say() -> None:
        if stop.reason is not None and stop.reason.error is None and stop.reason.urgency is Urgency.FINISH_IN_FLIGHT:
            progress.note("stopping after the calls in flight; Ctrl-C again leaves them")

    stop.tell(say)
    return stop


def show(finished: FinishedEvaluation, output: str) -> int:
    """Print how the evaluation ended and return the exit code."""
    import sys

    from goldfinch.cli.app import report_error
    from goldfinch.cli.showing import show_run
    from goldfinch.core.errors import GoldfinchError

    result = finished.result
    if result.already_complete:
        print("This run is complete already; nothing was asked. --fresh asks again.", file=sys.stderr)
    try:
        show_run(finished.directory, output, finished.page)
    except GoldfinchError as error:
        if result.error is None:
            raise
        report_error(error)  # a full disk takes no junit.xml either: what stopped the run is said, and its exit code kept
    if result.error is not None:
        report_error(result.error)
    return int(result.exit_code)
