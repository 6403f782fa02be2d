"""`goldfinch validate`."""

from __future__ import annotations

from typing import Annotated

import typer

from goldfinch.cli.monitor import progress
from goldfinch.cli.printing import Output, print_json
from goldfinch.cli.rollout_options import DEFAULT_ENVIRONMENT, Config, Environment, echo

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, context_settings={"help_option_names": ["-h", "--help"]}
)


@app.command()
def validate(
    version: Annotated[
        str, typer.Option("--version", help="The release that is to run: id or its beginning, tag, git sha.", metavar="RELEASE")
    ],
    environment: Environment = DEFAULT_ENVIRONMENT,
    endpoint: Annotated[str | None, typer.Option("--endpoint", help="Where the smoke test goes.", show_default="the proxy")] = None,
    smoke: Annotated[bool, typer.Option("--smoke/--no-smoke", help="Whether golden cases are asked.")] = True,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the end of a rollout that is watched at 100 %, and drive it.")] = False,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Say whether what runs is the release that was asked for: by the record, by live requests, by its processes, by a smoke test.

    Exit codes: 0 it is; 1 it is not; 2 unknown release, or usage; 3 something could not be asked.

    Example: goldfinch validate --environment production --version v1.4.2
    """
    from goldfinch.bootstrap.validating import ValidateRequest, run_validate

    found = run_validate(ValidateRequest(version, environment, endpoint, smoke, wait, config=config), progress)
    if output == "json":
        print_json(found.as_json())
    else:
        for answer in found.answers:
            mark = {True: "yes", False: "NO", None: "unknown"}[answer.passed]
            echo(f"{mark:<8} {answer.question}: {answer.words}")
        echo(found.sentence)
    raise typer.Exit(int(found.exit_code))
