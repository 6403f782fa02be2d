"""The overrides that hold: of the settings that a change is judged by, and of a file that is named."""

from __future__ import annotations

from pathlib import Path

from goldfinch.adapters.files.formats.source import SourceFile, Unreadable
from goldfinch.adapters.files.formats.yaml import read_yaml_document
from goldfinch.bootstrap.base_rules import Rules
from goldfinch.core.checking.codes import BAD_OVERRIDE
from goldfinch.core.checking.overrides import Overrides, holding, read_overrides
from goldfinch.core.errors import ConfigurationError


def overrides_for(rules: Rules, file: Path | None, today: str) -> Overrides:
    """Overrides of `gates.overrides` and of `file`, in both cases as the base branch has them where it has them.

    A change cannot override its own gates: its file counts only where version control does not know it, as one that a workflow wrote from
    somebody's approval. Raises `ConfigurationError` (E2203).
    """
    written = [one.model_dump(mode="json") for one in rules.loaded.settings.gates.overrides]
    settings = read_overrides(written, f"{rules.loaded.file or 'goldfinch.yaml'}: gates.overrides")
    if file is None:
        return holding(settings, today)
    counted = _counted(rules, file)
    found = holding((*settings, *(read_overrides(_entries(counted), str(file)) if counted is not None else ())), today)
    if counted is None:
        refused = f"{file} is new in this change: its overrides do not hold before it is on {rules.basis.ref}"
        return Overrides(found.holding, (*found.refused, refused))
    return found


def _counted(rules: Rules, file: Path) -> Path | None:
    if rules.base is None or not rules.base.is_tracked(file):
        return file
    return rules.base.copy_of(file)


def _entries(file: Path) -> list[object]:
    try:
        document = read_yaml_document(SourceFile(file, str(file)))
    except Unreadable as error:
        problem = error.at(str(file))
        raise ConfigurationError(problem.what, where=problem.where, hint=problem.hint, code=BAD_OVERRIDE) from error
    entries = document.get("overrides") if isinstance(document, dict) else document
    if not isinstance(entries, list):
        hint = "write a list of overrides, each with gate, by, reason, expires"
        raise ConfigurationError("holds no list of overrides", where=str(file), hint=hint, code=BAD_OVERRIDE)
    return entries
