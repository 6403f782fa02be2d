"""`goldfinch scorers`: what can be measured, and what each scorer needs."""

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
        for entry in entries:
            _print_entry(entry)


def _print_table(entries: list[ScorerEntry]) -> None:
    from goldfinch.core.escaping import for_terminal

    width = max(len(entry.kind) for entry in entries)
    for entry in entries:
        heuristic = "(heuristic) " if entry.is_heuristic else ""
        typer.echo(for_terminal(f"{entry.kind:<{width}}  {heuristic}{entry.problem or entry.summary}"))
        typer.echo(for_terminal(f"{'':<{width}}  needs {entry.needs}"))
    typer.echo("\nfive stands for relevance, accuracy, completeness, coherence and safety.")
    typer.echo("(heuristic): not shown to agree with people; reported, and decides only where you set a pass_mark.")
    typer.echo("Options of one: goldfinch scorers KIND")


def _print_entry(entry: ScorerEntry) -> None:
    from goldfinch.core.escaping import for_terminal

    heuristic = ", heuristic" if entry.is_heuristic else ""
    typer.echo(
        for_terminal(
            f"{entry.kind} (version {entry.version}, {entry.source}{heuristic})\n{entry.problem or entry.summary}\nneeds {entry.needs}"
        )
    )
    for option in entry.options:
        shown: Any = "required" if option.required else f"default {option.default!r}"
        typer.echo(for_terminal(f"  {option.name}: {option.type}, {shown}"))
