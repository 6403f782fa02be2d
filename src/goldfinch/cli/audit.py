"""`goldfinch audit`: verify, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldfinch.cli.printing import Output, print_json

if TYPE_CHECKING:
    from goldfinch.core.audit.chain import Verification

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    help="Who did what to rollouts and releases, in a chain of hashes: verify that nobody changed it, and export it.\n\n"
    "Example: goldfinch audit verify",
)

Config = Annotated[Path | None, typer.Option("--config", "-c", help="Settings file.", show_default="goldfinch.yaml, if there")]


@app.command()
def verify(
    head: Annotated[
        str | None,
        typer.Option(help="A head that was noted elsewhere, SEQ:HASH: holds also against a log that was rewritten as a whole."),
    ] = None,
    config: Config = None,
    output: Output = "text",
) -> None:
    """Say whether the audit log is what was written; if not, name the first bad row and what was done to it.

    Exit codes: 0 whole, 1 changed, 2 there is no store, 3 it does not answer.

    Example: goldfinch audit verify --head 17:9f2e47…
    """
    from goldfinch.bootstrap.auditing import verify_log
    from goldfinch.core.audit.failures import AuditTampered

    name, found = verify_log(config, head)
    tampered = found.tampering is not None
    if output == "json":
        print_json(_as_json(name, found))
        if tampered:
            raise typer.Exit(AuditTampered.exit_code)
    elif tampered:
        raise AuditTampered(f"{found.tampering}: {found.reason}", where=f"{name}, row {found.sequence}")
    else:
        typer.echo("\n".join(_lines(name, found)))


@app.command()
def export(
    to: Annotated[Path | None, typer.Option(help="File to write.", show_default="stdout")] = None,
    after: Annotated[int, typer.Option(min=0, help="Leave out the rows up to this one.")] = 0,
    config: Config = None,
) -> None:
    """Write the audit log as JSON Lines, without secrets: docs/schemas/audit.schema.json.

    Exit codes: 0 written, 2 there is no store, 3 the store does not answer or the file cannot be written.

    Example: goldfinch audit export --to audit.jsonl
    """
    from goldfinch.bootstrap.auditing import export_to, exported
    from goldfinch.core.escaping import for_terminal_line

    if to is not None:
        typer.echo(for_terminal_line(f"{_rows(export_to(to, config, after))} written to {to}"))
        return
    for line in exported(config, after):
        typer.echo(line.decode(), nl=False)


def _lines(name: str, found: Verification) -> list[str]:
    from goldfinch.core.escaping import for_terminal_line

    lines = [for_terminal_line(f"audit log of {name} is whole: {_rows(found.lines)}")]
    if found.lines:
        lines += [
            f"head {found.head.sequence}:{found.head.hash}",
            "note it elsewhere: --head holds also against a log rewritten as a whole",
        ]
    return lines


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _as_json(name: str, found: Verification) -> dict[str, Any]:
    return {
        "store": name,
        "whole": found.tampering is None,
        "rows": found.lines,
        "head": {"sequence": found.head.sequence, "hash": found.head.hash},
        "tampering": None if found.tampering is None else found.tampering.value,
        "row": found.sequence,
        "reason": found.reason,
    }
