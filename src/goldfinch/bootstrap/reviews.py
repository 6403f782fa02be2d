"""A review from files: the run's folder, the gates' verdict, the regression report, and what the pipeline says of itself."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import msgspec

from goldfinch.adapters.files.comparison_file import read_comparison
from goldfinch.adapters.files.datasets import FileDataset
from goldfinch.adapters.files.run_directory import RunDirectory
from goldfinch.adapters.files.verdicts import read_check, report_of
from goldfinch.bootstrap.reports import dataset_of, open_run
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.core.checking.rendering import flag_lines
from goldfinch.core.checking.verdict import CheckVerdict
from goldfinch.core.comparison.outcome import Comparison
from goldfinch.core.errors import RunDirectoryError, UsageError
from goldfinch.core.gates.outcome import GateName
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.report import Report
from goldfinch.core.results.summary import Estimate
from goldfinch.core.review import CommentMode, Links, Review
from goldfinch.core.reviewing import codes
from goldfinch.core.reviewing.annotations import annotations_of
from goldfinch.core.reviewing.comment import comment_in_mode
from goldfinch.core.reviewing.marker import may_replace, read_mark
from goldfinch.core.reviewing.relevance import is_relevant
from goldfinch.core.reviewing.step_summary import render_step_summary
from goldfinch.operations.report import RunRecords, build_report
from goldfinch.operations.review import CaseSources, case_evidence, failed_cases, run_reference
from goldfinch.settings import CommentSettings

FORMATS = ("comment", "step-summary", "annotations")
_MOST_BYTES = 4_000_000
_REPLAYED = "A maintainer runs the evaluation for real with `goldfinch evaluate`, where the models' keys are."


@dataclass(frozen=True, slots=True)
class ReviewFiles:
    """What a review is made from, besides the run. `changed` lists the changed files, one a line."""

    gates: Path
    comparison: Path | None = None
    changed: Path | None = None


def read_review(run_dir: Path, files: ReviewFiles, settings: CommentSettings, environment: Mapping[str, str] | None = None) -> Review:
    """The review of a run, free of secrets. Raises `ConfigurationError`, `RunDirectoryError` or `UsageError` for files that are none."""
    environment = os.environ if environment is None else environment
    redact = redactor_for()
    verdict, reader = read_check(files.gates), open_run(run_dir)
    manifest = reader.manifest()
    _require_this_run(files.gates, "judges", verdict.run.run_id, manifest.run_id)
    dataset = dataset_of(manifest)
    report = build_report(reader, RunRecords(reader), dataset=dataset, redact=redact)
    compared = None if files.comparison is None else _comparison(files.comparison, manifest.run_id)
    sources = CaseSources(reader, _baseline(compared), dataset, dataset.places if isinstance(dataset, FileDataset) else None)
    review = Review(
        gates=report_of(verdict),
        comparison=compared,
        summary=report.summary,
        run=run_reference(manifest, str(run_dir)),
        links=links_of(environment),
        pipeline_run=_number(environment.get("GITHUB_RUN_ID")),
        attempt=int(_number(environment.get("GITHUB_RUN_ATTEMPT")) or 1),
        base_ref=environment.get("GITHUB_BASE_REF", ""),
        trials=manifest.trials,
        judge=manifest.judge or "",
        notes=_notes(verdict),
        false_alarms=_false_alarms(verdict),
        how_to_run=_REPLAYED,
        quarantined=verdict.quarantined,
        is_relevant=files.changed is None or is_relevant(_text(files.changed).splitlines(), settings.relevant_paths),
    )
    shown = case_evidence(_shown_cases(review, report), sources, redact)
    return without_secrets(replace(review, cases=shown), redact)


def without_secrets(review: Review, redact: Redactor) -> Review:
    """The same with every text redacted: gates and comparison come from files that somebody else wrote."""
    return msgspec.convert(redact.value(msgspec.to_builtins(review)), Review)


def render(name: str, review: Review, settings: CommentSettings, existing: Path | None = None) -> tuple[str, str]:
    """The text in one of `FORMATS`, and a remark for the person who asked; a comment that must not be posted is empty."""
    if name == "annotations":
        return "".join(f"{one.as_workflow_command()}\n" for one in annotations_of(review)), ""
    if name == "step-summary":
        return render_step_summary(review, heading=settings.heading), ""
    mode = CommentMode(settings.mode)
    text = comment_in_mode(review, mode, heading=settings.heading)
    if not text:
        return "", f"nothing to post: {_why_nothing(review, mode)}"
    if existing is not None and mode is not CommentMode.NEW and not may_replace(_text(existing), review):
        old = read_mark(_text(existing))
        return "", f"nothing to post: {'the comment there is of a newer run' if old else 'the comment there is not ours'}"
    return text, ""


def write(path: Path, text: str) -> None:
    """Write a file as a whole or not at all, folders on the way included. Raises `InfrastructureError` (E2607)."""
    from goldfinch.bootstrap.run_history import write_file  # brings numpy along, which `goldfinch check` needs not

    write_file(path, lambda out: _write_all(out, text))


def _write_all(out: TextIO, text: str) -> None:
    out.write(text)


def _notes(verdict: CheckVerdict) -> tuple[str, ...]:
    """What the check flagged, and whose rules then judged; nothing of a check without flags: a quiet comment stays quiet."""
    flags = tuple(f"{name}: {line}" for name, lines in flag_lines(verdict.basis) for line in lines)
    return (*flags, *([verdict.basis.said] if flags else []), *verdict.basis.notes, *verdict.notes)


def _false_alarms(verdict: CheckVerdict) -> Estimate | None:
    """The AI gate's own record, where it has blocked anything yet."""
    record = next((gate.false_alarms for gate in verdict.outcomes if gate.gate is GateName.AI_QUALITY), None)
    return Estimate(record.rate, record.blocks, record.low, record.high) if record is not None and record.blocks else None


def _comparison(path: Path, run_id: str) -> Comparison:
    compared = read_comparison(path)
    _require_this_run(path, "compares", compared.current.run_id, run_id)
    return compared


def _require_this_run(path: Path, does: str, named: str, run_id: str) -> None:
    if named != run_id:
        raise UsageError(
            f"{does} run {named or 'none'}, and the run that is reported is {run_id}",
            where=str(path),
            hint="give the file that was made of this run",
            code=codes.OTHER_RUN,
        )


def _baseline(compared: Comparison | None) -> RunDirectory | None:
    """The baseline's folder, where it is still there and still that run: its answers are shown as what was."""
    if compared is None or compared.baseline is None or not compared.baseline.path:
        return None
    folder = RunDirectory(Path(compared.baseline.path))
    try:
        return folder if folder.manifest().run_id == compared.baseline.run_id else None
    except (RunDirectoryError, ValueError):
        return None


def _shown_cases(review: Review, report: Report) -> tuple[str, ...]:
    """What got worse; without a baseline what failed."""
    if review.base is None:
        return failed_cases(report)
    return tuple(case.case_id for case in (*review.regressed_cases, *review.worse_cases))


def links_of(environment: Mapping[str, str]) -> Links:
    """The page of this workflow run: its artifacts hold the whole report."""
    server = environment.get("GITHUB_SERVER_URL", "https://github.com")
    repository, run = environment.get("GITHUB_REPOSITORY", ""), _number(environment.get("GITHUB_RUN_ID"))
    return Links(server=server, report=f"{server}/{repository}/actions/runs/{run}" if repository and run else "")


def _number(text: str | None) -> str:
    return text if text and re.fullmatch(r"[0-9]{1,18}", text) else ""


def _text(path: Path) -> str:
    """Of a small file; `-` is stdin."""
    try:
        if str(path) == "-":
            import sys

            return sys.stdin.read(_MOST_BYTES)
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_MOST_BYTES)
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot be read ({what})", where=str(path), hint="correct the path", code=codes.UNREADABLE_INPUT) from error


def _why_nothing(review: Review, mode: CommentMode) -> str:
    if mode is CommentMode.OFF:
        return "comments are off"
    return "nothing failed" if review.is_relevant else "the change touches nothing that the answers depend on"
