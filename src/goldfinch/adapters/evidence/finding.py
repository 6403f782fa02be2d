"""The reports in a folder, told by their names: what artifacts of a pipeline look like once they are downloaded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from goldfinch.core.errors import EvidenceUnreadable
from goldfinch.core.gates import codes

NAMES: Mapping[str, tuple[str, ...]] = {
    "ruff": ("ruff*.json",),
    "mypy": ("mypy*.txt", "mypy*.json", "mypy*.log"),
    "type_baseline": ("type-baseline.json",),
    "junit": ("junit*.xml", "test-results*.xml"),
    "coverage": ("coverage*.xml", "coverage*.json"),
    "bandit": ("bandit*.json",),
    "pip_audit": ("pip-audit*.json", "pip_audit*.json"),
    "secrets": ("secrets*.json", "gitleaks*.json", "detect-secrets*.json", ".secrets.baseline"),
    "sbom": ("sbom*.json", "bom.json", "*.cdx.json", "*.spdx.json"),
}
"""Kind of report → how its files may be called."""
MAX_FILES = 20_000
MAX_DEPTH = 6


def find_reports(folder: Path) -> dict[str, list[Path]]:
    """Kind → its files below `folder`, sorted; hidden folders and links are not entered.

    Raises `EvidenceUnreadable`: E2110 no such folder, E2112 more files than results have.
    """
    if not folder.is_dir():
        raise EvidenceUnreadable("is no folder", where=str(folder), hint="give the folder of the reports", code=codes.NO_SUCH_REPORT)
    found: dict[str, list[Path]] = {kind: [] for kind in NAMES}
    for path in _files(folder):
        kind = next((kind for kind, patterns in NAMES.items() if any(fnmatchcase(path.name, pattern) for pattern in patterns)), None)
        if kind is not None:
            found[kind].append(path)
    return {kind: sorted(paths) for kind, paths in found.items()}


def _files(folder: Path) -> Iterator[Path]:
    seen = 0
    for at, folders, files in os.walk(folder):
        depth = len(Path(at).relative_to(folder).parts)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and depth < MAX_DEPTH)
        seen += len(files)
        if seen > MAX_FILES:
            what = f"holds more than {MAX_FILES:,} files"
            raise EvidenceUnreadable(what, where=str(folder), hint="give the folder of the reports alone", code=codes.TOO_LONG)
        yield from (Path(at, name) for name in files)
