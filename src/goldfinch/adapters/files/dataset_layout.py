"""Which files make up a dataset: the paths given, folders looked through, `dataset.yaml` read, nothing outside reached (T12)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from goldfinch.adapters.files.formats.csv import read_csv
from goldfinch.adapters.files.formats.jsonl import read_jsonl
from goldfinch.adapters.files.formats.source import Reader, Report, SourceFile, Unreadable, symbolic_link
from goldfinch.adapters.files.formats.yaml import read_yaml, read_yaml_document
from goldfinch.core.datasets import codes
from goldfinch.core.datasets.validation import problems_of_defaults, unknown_key
from goldfinch.core.errors import Problem

READERS: dict[str, Reader] = {".jsonl": read_jsonl, ".yaml": read_yaml, ".yml": read_yaml, ".csv": read_csv}
MANIFEST = "dataset.yaml"
SCHEMA_VERSION = 1
_MANIFEST_KEYS = ("schema_version", "name", "description", "defaults", "files")


@dataclass(frozen=True, slots=True)
class Layout:
    """The files in reading order, each once, and the name of the whole."""

    name: str
    description: str
    files: tuple[SourceFile, ...]


@dataclass(frozen=True, slots=True)
class _Manifest:
    name: str = ""
    description: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] | None = None


def lay_out(paths: Sequence[str], report: Report) -> Layout:
    """Find every file of the dataset. What is missing, links elsewhere or has no known format is reported and left out."""
    names: list[str] = []
    descriptions: list[str] = []
    files: dict[Path, SourceFile] = {}
    for path in paths:
        try:
            part = _lay_out_path(Path(path), report)
        except Unreadable as error:
            report(error.at(path))
            continue
        names.append(part.name)
        descriptions.append(part.description)
        for file in part.files:
            files.setdefault(file.path.resolve(), file)
    return Layout("+".join(names), "\n".join(filter(None, descriptions)), tuple(files.values()))


def _lay_out_path(path: Path, report: Report) -> Layout:
    if path.is_symlink():
        raise symbolic_link()
    if path.is_dir():
        return _lay_out_folder(path, report)
    if not path.exists():
        raise Unreadable(codes.MISSING_PATH, "does not exist", "correct the path")
    if path.suffix.lower() not in READERS:
        raise Unreadable(codes.UNREADABLE, "is of no known format", f"use one of {', '.join(READERS)}")
    return Layout(path.stem, "", (SourceFile(path, str(path)),))


def _lay_out_folder(folder: Path, report: Report) -> Layout:
    manifest = _read_manifest(folder, report)
    found = sorted(_walk(folder, "", report))
    chosen = found if manifest.files is None else list(_chosen(manifest.files, found, folder, report))
    files = tuple(SourceFile(folder / name, str(folder / name), manifest.defaults) for name in chosen)
    if not files:
        report(Problem("holds no case file", str(folder), f"add one of {', '.join(READERS)}", codes.EMPTY))
    return Layout(manifest.name or folder.resolve().name, manifest.description, files)


def _walk(folder: Path, prefix: str, report: Report) -> Iterator[str]:
    """Paths of the case files below `folder`, with `/`. Hidden entries are passed over; links and a second dataset.yaml are reported."""
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        name = prefix + entry.name
        is_case_file = PurePosixPath(entry.name).suffix.lower() in READERS
        if entry.name.startswith(".") or name == MANIFEST:
            continue
        if entry.is_symlink():
            if is_case_file or entry.is_dir():
                report(symbolic_link().at(str(folder / entry.name)))
        elif entry.is_dir():
            yield from _walk(folder / entry.name, name + "/", report)
        elif entry.name == MANIFEST:
            what = "stands in a subfolder, where it has no meaning"
            report(Problem(what, str(folder / entry.name), "give the subfolder as a path of its own", codes.BAD_MANIFEST))
        elif is_case_file:
            yield name


def _chosen(patterns: Sequence[str], found: Sequence[str], folder: Path, report: Report) -> Iterator[str]:
    """The files that the patterns name, in the order of the patterns, each once."""
    seen: set[str] = set()
    for pattern in patterns:
        where = f"{folder / MANIFEST}: files"
        if leaves_folder(pattern):
            report(Problem(f"{pattern!r} leads out of the folder", where, "name files inside the folder, without ..", codes.OUTSIDE))
            continue
        matcher = _glob(pattern)
        matching = [name for name in found if matcher.fullmatch(name)]
        if not matching:
            report(Problem(f"{pattern!r} matches no case file", where, "correct the name or remove it", codes.MISSING_PATH))
        yield from (name for name in matching if name not in seen)
        seen.update(matching)


def leaves_folder(pattern: str) -> bool:
    """Whether a path or pattern leads anywhere but into the folder that it is relative to."""
    windows = PureWindowsPath(pattern)
    return bool(windows.drive or windows.root or pattern.startswith("~")) or ".." in windows.parts


def _glob(pattern: str) -> re.Pattern[str]:
    """`*` and `?` stay within a folder, `**/` stands for any folders."""
    pieces = re.split(r"(\*\*/|\*|\?)", re.sub(r"\*{3,}", "**", pattern).removeprefix("./"))
    meaning = {"**/": "(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(piece, re.escape(piece)) for piece in pieces))


def _read_manifest(folder: Path, report: Report) -> _Manifest:
    path = folder / MANIFEST
    if not path.exists() and not path.is_symlink():
        return _Manifest()
    try:
        raw = read_yaml_document(SourceFile(path, str(path)))
    except Unreadable as error:
        report(error.at(str(path)))
        return _Manifest()
    problems = tuple(_manifest_problems(raw, str(path)))
    for problem in problems:
        report(problem)
    return _Manifest() if problems else _manifest(raw or {})


def _manifest(raw: Mapping[str, Any]) -> _Manifest:
    files = raw.get("files")
    return _Manifest(
        raw.get("name") or "", raw.get("description") or "", raw.get("defaults") or {}, None if files is None else tuple(files)
    )


def _manifest_problems(raw: Any, where: str) -> Iterator[Problem]:
    if raw is None:
        return
    if not isinstance(raw, dict):
        yield Problem("must be an object", where, f"allowed keys: {', '.join(_MANIFEST_KEYS)}", codes.BAD_MANIFEST)
        return
    for key in raw:
        if key not in _MANIFEST_KEYS:
            what, hint = unknown_key(key, dict.fromkeys(_MANIFEST_KEYS), f"allowed keys: {', '.join(_MANIFEST_KEYS)}")
            yield Problem(f"`{key}` {what}", where, hint, codes.UNKNOWN_KEY)
    if raw.get("schema_version", SCHEMA_VERSION) != SCHEMA_VERSION:
        yield Problem(
            f"`schema_version` must be {SCHEMA_VERSION}", where, "use a newer Goldfinch or convert the dataset", codes.BAD_MANIFEST
        )
    for key in ("name", "description"):
        if not isinstance(raw.get(key, ""), str | None):
            yield Problem(f"`{key}` must be text", where, "put it in quotes", codes.WRONG_TYPE)
    files = raw.get("files")
    if files is not None and not (isinstance(files, list) and files and all(isinstance(name, str) for name in files)):
        yield Problem("`files` must be a list of file names or patterns", where, "write - cases/*.jsonl", codes.WRONG_TYPE)
    if raw.get("defaults") is not None:
        yield from problems_of_defaults(raw["defaults"], where=where)
