"""`goldfinch rollback`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from goldfinch.cli.printing import Output, print_json
from goldfinch.cli.rollout_options import DEFAULT_ENVIRONMENT, By, Config, Environment, echo

if TYPE_CHECKING:
    from goldfinch.core.recovery.outcome import RollbackResult

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, context_settings={"help_option_names": ["-h", "--help"]}
)


@app.command()
def rollback(
    to: Annotated[str, typer.Option("--to", help="The release that is to serve: id or its beginning, tag, git sha.", metavar="RELEASE")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    environment: Environment = DEFAULT_ENVIRONMENT,
    force: Annotated[bool, typer.Option("--force", help="Take a release that was denied; your reason overrides the denial.")] = False,
    within: Annotated[float, typer.Option("--within", min=1, max=86_400, help="Seconds to wait for its end.")] = 1800.0,
    by: By = None,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Go back to a release: traffic first, proved by live requests, then sessions, then processes. Anyone on call may.

    A rollout that is under way is aborted; from a release that had become stable a rollout of its own leads back, without a bake and
    never before the wanted release serves. Typed again, also after a kill, it goes on where it was. Times are told against the targets:
    60 s for the traffic, 10 min for all of it.

    Exit codes: 0 it serves, proved; 2 refused, nothing was moved; 3 not proved, or not complete in time; 6 the router did not let go.

    Example: goldfinch rollback --to v1.4.1 --reason "invents order numbers"

    Example: goldfinch rollback --to v1.3.9 --environment staging --force --reason "v1.4 lost sessions; the denial was for another fault"
    """
    from goldfinch.bootstrap.rolling_back import Asked, run_rollback

    asked = Asked(to, reason, environment, by, force, within, config)
    result = run_rollback(asked, _progress)
    _show(result, output)
    raise typer.Exit(int(result.exit_code))


def _progress(words: str) -> None:
    from goldfinch.core.escaping import for_terminal_line

    typer.echo(for_terminal_line(words), err=True)


def _show(result: RollbackResult, output: str) -> None:
    if output == "json":
        print_json(result.as_json())
        return
    echo(f"{result.outcome.value.replace('_', ' ')}: {result.sentence}")
    echo(f"times: {result.times.in_words()}")
    for miss in result.times.misses():
        echo(f"late: {miss}")
    if result.second_path:
        echo("the router refused, and its second path was taken: goldfinch runbook rollback-failed")
