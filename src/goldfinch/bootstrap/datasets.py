"""Golden datasets from paths."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from goldfinch.adapters.files.dataset_writing import open_case_sink
from goldfinch.adapters.files.datasets import FileDataset
from goldfinch.ports.dataset import CaseSink, Dataset


def open_dataset(paths: Sequence[str | Path]) -> Dataset:
    """The dataset that these files and folders make up. Nothing is read before it is asked for."""
    return FileDataset(paths)


def create_case_file(path: str | Path, *, replace: bool = False) -> CaseSink:
    """A file to write cases to, in the format that its suffix names. Raises `UsageError`."""
    return open_case_sink(Path(path), replace=replace)
