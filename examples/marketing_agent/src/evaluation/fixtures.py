"""Contexts of tasks for tests and examples (R57): `load_fixture("campaign_optimization/real_scenario_001.json")`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from src.config import ROOT

FIXTURES = ROOT / "tests" / "fixtures"


class UnknownFixture(LookupError):
    """There is no such fixture, or its name leads out of the folder of fixtures."""


class BrokenFixture(ValueError):
    """The file of a fixture is no JSON object."""


def load_fixture(name: str, *, folder: Path = FIXTURES) -> dict[str, Any]:
    """Read the context of a task: an account in line, as docs/data.md describes it.

    `name` is a path below `folder`, with `/`. Each call gives a value of its own, so that a test may change it. Raises
    `UnknownFixture`, naming the known ones, and `BrokenFixture`, naming the file.
    """
    known = _known(folder)
    if name not in known:
        raise UnknownFixture(f"no fixture {name!r} in {folder}; known: {', '.join(known) or 'none'}")
    try:
        context = json.loads((folder / name).read_text(encoding="utf-8"))
    except ValueError as error:
        raise BrokenFixture(f"{folder / name}: not JSON in UTF-8: {error}") from error
    if not isinstance(context, dict):
        raise BrokenFixture(f"{folder / name}: a fixture is a JSON object, this is a {type(context).__name__}")
    return context


def _known(folder: Path) -> tuple[str, ...]:
    """Only names of this list are read, so that no name can lead elsewhere; links out of the folder are not in it."""
    root = folder.resolve()
    files = (path for path in folder.rglob("*.json") if path.is_file() and path.resolve().is_relative_to(root))
    return tuple(sorted(path.relative_to(folder).as_posix() for path in files if not path.name.startswith(".")))
