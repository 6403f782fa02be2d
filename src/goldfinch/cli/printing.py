"""What every command that can be read by a program shares: the option `--output`, and how JSON is printed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

OutputFormat = Literal["text", "json"]
Output = Annotated[OutputFormat, typer.Option("--output", help="What to print on stdout.")]


def print_json(value: Any) -> None:
    """To stdout, escaped to ASCII: no text of a case or a plugin reaches the terminal as a control character."""
    import json

    typer.echo(json.dumps(value, indent=2).replace("\x7f", "\\u007f"))
