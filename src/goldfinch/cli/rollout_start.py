"""`goldfinch rollout start`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from goldfinch.cli.printing import Output, print_json
from goldfinch.cli.rollout_options import DEFAULT_ENVIRONMENT, By, Config, Environment, Reason, echo

if TYPE_CHECKING:
    from goldfinch.bootstrap.starting import Started


def start(
    release: Annotated[
        str, typer.Argument(help="What is rolled out: id or its beginning, tag, git sha or image digest.", metavar="RELEASE")
    ],
    environment: Environment = DEFAULT_ENVIRONMENT,
    stable: Annotated[
        str | None, typer.Option("--stable", help="The release that serves now.", show_default="the last one that succeeded here")
    ] = None,
    first_release: Annotated[bool, typer.Option("--first-release", help="Nothing serves yet: there is nothing to compare with.")] = False,
    percentage: Annotated[
        int | None, typer.Option("--percentage", min=1, max=100, help="One step to this share; then a person decides about the rest.")
    ] = None,
    bake: Annotated[str | None, typer.Option("--bake", help="How long a step is watched: 30m.", show_default="the settings'")] = None,
    approval: Annotated[
        bool | None, typer.Option("--approval/--no-approval", help="Whether somebody else approves first.", show_default="the settings'")
    ] = None,
    on_inconclusive: Annotated[
        Literal["hold", "promote", "rollback"] | None,
        typer.Option("--on-inconclusive", help="When a bake ends with too few sessions.", show_default="the settings'"),
    ] = None,
    verdict: Annotated[
        Path | None, typer.Option("--verdict", help="What `goldfinch check --output` wrote for this release; it must have passed.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Begin when the rollout that is under way has ended.")] = False,
    supersede: Annotated[bool, typer.Option("--supersede", help="End the rollout that is under way, then begin.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Ask for it and return: `goldfinch serve` on the same store drives it.")] = False,
    reason: Reason = "",
    by: By = None,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Roll a release out: step by step, watched beside the stable one, and back by itself when it is worse.

    Where GOLDFINCH_URL is set, the server there drives it (with GOLDFINCH_TOKEN); else this command does until the end. The proxy runs
    beside it: `goldfinch proxy`. Ctrl-C leaves the rollout and its traffic as they are; any controller goes on with it.

    Exit codes: 0 succeeded (--detach: asked for), 1 failed before any traffic, 2 refused, 3 held, given up, left (Ctrl-C) or no answer,
    5 rolled back, 6 rollback failed.

    Example: goldfinch rollout start v1.4.2 --verdict verdict.json

    Example: goldfinch rollout start v1.4.2 --environment local --percentage 10 --bake 5m
    """
    from goldfinch.bootstrap.starting import started
    from goldfinch.core.rollout.asked import StartAsked
    from goldfinch.web.receiving import receiving

    asked = StartAsked(
        canary=release,
        environment=environment,
        by=by or "",
        stable=stable,
        first_release=first_release,
        percentage=percentage,
        bake=bake,
        approval=approval,
        on_inconclusive=on_inconclusive,
        wait=wait,
        supersede=supersede,
        reason=reason,
    )
    with started(asked, verdict=verdict, detach=detach, beside=receiving, config=config) as begun:
        if begun.warning:
            echo(f"warning: {begun.warning}", err=True)
        code = 0 if detach else _follow(begun, quiet=output == "json")
        _end(begun, output, detach=detach)
    raise typer.Exit(code)


def _follow(begun: Started, *, quiet: bool) -> int:
    from goldfinch.cli.rollout_screen import follow

    found = begun.rollout.id
    left = f"left as it is, with its traffic; goldfinch serve goes on with it, goldfinch rollout abort {found} goes back"
    return follow(lambda: begun.desk.overview(found), goes_on=lambda: begun.failed() is None, left=left, quiet=quiet)


def _end(begun: Started, output: str, *, detach: bool) -> None:
    from goldfinch.core.rollout.overview_json import overview_facts

    if (error := begun.failed()) is not None:
        raise error
    if output == "json":
        print_json(overview_facts(begun.desk.overview(begun.rollout.id)))
    elif detach:
        echo(f"{begun.rollout.id} was asked for; goldfinch rollout watch {begun.rollout.id}")
