"""`goldfinch runbook`."""

from __future__ import annotations

from typing import Annotated

import typer

from goldfinch.cli.printing import Output, print_json

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, context_settings={"help_option_names": ["-h", "--help"]}
)


@app.command()
def runbook(
    alert: Annotated[
        str | None,
        typer.Argument(help="Trigger of a rollback, reason of a hold, or name of a page.", metavar="[ALERT]", show_default="list them"),
    ] = None,
    output: Output = "text",
) -> None:
    """Print what to do about an alert: symptom, check, command, verify, escalate. Needs no network, no settings and no store.

    Exit codes: 0 printed, 2 there is no such page.

    Example: goldfinch runbook error_rate

    Example: goldfinch runbook RollbackFailed
    """
    from goldfinch.core.recovery.pages.all import RUNBOOKS
    from goldfinch.core.recovery.runbook import as_json, as_markdown, find

    pages = RUNBOOKS if alert is None else (find(alert, RUNBOOKS),)
    if output == "json":
        print_json([as_json(page) for page in pages] if alert is None else as_json(pages[0]))
    elif alert is None:
        width = max(len(page.alert) for page in pages)
        for page in pages:
            typer.echo(f"{page.alert:<{width}}  {page.title}")
    else:
        typer.echo(as_markdown(pages[0]), nl=False)
