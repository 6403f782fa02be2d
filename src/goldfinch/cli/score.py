"""`goldfinch score`: score the stored answers of a run again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from goldfinch.cli.printing import Output

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def score(
    run_dir: Annotated[Path, typer.Argument(help="The --output-dir of an earlier `goldfinch evaluate`.", metavar="RUN_DIR")],
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Settings file.", show_default="goldfinch.yaml, if there")] = None,
    dataset: Annotated[
        list[Path] | None,
        typer.Option("--dataset", "-d", help="File or folder of golden cases; may be repeated.", show_default="the run's own"),
    ] = None,
    scorer: Annotated[
        list[str] | None, typer.Option("--scorer", "-s", help="Metric to score; may be repeated.", show_default="the settings file's")
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(
            "--judge",
            "-j",
            help="Model that judges, written as --agent of `goldfinch evaluate` is, for scorers such as judge:accuracy.",
            show_default="the settings file's",
        ),
    ] = None,
    output: Output = "text",
) -> None:
    """Score the stored answers of a run again: with other scorers, or against corrected expectations. The agent is not asked.

    Replaces results.jsonl and summary.json of the run as a whole; outputs.jsonl is not touched. An answer to a question that changed
    since is refused. A judge is asked only what it has not answered in this run before.

    Exit codes: 0 scored, 2 usage or configuration, 3 the run is incomplete or the judging was interrupted, 4 budget exhausted.

    Example: goldfinch score results/ci-17 --scorer exact --scorer token_f1

    Example: goldfinch score results/ci-17 --judge openai:gpt-4.1 --scorer exact --scorer judge:accuracy
    """
    import sys

    from goldfinch.bootstrap.scoring import score_run
    from goldfinch.cli.progress import progress_beside_output
    from goldfinch.cli.showing import show_run
    from goldfinch.core.errors import ExitCode
    from goldfinch.core.results.manifest import RunStatus

    with progress_beside_output() as progress:
        rescored = score_run(run_dir, config=config, dataset=dataset or None, scorers=scorer or None, judge=judge, progress=progress)
    notes = [f"{rescored.scored} answers scored again"]
    if rescored.edited:
        notes.append(f"{rescored.edited} of them against edited expectations")
    if rescored.unanswered:
        notes.append(f"{rescored.unanswered} answers are not stored")
    print(", ".join(notes), file=sys.stderr)
    show_run(run_dir, output)
    raise typer.Exit(ExitCode.PASSED if rescored.manifest.status in (RunStatus.COMPLETE, RunStatus.REPLAYED) else ExitCode.INCONCLUSIVE)
