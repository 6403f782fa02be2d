"""`goldfinch monitor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from goldfinch.cli.printing import Output, print_json
from goldfinch.cli.rollout_options import DEFAULT_ENVIRONMENT, By, Config, Environment, echo

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, context_settings={"help_option_names": ["-h", "--help"]}
)


@app.command()
def monitor(
    environment: Environment = DEFAULT_ENVIRONMENT,
    duration: Annotated[float, typer.Option("--duration", min=1, max=604_800, help="Seconds to watch, at the least.")] = 600.0,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", help="Evaluation run to hold probe sessions against.", show_default="the last rollout here")
    ] = None,
    rollout: Annotated[
        bool | None,
        typer.Option("--rollout/--no-rollout", help="Watch the rollout on record, or only what serves.", show_default="what is there"),
    ] = None,
    roll_back: Annotated[
        bool, typer.Option("--roll-back/--no-roll-back", help="Whether a rollout that is still undecided at the end goes back.")
    ] = True,
    endpoint: Annotated[str | None, typer.Option("--endpoint", help="Where probe sessions go.", show_default="the proxy")] = None,
    probes_per_minute: Annotated[
        float | None,
        typer.Option("--probes-per-minute", min=0, max=600, help="Probe sessions; 0: none.", show_default="live.probes.per_minute"),
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", help="File for what was found, JSON.", show_default=".goldfinch/SERVICE/ENVIRONMENT/monitoring.json"),
    ] = None,
    by: By = None,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Watch the rollout that is under way until its step is decided; where none is, watch what serves for the whole duration.

    What serves is held against absolute limits, and against a baseline where there is one; where none is, that is said first. Without
    users, probe sessions at a stated rate are judged. Silence is never health. Figures of serve.prometheus are
    shown beside, and decide nothing.

    Exit codes: 0 healthy, or the step passed; 1 unhealthy, and nothing to roll back; 2 usage; 3 inconclusive; 5 rolled back; 6 that failed.

    Example: goldfinch monitor --environment staging --duration 600 --baseline evaluation/results/baseline
    """
    from goldfinch.bootstrap.monitoring import MonitorRequest, run_monitor

    request = MonitorRequest(
        environment,
        duration,
        baseline,
        rollout,
        roll_back=roll_back,
        endpoint=endpoint,
        probes_per_minute=probes_per_minute,
        evidence=evidence,
        by=by,
        config=config,
    )
    found = run_monitor(request, progress)
    if output == "json":
        print_json(found.as_json())
    else:
        echo(found.sentence)
        for line in found.prometheus.lines() if found.prometheus is not None else ():
            echo(line)
        progress(f"evidence: {found.file}")
    raise typer.Exit(int(found.exit_code))


def progress(words: str) -> None:
    """One line to the standard error: the result alone is on the other one."""
    from goldfinch.core.escaping import for_terminal_line

    typer.echo(for_terminal_line(words), err=True)
