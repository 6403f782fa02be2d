"""`goldfinch dataset import`: datasets of other tools."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldfinch.cli.printing import Output, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from goldfinch.core.importing.finishing import Imported


class Tool(StrEnum):
    PROMPTFOO = "promptfoo"
    OPENAI_EVALS = "openai-evals"
    LANGSMITH = "langsmith"
    LANGFUSE = "langfuse"
    INSPECT = "inspect"


class Asked(StrEnum):
    PROMPT = "prompt"
    VARS = "vars"


def import_dataset(
    files: Annotated[list[str], typer.Argument(help="Files of the other tool.", show_default=False)],
    *,
    from_tool: Annotated[Tool | None, typer.Option("--from", help="The tool; recognised by content where absent.")] = None,
    to: Annotated[str, typer.Option("--to", help="Folder for the cases, or a file (.jsonl, .yaml, .csv).")] = "golden/",
    answers: Annotated[
        str | None, typer.Option("--answers", help="Also write the answers that were recorded, for --agent recorded:FILE.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="Whose answers, where the files hold those of several models.")] = None,
    asked: Annotated[
        Asked, typer.Option("--input", help="promptfoo: ask the rendered prompt, or the variables of the test.")
    ] = Asked.PROMPT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would be.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    output: Output = "text",
) -> None:
    """Turn tests of promptfoo, OpenAI Evals, LangSmith, Langfuse or Inspect into golden cases; say what could not be carried over.

    Example: goldfinch dataset import promptfooconfig.yaml --to golden/
    """
    from pathlib import Path

    from goldfinch.bootstrap.importing import import_files, require_target, target_of, write_import

    imported = import_files(files, tool=from_tool, input_form=asked.value, answers=answers is not None, model=model)
    target, answers_file = target_of(to, files[0]), None if answers is None else Path(answers)
    require_target(imported, target, answers_file, in_folder=str(target) != to, replace=force)
    if not dry_run:
        write_import(imported, target, answers_file, replace=force)
    if output == "json":
        print_json(_summary(imported, target, answers_file, written=not dry_run, recognised=from_tool is None))
        return
    for line in _lines(imported, files, target, answers_file, written=not dry_run, recognised=from_tool is None):
        _print(line)


def _lines(imported: Imported, files: list[str], target: Path, answers: Path | None, *, written: bool, recognised: bool) -> list[str]:
    from goldfinch.bootstrap.importing import scorers_section

    lost = [note for note in imported.notes if note.lost]
    changed = [note for note in imported.notes if not note.lost]
    wrote = "" if written else "would write "
    section = scorers_section(imported)
    return [
        f"{', '.join(files)}: {imported.tool}{' (recognised by content)' if recognised else ''}",
        *(["left out:"] if lost else []),
        *(f"  {note}" for note in lost),
        *(["changed on the way:"] if changed else []),
        *(f"  {note}" for note in changed),
        f"{wrote}{target}: {_counted(len(imported.cases), 'case')}",
        *([] if answers is None else [f"{wrote}{answers}: {_counted(len(imported.answers), 'answer')}"]),
        *(["", "The cases need these scorers in goldfinch.yaml:", "", *section.splitlines()] if section else []),
    ]


def _summary(imported: Imported, target: Path, answers: Path | None, *, written: bool, recognised: bool) -> dict[str, Any]:
    return {
        "tool": imported.tool,
        "recognised": recognised,
        "written": written,
        "dataset": str(target),
        "cases": len(imported.cases),
        "answers": None if answers is None else {"file": str(answers), "count": len(imported.answers)},
        "notes": [
            {"what": note.what, "count": note.count, "places": list(note.places), "carried_over": not note.lost} for note in imported.notes
        ],
        "scorers": list(imported.scorers),
    }


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _print(line: str) -> None:
    from goldfinch.core.escaping import for_terminal_line

    typer.echo(for_terminal_line(line))
