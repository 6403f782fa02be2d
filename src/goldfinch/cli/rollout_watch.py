"""`goldfinch rollout watch`: the screen, drawn anew while the rollout goes on; plain lines where there is no terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from goldfinch.cli.rollout_options import DEFAULT_ENVIRONMENT, Config, Environment, Named


def watch(
    rollout: Named = None,
    environment: Environment = DEFAULT_ENVIRONMENT,
    every: Annotated[float, typer.Option("--every", min=0.2, max=3600, help="Seconds between two looks.")] = 1.0,
    config: Config = None,
) -> None:
    """Watch a rollout until it has ended: state, reason and what is next in the first lines, then everything that they rest on.

    Without a terminal (a log, a pipe) it prints a line whenever something changes. Ctrl-C ends the watching, not the rollout.

    Exit codes: 0 succeeded, 1 failed before any traffic, 2 unknown, 3 under way (Ctrl-C), held or given up, 5 rolled back,
    6 rollback failed.

    Example: goldfinch rollout watch

    Example: goldfinch rollout watch ro_20261124T120000Z_1f3a9c2b | tee rollout.log
    """
    from goldfinch.bootstrap.desk import opened_desk
    from goldfinch.bootstrap.settings import load_settings
    from goldfinch.cli.rollout_screen import follow

    with opened_desk(load_settings(config)) as desk:
        found = desk.named(rollout, environment)
        raise typer.Exit(follow(lambda: desk.overview(found), every_s=every))
