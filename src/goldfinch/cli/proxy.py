"""`goldfinch proxy`: the data plane, in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def proxy(
    environment: Annotated[str, typer.Option("--environment", "-e", help="Whose traffic it splits.")] = "production",
    listen: Annotated[
        str | None, typer.Option("--listen", help="Address and port for the agent's users; before `proxy.listen`.", show_default=False)
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Settings file.", show_default="goldfinch.yaml, if there")] = None,
) -> None:
    """Run the proxy that splits the traffic between two releases: a real Envoy, watched, brought back with the split that was set last.

    Stays in the foreground until Ctrl-C or SIGTERM; requests and streams that run may then end (`proxy.drain`), and are cut at a second
    one. A rollout moves its split; without one it answers 503. Killed, it leaves Envoy running, and the next one takes that over.

    Exit codes: 0 ended when asked to, 2 usage, settings, a port in use or a proxy that runs already, 3 Envoy does not start.

    Example: goldfinch proxy --environment production --listen 0.0.0.0:8080
    """
    from goldfinch.bootstrap.proxy import run_proxy

    run_proxy(environment=environment, listen=listen, config=config, say=_say)


def _say(text: str) -> None:
    """A line of its log, on stderr."""
    from datetime import UTC, datetime

    from goldfinch.core.escaping import for_terminal_line

    typer.echo(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {for_terminal_line(text)}", err=True)
