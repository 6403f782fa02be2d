"""Evidence packs as folders: `packs/ROLLOUT/`, complete or not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex

from goldfinch.adapters.files.atomic import sync_folder


class PackFolders:
    """A `PackFolder`. A pack is written beside its place and then renamed, so that no half of one is ever found."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def has(self, rollout_id: str) -> bool:
        return (self._root / rollout_id).is_dir()

    def write(self, rollout_id: str, files: Mapping[str, str]) -> str:
        place = self._root / rollout_id
        if place.parent != self._root or rollout_id in ("", ".", ".."):
            raise ValueError(f"{rollout_id[:60]!r} is no name of a folder")
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = self._root / f".{rollout_id}.{token_hex(4)}.tmp"
        try:
            beside.mkdir(mode=0o700)
            for name, text in files.items():
                _write(beside / name, text)
            _take_the_place(beside, place)
            sync_folder(self._root)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return str(place)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _take_the_place(beside: Path, place: Path) -> None:
    """Another process that wrote the same pack first has written the same: its one stays."""
    try:
        beside.rename(place)
    except OSError:
        if not place.is_dir():
            raise
