"""`goldfinch scorers`: what can be measured without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldfinch.cli.printing import Output, print_json

if TYPE_CHECKING:
    from goldfinch.bootstrap.scorer_listing import ScorerEntry

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def scorers(
    kind: Annotated[str | None, typer.Argument(help="Show this scorer only, with its options.", metavar="[KIND]")] = None,
    output: Output = "text",
) -> None:
    """List the scorers that can be used, with what each needs.

    Example: goldfinch scorers numeric
    """
    from dataclasses import asdict

    from goldfinch.bootstrap.scorer_listing import list_scorers

    entries = list_scorers(kind)
    if output == "json":
        print_json({"schema_version": 1, "scorers": [asdict(entry) for entry in entries]})
    elif kind is None:
        _print_table(entries)
    else:
        _print_entry(entries[0])


def _print_table(entries: list[ScorerEntry]) -> None:
    from goldfinch.core.escaping import for_terminal

    width = max(len(entry.kind) for entry in entries)
    for entry in entries:
        typer.echo(for_terminal(f"{entry.kind:<{width}}  {entry.problem or entry.summary}"))
        typer.echo(for_terminal(f"{'':<{width}}  needs {entry.needs}"))
    typer.echo("\nOptions of one: goldfinch scorers KIND")


def _print_entry(entry: ScorerEntry) -> None:
    from goldfinch.core.escaping import for_terminal

    typer.echo(
        for_terminal(f"{entry.kind} (version {entry.version}, {entry.source})\n{entry.problem or entry.summary}\nneeds {entry.needs}")
    )
    for option in entry.options:
        shown: Any = "required" if option.required else f"default {option.default!r}"
        typer.echo(for_terminal(f"  {option.name}: {option.type}, {shown}"))
