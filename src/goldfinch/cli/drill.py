"""`goldfinch drill`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from goldfinch.cli.monitor import progress
from goldfinch.cli.printing import Output, print_json
from goldfinch.cli.rollout_options import By, Config, Environment, echo

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, context_settings={"help_option_names": ["-h", "--help"]}
)

Faults = Literal["errors", "latency", "quality", "metrics-outage", "kill-controller"]


@app.command()
def drill(
    fault: Annotated[Faults, typer.Option("--fault", help="What is broken on purpose.")],
    environment: Environment = "local",
    rate: Annotated[float, typer.Option("--rate", min=1, max=1000, help="Sessions a second.")] = 25.0,
    within: Annotated[float, typer.Option("--within", min=10, max=3600, help="Seconds until it must be back.")] = 180.0,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the folder of the rehearsal, with every log.")] = False,
    by: By = None,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Rehearse a rollback here: a real Envoy, a real controller, two releases of a small agent under load, one broken on purpose.

    Nothing of yours is touched. Measured are the time until the fault was seen, and from the decision on until the traffic was back, proved
    by live requests, and until all was over, against P4: 60 s and 10 min. The result is on record in the environment's `drills.jsonl`;
    when the last one is older than 30 days, or failed, `goldfinch rollout start` warns in production.

    Exit codes: 0 passed; 1 not passed, the folder is kept; 2 usage; 3 the rehearsal did not get that far.

    Example: goldfinch drill --fault errors
    """
    from goldfinch.bootstrap.drilling import DrillRequest, run_drill
    from goldfinch.core.recovery.drills import Fault

    result, folder = run_drill(DrillRequest(Fault(fault), environment, rate, within, keep, by, config), progress)
    if output == "json":
        print_json(result.as_json())
    else:
        echo(result.sentence)
    if folder is not None:
        progress(f"kept: {folder}")
    raise typer.Exit(0 if result.passed else 1)
