"""Arguments and options that the commands of `goldfinch rollout` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Named = Annotated[
    str | None,
    typer.Argument(
        help="Id of the rollout.", metavar="[ROLLOUT]", show_default="the one under way in --environment, else the latest there"
    ),
]
Environment = Annotated[str, typer.Option("--environment", "-e", help="Where: of those under `rollout.environments`.")]
Config = Annotated[Path | None, typer.Option("--config", "-c", help="Settings file.", show_default="goldfinch.yaml, if there")]
By = Annotated[str | None, typer.Option("--by", help="Who asks.", show_default="the account in CI, else git's user.name")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the record.", show_default="none")]
DEFAULT_ENVIRONMENT = "production"


def echo(text: str, *, err: bool = False) -> None:
    """One line, in which nothing of others commands the terminal."""
    from goldfinch.core.escaping import for_terminal_line

    typer.echo(for_terminal_line(text), err=err)
