"""Where a verdict goes: files that a person named, and those that GitHub Actions names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldfinch.adapters.files.atomic import atomic_text_file
from goldfinch.adapters.files.schemas import schema_of
from goldfinch.adapters.verdicts.github import append_outputs, append_summary
from goldfinch.adapters.verdicts.json import verdict_json
from goldfinch.adapters.verdicts.junit import verdict_junit
from goldfinch.adapters.verdicts.sarif import verdict_sarif
from goldfinch.core.checking.codes import CANNOT_WRITE
from goldfinch.core.checking.rendering import check_markdown, check_text
from goldfinch.core.checking.verdict import SCHEMA_VERSION, CheckVerdict
from goldfinch.core.errors import InfrastructureError
from goldfinch.core.review import Review
from goldfinch.core.reviewing.annotations import annotations_of
from goldfinch.core.reviewing.step_summary import render_step_summary
from goldfinch.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class VerdictFiles:
    """Files to write, each where it is named."""

    json: Path | None = None
    junit: Path | None = None
    sarif: Path | None = None


def rendered(verdict: CheckVerdict, form: str) -> str:
    """The verdict as `text`, `json` or `markdown`."""
    render = {"text": check_text, "json": verdict_json, "markdown": check_markdown}[form]
    return render(verdict)


def write_verdict(verdict: CheckVerdict, files: VerdictFiles, review: Review, environment: Mapping[str, str] | None = None) -> None:
    """Write what was asked for, and the step's summary and outputs under GitHub Actions. Raises `InfrastructureError` (E2206)."""
    wanted = ((files.json, verdict_json), (files.junit, verdict_junit), (files.sarif, verdict_sarif))
    for path, render in wanted:
        if path is not None:
            _write(path, render(verdict))
    environment = os.environ if environment is None else environment
    if summary := environment.get("GITHUB_STEP_SUMMARY"):
        append_summary(Path(summary), render_step_summary(review))
    if outputs := environment.get("GITHUB_OUTPUT"):
        append_outputs(Path(outputs), step_outputs(verdict))


def annotation_lines(review: Review, environment: Mapping[str, str] | None = None) -> str:
    """Workflow commands that mark the places to look at; empty outside of GitHub Actions."""
    environment = os.environ if environment is None else environment
    if environment.get("GITHUB_ACTIONS") != "true":
        return ""
    return "".join(f"{one.as_workflow_command()}\n" for one in annotations_of(review))


def step_outputs(verdict: CheckVerdict) -> dict[str, str]:
    """The step's outputs: words of ours, ids and numbers; nothing that a model or a dataset said."""

    def gates(wanted: Verdict) -> str:
        return ",".join(gate.gate.value for gate in verdict.outcomes if gate.blocks and gate.verdict is wanted)

    return {
        "verdict": verdict.verdict.value,
        "exit-code": str(verdict.exit_code),
        "failed-gates": gates(Verdict.FAIL),
        "inconclusive-gates": gates(Verdict.INCONCLUSIVE),
        "overridden-gates": ",".join(gate.gate.value for gate in verdict.outcomes if gate.override is not None),
        "flags": ",".join(verdict.flags),
        "replayed": str(verdict.is_replayed).lower(),
    }


def check_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the verdict. It is open: later versions may add keys."""
    words = "The verdict of `goldfinch check --output FILE`: the six gates, and whose rules they were judged by."
    return schema_of(CheckVerdict, words, version=SCHEMA_VERSION)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_text_file(path) as out:
            out.write(text)
    except OSError as error:
        raise InfrastructureError(f"cannot write: {error.strerror or error}", where=str(path), code=CANNOT_WRITE) from error
