"""The formats of `goldfinch report` that show a change instead of a run: comment, step summary, annotations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import typer

if TYPE_CHECKING:
    from goldfinch.settings import CommentSettings

REVIEW_FORMATS = {"comment": "comment.md", "step-summary": "step-summary.md", "annotations": "annotations.txt"}
"""Format -> the name of its file in an output directory."""


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """What was given for a review; None is "not given"."""

    gates: Path | None
    comparison: Path | None
    existing: Path | None
    changed: Path | None
    heading: str | None
    comment: Literal["sticky", "new", "on-failure", "off"] | None
    config: Path | None

    def refuse_for(self, format_name: str) -> None:
        """Raise `UsageError` (E2605) where something was given that the format passes over in silence."""
        from goldfinch.core.errors import UsageError
        from goldfinch.core.reviewing import codes

        for name in self.__slots__:
            if getattr(self, name) is not None:
                raise UsageError(
                    f"--{name} says nothing to --format {format_name}",
                    hint=f"leave it out, or ask for --format {', '.join(REVIEW_FORMATS)}",
                    code=codes.NOT_FOR_FORMAT,
                )


def review(run_dir: Path, format_name: str, to: Path | None, output_dir: Path | None, options: ReviewOptions) -> NoReturn:
    """Write the review in one format to stdout or a file, and end."""
    from goldfinch.bootstrap.reviews import ReviewFiles, read_review, render, write
    from goldfinch.core.errors import ExitCode, UsageError
    from goldfinch.core.escaping import for_terminal_line
    from goldfinch.core.results import codes as report_codes
    from goldfinch.core.results.manifest import RunStatus
    from goldfinch.core.reviewing import codes

    if to is not None and output_dir is not None:
        raise UsageError("--to and --output-dir were both given", hint="give one of them", code=report_codes.CONFLICTING_TARGETS)
    if options.gates is None:
        raise UsageError(
            f"--format {format_name} shows the six gates",
            hint="give --gates with the file of `goldfinch check`",
            code=codes.MISSING_VERDICT,
        )
    settings = _settings(options)
    found = read_review(run_dir, ReviewFiles(options.gates, options.comparison, options.changed), settings)
    text, remark = render(format_name, found, settings, options.existing)
    target = output_dir / REVIEW_FORMATS[format_name] if output_dir is not None else to
    if target is None or str(target) == "-":
        _print(text)
    else:
        write(target, text)
        typer.echo(f"wrote {for_terminal_line(str(target))}", err=True)
    if remark:
        typer.echo(remark, err=True)
    summary = found.summary
    whole = summary is not None and summary.status in (RunStatus.COMPLETE, RunStatus.REPLAYED, RunStatus.BOOTSTRAP)
    raise typer.Exit(ExitCode.PASSED if whole else ExitCode.INCONCLUSIVE)


def _settings(options: ReviewOptions) -> CommentSettings:
    """The settings' section `comment`; what was given goes before."""
    from goldfinch.bootstrap.settings import load_settings

    given = {name: value for name, value in (("heading", options.heading), ("mode", options.comment)) if value is not None}
    return load_settings(options.config).settings.comment.model_copy(update=given)


def _print(text: str) -> None:
    """UTF-8 on every terminal: the text is for GitHub, not for the terminal's encoding."""
    import sys
    from io import TextIOWrapper

    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(text)
