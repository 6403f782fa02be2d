"""Line coverage: coverage.py's JSON, and Cobertura XML, which coverage.py and most other tools write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from goldfinch.adapters.evidence.reading import content_of, damaged, json_of, mapping, one_line, whole
from goldfinch.adapters.evidence.xml import read_xml
from goldfinch.core.gates.evidence import CoverageGroup, FileLines

_KIND = "coverage report (Cobertura XML or coverage.py JSON)"
MAX_LINE = 10_000_000


def read_coverage(path: Path, name: str = "", *, root: Path | None = None) -> CoverageGroup:
    """One group's coverage. `name` of the group: the file's own where empty; paths below `root` are told from there.

    Raises `EvidenceUnreadable`.
    """
    head = content_of(path, kind=_KIND)[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    files = _from_json(path) if head.startswith(b"{") else _Cobertura(path).read()
    at = "" if root is None else root.absolute().as_posix()
    return CoverageGroup(one_line(name or path.stem), {_below(file, at): lines for file, lines in files.items()})


def _from_json(path: Path) -> dict[str, FileLines]:
    document = mapping(json_of(path, kind=_KIND), path, _KIND)
    files = mapping(document.get("files"), path, _KIND, "files")
    return {file.replace("\\", "/"): _lines(mapping(found, path, _KIND, file), path) for file, found in files.items()}


def _lines(found: Mapping[str, Any], path: Path) -> FileLines:
    executed, missing = (_numbers(found.get(key), path, key) for key in ("executed_lines", "missing_lines"))
    return FileLines(executed, executed | missing)


def _numbers(value: Any, path: Path, key: str) -> frozenset[int]:
    if not isinstance(value, list):
        raise damaged(path, _KIND, f"`{key}` is no list")
    numbers = frozenset(number for number in map(whole, value) if number is not None)
    if len(numbers) != len(value):
        raise damaged(path, _KIND, f"`{key}` holds something that is no line number, or one twice")
    return numbers


def _below(file: str, root: str) -> str:
    return file[len(root) + 1 :] if root and file.startswith(f"{root}/") else file


class _Cobertura:
    """Line hits by file. The folder that `filename` starts from is a `<source>`, without which files of two groups look alike (C36)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sources: list[str] = []
        self._text: list[str] | None = None
        self._hits: dict[str, dict[int, bool]] = {}
        self._file: dict[int, bool] | None = None
        self._depth = 0

    def read(self) -> dict[str, FileLines]:
        read_xml(self.path, kind=_KIND, start=self._start, end=self._end, text=self._characters)
        sources = [PurePosixPath(source.replace("\\", "/")) for source in self._sources]
        return {self._placed(file, sources): _as_lines(hits) for file, hits in self._hits.items()}

    def _placed(self, file: str, sources: list[PurePosixPath]) -> str:
        """Below the source where the file is on this machine, else below the first."""
        written = file.replace("\\", "/")
        there = (source for source in sources if len(sources) > 1 and Path(source / written).is_file())
        source = next(there, sources[0] if sources else PurePosixPath())
        return (source / written).as_posix()

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and name != "coverage":
            raise damaged(self.path, _KIND, f"it begins with <{name[:40]}>")
        if name == "source":
            self._text = []
        elif name == "class":
            self._file = self._hits.setdefault(attributes.get("filename", ""), {})
        elif name == "line" and self._file is not None:
            self._add(self._file, attributes)

    def _add(self, hits: dict[int, bool], attributes: Mapping[str, str]) -> None:
        """A line stands below its class, and once more below its method."""
        number, count = (_digits(attributes.get(key, "")) for key in ("number", "hits"))
        if number is None or count is None or number > MAX_LINE:
            raise damaged(self.path, _KIND, "a <line> without its number and its hits")
        hits[number] = hits.get(number, False) or count > 0

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name == "source" and self._text is not None:
            self._sources.append("".join(self._text).strip())
            self._text = None
        elif name == "class":
            self._file = None

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)


def _digits(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _as_lines(hits: Mapping[int, bool]) -> FileLines:
    return FileLines(frozenset(number for number, ran in hits.items() if ran), frozenset(hits))
