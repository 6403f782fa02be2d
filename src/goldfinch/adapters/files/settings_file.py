"""`goldfinch.yaml`, or `[tool.goldfinch]` of a `pyproject.toml`, as one mapping."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from goldfinch.adapters.files.formats.source import SourceFile, Unreadable
from goldfinch.adapters.files.formats.yaml import read_yaml_document
from goldfinch.core.errors import ConfigurationError

YAML_NAME, TOML_NAME = "goldfinch.yaml", "pyproject.toml"


def find_settings_file(folder: Path) -> Path | None:
    """`goldfinch.yaml` in `folder`, else its `pyproject.toml` where that has a `[tool.goldfinch]`."""
    if (folder / YAML_NAME).is_file():
        return folder / YAML_NAME
    project = folder / TOML_NAME
    return project if project.is_file() and "goldfinch" in _tools(project) else None


def read_settings_file(path: Path) -> dict[str, Any]:
    """The settings as written. Raises `ConfigurationError` with the line where the file cannot be read."""
    if path.suffix == ".toml":
        tools = _tools(path)
        if "goldfinch" not in tools:
            raise ConfigurationError("has no table [tool.goldfinch]", where=str(path), hint="put the settings there", code="E1101")
        found = tools["goldfinch"]
    else:
        found = _yaml(path)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ConfigurationError(f"is a {type(found).__name__}, not a mapping of settings", where=str(path), code="E1101")
    return found


def _yaml(path: Path) -> Any:
    try:
        return read_yaml_document(SourceFile(path.resolve(), str(path)))
    except Unreadable as error:
        problem = error.at(str(path))
        raise ConfigurationError(problem.what, where=problem.where, hint=problem.hint, code="E1101") from error


def _tools(path: Path) -> dict[str, Any]:
    try:
        tools = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"cannot be read: {error}", where=str(path), code="E1101") from error
    return tools if isinstance(tools, dict) else {}
