"""`goldfinch serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def serve(
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Settings file.", show_default="goldfinch.yaml, if there")] = None,
) -> None:
    """Run the controller of all rollouts, their page and API, the receiver of spans, live scoring and probe sessions, in one process.

    Rollouts that another process left are taken over at the start, those of one that was killed once its lease is over (30 s). SIGTERM
    or Ctrl-C ends it: leases are given up, the traffic stays. What it does is on the standard error, a JSON object a line; the address
    of the page is on the standard output, with its token.

    Exit codes: 0 ended by a signal, 2 the address is taken or the settings are wrong, 3 the store does not answer.

    Example: goldfinch serve

    Example: GOLDFINCH_URL=http://127.0.0.1:4318 goldfinch rollout start v1.4.2
    """
    from goldfinch.cli.rollout_options import echo
    from goldfinch.web.serving import serve as run

    run(config, echo)
