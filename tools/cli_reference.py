"""Print docs/cli.md: `python tools/cli_reference.py > docs/cli.md`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import EnumType
from importlib import import_module
from typing import Any, Literal, get_args, get_origin

import typer

from goldfinch.cli.app import COMMANDS

HEAD = """# Commands

Every command with its options. `goldfinch COMMAND --help` says the same in the terminal.

Exit codes: 0 passed, 1 gate failed, 2 usage or configuration, 3 inconclusive or infrastructure, 4 budget exhausted.

A defect of Goldfinch itself ends with 3 and one line, `internal error: …`; with `GOLDFINCH_DEBUG=1` in the environment the traceback
comes first. A command that Ctrl-C ended before there was anything to keep ends with 130, one whose output nobody reads any more
(`| head`) with 141; `evaluate` and `score` keep the exit code of the run in that case.

This page is made from the commands themselves: `make reference`.
"""


def main() -> None:
    """Print the page."""
    print(HEAD)
    for name, entry in COMMANDS.items():
        for full_name, command in leaves(f"goldfinch {name}", typer.main.get_command(import_module(entry.module).app)):
            print(section(full_name, command))


def leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """A command, or all commands of a group, with their full names."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
    else:
        for word, child in inner.items():
            yield from leaves(f"{name} {word}", child)


def section(name: str, command: Any) -> str:
    """The part of the page that describes one command."""
    words = inspect.cleandoc(command.help or "").replace("\b\n", "")
    rows = [row(parameter) for parameter in command.params]
    table = ["| Option | Meaning |", "| --- | --- |", *rows, ""] if rows else []
    return "\n".join([f"## `{name}`", "", words, "", *table])


def row(parameter: Any) -> str:
    """A row of the table: names, help, environment variable, default."""
    is_option = parameter.param_type_name == "option"
    names = [*parameter.opts, *parameter.secondary_opts] if is_option else [parameter.name.upper()]
    notes = [parameter.help or ""]
    choices = literals(parameter.type_descriptor.annotation)
    if choices:
        notes.append(f"One of {', '.join(f'`{choice}`' for choice in choices)}.")
    if is_option and parameter.envvar:
        notes.append(f"Environment: `{parameter.envvar}`.")
    notes.append(default(parameter))
    meaning = " ".join(note for note in notes if note).replace("|", "\\|")
    return f"| {', '.join(f'`{name}`' for name in names)} | {meaning} |"


def literals(annotation: Any) -> list[str]:
    """The values of a `Literal` or an enum, also inside `list[...]` and `... | None`."""
    if isinstance(annotation, EnumType):
        return [str(member.value) for member in annotation]  # type: ignore[var-annotated]
    if get_origin(annotation) is Literal:
        return [str(value) for value in get_args(annotation)]
    return [value for inner in get_args(annotation) for value in literals(inner)]


def default(parameter: Any) -> str:
    """The default in words; empty where there is none worth telling."""
    shown = getattr(parameter, "show_default", None)
    if isinstance(shown, str):
        return f"Default: {shown}."
    if parameter.required:
        return "Required."
    value = parameter.default
    return "" if value in (None, False, (), []) or shown is False or callable(value) else f"Default: `{value}`."


if __name__ == "__main__":
    main()
