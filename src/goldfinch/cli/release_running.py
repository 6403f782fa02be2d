"""`goldfinch release running` and `stop`: what runs on this machine, outside any rollout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldfinch.cli.printing import Output, print_json

if TYPE_CHECKING:
    from goldfinch.bootstrap.running import RunningRelease

Config = Annotated[Path | None, typer.Option("--config", "-c", help="Settings file.", show_default="goldfinch.yaml, if there")]
Environment = Annotated[str, typer.Option("--environment", "-e", help="Where: of those under `rollout.environments`.")]


def running(environment: Environment = "production", config: Config = None, output: Output = "text") -> None:
    """Show the releases that run on this machine, ready or not. They outlive controller and server, which is why they can be stopped here.

    Exit codes: 0 shown, also where none runs; 2 wrong settings; 3 the store does not answer.

    Example: goldfinch release running --environment local
    """
    from goldfinch.bootstrap.running import running_releases

    found = running_releases(environment, config)
    if output == "json":
        print_json([_as_json(one) for one in found])
        return
    for one in found:
        _echo(_line(one))
    if not found:
        _echo(f"no release runs in {environment} on this machine")


def stop(
    release: Annotated[
        str | None, typer.Argument(help="Id or its beginning, tag, git sha.", metavar="[RELEASE]", show_default="none: --all")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Stop every release that runs there.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also what users get, or a rollout works with.")] = False,
    environment: Environment = "production",
    config: Config = None,
    output: Output = "text",
) -> None:
    """Stop a release that runs on this machine, or all of them: SIGTERM, and SIGKILL after `deploy.stop_within`.

    Exit codes: 0 stopped, or nothing ran; 2 refused, unknown or wrong settings; 3 it does not end, or the store does not answer.

    Example: goldfinch release stop v1.4.1 --environment local

    Example: goldfinch release stop --all --force --environment local
    """
    from goldfinch.bootstrap.running import stop_releases
    from goldfinch.core.errors import UsageError

    if everything == (release is not None):
        raise UsageError("which release?", hint="name one, or say --all")
    stopped = stop_releases(release, environment, config, force=force)
    if output == "json":
        print_json({"stopped": list(stopped)})
        return
    for one in stopped:
        _echo(f"{one}: stopped")
    if not stopped:
        _echo("nothing to stop: it does not run here" if release else f"nothing to stop: no release runs in {environment}")


def _line(one: RunningRelease) -> str:
    words = "stopping" if not one.addresses else "ready" if one.view.ready else "not ready" if one.view.healthy else "unhealthy"
    at = ", ".join(f"{host}:{port}" for host, port in one.addresses)
    known = f" ({', '.join(one.tags)})" if one.tags else ""
    detail = f" - {one.view.detail}" if one.view.detail else ""
    return f"{one.release}{known}  {words}{f' at {at}' if at else ''}{'  stable' if one.is_stable else ''}{detail}"


def _as_json(one: RunningRelease) -> dict[str, Any]:
    return {
        "release": one.release,
        "tags": list(one.tags),
        "stable": one.is_stable,
        "ready": one.view.ready,
        "healthy": one.view.healthy,
        "detail": one.view.detail,
        "addresses": [f"{host}:{port}" for host, port in one.addresses],
    }


def _echo(text: str) -> None:
    from goldfinch.core.escaping import for_terminal_line

    typer.echo(for_terminal_line(text))
