"""Importing, wired: readers of files, the scorers that can be built, and where the cases are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from goldfinch.adapters.files.dataset_writing import yaml_text
from goldfinch.adapters.files.importing.answers import require_writable, write_answers
from goldfinch.adapters.files.importing.reading import read_document
from goldfinch.bootstrap.datasets import create_case_file, open_dataset
from goldfinch.bootstrap.scorers import build_metrics
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.core.errors import ConfigurationError
from goldfinch.core.importing.finishing import Imported
from goldfinch.core.importing.ids import slug
from goldfinch.core.importing.options import InputForm, Options
from goldfinch.operations.import_dataset import ImportRequest, read_cases, require_free_ids, write_cases

_CASE_SUFFIXES = (".jsonl", ".yaml", ".yml", ".csv")


def import_files(paths: Sequence[str], *, tool: str | None, input_form: InputForm, answers: bool, model: str | None) -> Imported:
    """The cases in files of another tool. Nothing is written. Raises `UsageError` and `DatasetError`."""
    options = Options(why_unusable, input_form, answers, model)
    return read_cases(ImportRequest(tuple(paths), options, tool), read_document)


def why_unusable(scorer: Mapping[str, Any]) -> str | None:
    """What is wrong with a scorer's configuration; None where it can be built."""
    try:
        build_metrics([dict(scorer)], allow_code=False)
    except ConfigurationError as error:
        return error.problem.what
    return None


def target_of(to: str, first: str) -> Path:
    """The file to write: `to` itself where its suffix is that of a dataset, else a file in that folder named after the first source."""
    path = Path(to)
    if path.suffix.lower() in _CASE_SUFFIXES and not path.is_dir():
        return path
    return path / f"{slug(Path(first).stem) or 'imported'}.jsonl"


def require_target(imported: Imported, target: Path, answers: Path | None, *, in_folder: bool, replace: bool) -> None:
    """Raise `UsageError` where something that would be lost stands at the target, or the folder has cases with the same ids."""
    create_case_file(target, replace=replace)
    if answers is not None:
        require_writable(answers, replace=replace)
    others = [str(file) for file in sorted(target.parent.rglob("*")) if _is_other_case_file(file, target)] if in_folder else []
    if others:
        require_free_ids(imported, open_dataset(others), str(target.parent))


def _is_other_case_file(file: Path, target: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(target.parent).parts)
    return file.suffix.lower() in _CASE_SUFFIXES and file.name != "dataset.yaml" and file != target and not hidden and file.is_file()


def write_import(imported: Imported, target: Path, answers: Path | None, *, replace: bool) -> None:
    """Write the cases, then the answers, which pass the redactor as the answers of a run do."""
    write_cases(imported, create_case_file(target, replace=replace))
    if answers is not None:
        write_answers(answers, map(redactor_for().value, imported.answers))


def scorers_section(imported: Imported) -> str:
    """The `scorers:` of goldfinch.yaml that the cases need; empty where the default scorers will do."""
    return yaml_text({"scorers": list(imported.scorers)}) if imported.scorers else ""
