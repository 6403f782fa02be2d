"""`goldfinch dataset`: validate, show, stats, split, convert, import."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goldfinch.cli.dataset_import import import_dataset
from goldfinch.cli.printing import Output, OutputFormat, print_json

if TYPE_CHECKING:
    from goldfinch.core.datasets.split import SplitPlan
    from goldfinch.core.datasets.stats import DatasetStats
    from goldfinch.core.errors import DatasetError
    from goldfinch.ports.dataset import DatasetInfo

app = typer.Typer(
    name="dataset",
    help="Validate, show, count, split, convert and import golden datasets.\n\nExample: goldfinch dataset validate golden/",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


app.command(name="import")(import_dataset)


class FileFormat(StrEnum):
    JSONL = "jsonl"
    YAML = "yaml"
    CSV = "csv"


class Key(StrEnum):
    ID = "id"
    CONTENT = "content"


Paths = Annotated[list[str], typer.Argument(help="Files (.jsonl, .yaml, .csv) and folders of them.", show_default=False)]
Force = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]


@app.command()
def validate(paths: Paths, output: Output = "text") -> None:
    """Read everything once and list every problem; exit code 2 where there is one.

    Example: goldfinch dataset validate golden/
    """
    from goldfinch.bootstrap.datasets import open_dataset
    from goldfinch.core.errors import DatasetError

    try:
        info = open_dataset(paths).check()
    except DatasetError as error:
        _show_problems(error, output)
        raise typer.Exit(int(error.exit_code)) from None
    if output == "json":
        print_json({"valid": True, "name": info.name, "cases": info.cases, "fingerprint": info.fingerprint, "problems": []})
    else:
        _print(f"ok: {_summary(info)}")


@app.command()
def show(
    paths: Paths,
    case: Annotated[list[str] | None, typer.Option("--case", help="Only the case with this id; may be repeated.")] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Only cases with this tag; repeated: with any of them.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many cases; 0: all.")] = 10,
    output: Output = "text",
) -> None:
    """Show cases as they are after defaults are applied: one line each, or whole with --case.

    Example: goldfinch dataset show golden/ --tag refund --limit 5
    """
    from goldfinch.bootstrap.datasets import open_dataset
    from goldfinch.core.datasets.plain import to_plain
    from goldfinch.core.datasets.selection import Selection
    from goldfinch.operations.dataset import pick_cases

    selection = Selection(frozenset(case or ()), frozenset(tag or ()), limit or None)
    picked = pick_cases(open_dataset(paths), selection)
    if output == "json":
        print_json({"cases": [{**to_plain(found), "hash": content_hash} for found, content_hash in picked]})
    elif case:
        for found, content_hash in picked:
            print_json({**to_plain(found), "hash": content_hash})
    else:
        for found, _ in picked:
            tags = f"  [{', '.join(found.tags)}]" if found.tags else ""
            _print(f"{found.id}{'  critical' if found.critical else ''}{tags}  {_excerpt(found.input)}")


@app.command()
def stats(paths: Paths, output: Output = "text") -> None:
    """Count cases, tags, weights and the parts of `expected` that scorers need.

    Example: goldfinch dataset stats golden/ --output json
    """
    from dataclasses import asdict

    from goldfinch.bootstrap.datasets import open_dataset
    from goldfinch.operations.dataset import count_dataset

    info, counts = count_dataset(open_dataset(paths))
    if output == "json":
        print_json({"name": info.name, "fingerprint": info.fingerprint, **asdict(counts)})
    else:
        _print(_summary(info))
        for line in _stats_lines(counts):
            _print(line)


@app.command()
def split(
    paths: Paths,
    *,
    part: Annotated[list[str], typer.Option("--part", help="name=share, two or more times.", show_default=False)],
    output_dir: Annotated[str, typer.Option("--output-dir", help="Folder for one file a part.", show_default=False)],
    seed: Annotated[int, typer.Option("--seed", help="Another seed gives another split.")] = 0,
    key: Annotated[Key, typer.Option("--key", help="What places a case: its id, or its content (equal cases stay together).")] = Key.ID,
    stratify_by: Annotated[
        list[str] | None, typer.Option("--stratify-by", help="Tag; keep the shares exact for cases with and without it. May be repeated.")
    ] = None,
    file_format: Annotated[FileFormat, typer.Option("--format", help="Format of the files.")] = FileFormat.JSONL,
    force: Force = False,
) -> None:
    """Divide into named parts, the same way every time; a case keeps its part when others are added (without --stratify-by).

    Example: goldfinch dataset split golden/ --part dev=80 --part test=20 --output-dir parts/
    """
    from pathlib import Path

    from goldfinch.bootstrap.datasets import create_case_file, open_dataset
    from goldfinch.operations.dataset import split_dataset

    plan = _plan(part, seed, key, tuple(stratify_by or ()))
    files = {named.name: Path(output_dir) / f"{named.name}.{file_format}" for named in plan.parts}
    counts = split_dataset(open_dataset(paths), plan, lambda name: create_case_file(files[name], replace=force))
    for name, count in counts.items():
        _print(f"{files[name]}: {_cases(count)}")


@app.command()
def convert(
    paths: Paths,
    to: Annotated[str, typer.Option("--to", help="File to write; its suffix says the format.", show_default=False)],
    force: Force = False,
) -> None:
    """Write the dataset as one file in another format; the fingerprint stays the same.

    Example: goldfinch dataset convert golden/ --to golden.csv
    """
    from goldfinch.bootstrap.datasets import create_case_file, open_dataset
    from goldfinch.operations.dataset import copy_dataset

    info = copy_dataset(open_dataset(paths), create_case_file(to, replace=force))
    _print(f"{to}: {_cases(info.cases)}, fingerprint {info.fingerprint}")


def _plan(parts: list[str], seed: int, key: Key, stratify_by: tuple[str, ...]) -> SplitPlan:
    from goldfinch.core.datasets import codes
    from goldfinch.core.datasets.split import Part, SplitPlan
    from goldfinch.core.datasets.validation import is_case_id
    from goldfinch.core.errors import UsageError

    try:
        pairs = [text.split("=", 1) for text in parts]
        if any(len(pair) == 1 for pair in pairs):
            raise ValueError("a part is name=share")
        named = tuple(Part(name, float(share)) for name, share in pairs)
        if not all(is_case_id(part.name) for part in named):
            raise ValueError("a part's name becomes a file name: letters, digits, dot, dash, underscore")
        return SplitPlan(named, seed, key.value, stratify_by)
    except ValueError as error:
        hint = "write --part dev=80 --part test=20"
        raise UsageError(f"cannot split as {' '.join(parts)}: {error}", hint=hint, code=codes.BAD_SPLIT) from error


def _stats_lines(counts: DatasetStats) -> list[str]:
    sizes = counts.input_characters
    mean = "unknown" if sizes.mean is None else f"{sizes.mean:.0f}"
    lines = [
        f"critical           {counts.critical}",
        f"weight             {counts.total_weight:g} in total, {_cases(counts.weighted)} not at 1",
        f"context            {counts.with_context}",
        f"budget             {counts.with_budget}",
        f"own trials         {counts.with_trials}",
        f"input characters   {sizes.least} to {sizes.most}, mean {mean}",
        "expected",
        *(f"  {name:<17}{count}" for name, count in counts.expected.items()),
        f"  {'nothing':<17}{counts.expecting_nothing}",
        f"tags ({len(counts.tags)})",
        *(f"  {name:<17}{count}" for name, count in list(counts.tags.items())[:20]),
        *([f"  and {len(counts.tags) - 20} more; --output json lists all"] if len(counts.tags) > 20 else []),
    ]
    return [*lines, f"  {'without':<17}{counts.untagged}"]


def _show_problems(error: DatasetError, output: OutputFormat) -> None:
    from goldfinch.core.escaping import for_terminal_line

    if output == "json":
        problems = [
            {"code": problem.code or error.code, "where": problem.where, "what": problem.what, "hint": problem.hint}
            for problem in error.problems
        ]
        print_json({"valid": False, "problems": problems})
        return
    for problem in error.problems:
        typer.echo(f"error {problem.code or error.code}: {for_terminal_line(str(problem))}", err=True)


def _summary(info: DatasetInfo) -> str:
    return f"{info.name}: {_cases(info.cases)}, fingerprint {info.fingerprint}"


def _cases(count: int) -> str:
    return "1 case" if count == 1 else f"{count} cases"


def _excerpt(value: Any) -> str:
    import json

    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ".join(text[:400].split())
    return line if len(line) <= 80 else f"{line[:77]}..."


def _print(line: str) -> None:
    from goldfinch.core.escaping import for_terminal_line

    typer.echo(for_terminal_line(line))
