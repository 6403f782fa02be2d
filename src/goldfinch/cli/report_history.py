"""`goldfinch report history`: runs over time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def history(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs, or folders that hold them.", metavar="RUNS...")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; - is stdout.", show_default="history.html; for json stdout")
    ] = None,
    output_format: Annotated[
        Literal["html", "json"], typer.Option("--output-format", "-f", help="A page for people, or JSON for programs.")
    ] = "html",
) -> None:
    """Show runs over time: each metric with its intervals, and where its level changed.

    Runs that are incomplete, replayed or placeholders are left out, and counted. A folder called `history` is given as ./history to
    `goldfinch report`.

    Example: goldfinch report history results/ --output history.html
    """
    import sys
    from functools import partial
    from io import TextIOWrapper

    from goldfinch.adapters.reports.history.page import write_json, write_page
    from goldfinch.bootstrap.run_history import read_history, write_file
    from goldfinch.core.escaping import for_terminal_line

    found = read_history(runs)
    write = partial(write_page if output_format == "html" else write_json, found)
    target = output if output is not None else Path("history.html") if output_format == "html" else Path("-")
    if str(target) == "-":
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")
        write(sys.stdout)
        return
    write_file(target, write)
    changes = sum(len(metric.changes) for metric in found.metrics)
    typer.echo(f"wrote {for_terminal_line(str(target))}: {len(found.runs)} runs, {changes} changes of level", err=True)
