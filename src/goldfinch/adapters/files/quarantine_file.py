"""The quarantine file: YAML that people review, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from goldfinch.adapters.files.atomic import write_atomically
from goldfinch.adapters.files.dataset_writing import yaml_text
from goldfinch.adapters.files.formats.source import SourceFile, Unreadable
from goldfinch.adapters.files.formats.yaml import read_yaml_document
from goldfinch.core.datasets.codes import MISSING_PATH
from goldfinch.core.errors import ConfigurationError, InfrastructureError
from goldfinch.core.quarantine.codes import BROKEN, CANNOT_WRITE
from goldfinch.core.quarantine.document import document_of, quarantine_of
from goldfinch.core.quarantine.entries import Quarantine

_ABOUT = """\
# Flaky cases. They stay in every mean and table, but a flip of one of them alone fails no change; safety is never excused.
# Written by `goldfinch quarantine update`. On a pull request the base branch's file counts. Review it like code.
"""
_MOST_VALUES = 500_000


def read_quarantine(path: Path, label: str = "") -> Quarantine:
    """The quarantine in a file; an empty one where there is no file. Raises `ConfigurationError` (E2470).

    `label` is the file's name in messages, where it is a copy.
    """
    where = label or str(path)
    try:
        return quarantine_of(read_yaml_document(SourceFile(path, where), most_values=_MOST_VALUES), where)
    except Unreadable as error:
        if error.code == MISSING_PATH:
            return Quarantine(where=where)
        problem = error.at(where)
        raise ConfigurationError(problem.what, where=problem.where, hint=problem.hint, code=BROKEN) from error


def write_quarantine(path: Path, quarantine: Quarantine) -> None:
    """Write or replace the file, folders on the way included. Raises `InfrastructureError` (E2471)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (_ABOUT + yaml_text(document_of(quarantine))).encode())
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or error
        raise InfrastructureError(f"cannot write: {what}", where=str(path), code=CANNOT_WRITE) from error
