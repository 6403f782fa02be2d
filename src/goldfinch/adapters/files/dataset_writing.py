"""Cases to JSON Lines, YAML and CSV. A file appears under its name whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import yaml

from goldfinch.adapters.files.formats.csv import COLUMNS
from goldfinch.adapters.files.formats.yaml import NUMBER
from goldfinch.core.datasets import codes
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.limits import MAX_CASE_BYTES, MAX_YAML_BYTES
from goldfinch.core.datasets.plain import to_plain
from goldfinch.core.datasets.validation import BUDGET_KEYS, SAFETY_KEYS
from goldfinch.core.errors import UsageError

_SPREADSHEET_TRIGGERS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet run a cell. Source: OWASP, "CSV Injection"."""
_UNSAFE_IN_CSV = frozenset("\r\0")
"""Characters that CSV readers and writers treat differently."""
_LISTS = ("tags", "expected.must_include", "expected.must_not_include", *(f"safety.{key}" for key in SAFETY_KEYS))
_JSON = ("expected.numbers", "expected.json", "expected.tools", "metadata")
_SCALARS = ("weight", "critical", "trials", *(f"budget.{key}" for key in BUDGET_KEYS))


def open_case_sink(path: Path, *, replace: bool = False) -> CaseFile:
    """The sink that the suffix of `path` names. Raises `UsageError` for an unknown suffix and, without `replace`, an existing file."""
    formats: dict[str, type[CaseFile]] = {".jsonl": JsonlFile, ".yaml": YamlFile, ".yml": YamlFile, ".csv": CsvFile}
    sink = formats.get(path.suffix.lower())
    if sink is None:
        raise UsageError("is of no known format", where=str(path), hint="end it with .jsonl, .yaml or .csv", code=codes.BAD_TARGET)
    if not replace and (path.exists() or path.is_symlink()):
        raise UsageError("exists", where=str(path), hint="give --force to replace it", code=codes.TARGET_EXISTS)
    return sink(path)


class CaseFile(ABC):
    """A temporary file beside the target, moved onto its name when the block is left without an error."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._temporary = Path()

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        except OSError as error:
            raise self._refused(f"cannot be written ({error.strerror})", "check the folder") from error
        self._temporary = Path(name)
        self._file: IO[str] = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        try:
            if error is None:
                self._commit()
        except OSError as failure:
            raise self._refused(f"cannot be written ({failure.strerror})", "check the disk") from failure
        finally:
            self._file.close()
            self._temporary.unlink(missing_ok=True)

    def _commit(self) -> None:
        self._finish()
        self._file.flush()
        os.fsync(self._file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        self._temporary.chmod(0o666 & ~umask)
        self._temporary.replace(self.path)

    def _refused(self, what: str, hint: str) -> UsageError:
        return UsageError(what, where=str(self.path), hint=hint, code=codes.BAD_TARGET)

    @abstractmethod
    def write(self, case: Case) -> None:
        """Append one case."""

    def _finish(self) -> None:  # noqa: B027 - most formats end with their last case
        """Write what comes after the last case."""


class JsonlFile(CaseFile):
    def write(self, case: Case) -> None:
        line = json.dumps(to_plain(case), ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"
        if len(line.encode()) > MAX_CASE_BYTES:
            raise self._refused(f"case {case.id} is longer than {MAX_CASE_BYTES} bytes", "shorten it")
        self._file.write(line)


class YamlFile(CaseFile):
    """A list of cases, as long as a YAML file may be."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._bytes = 0

    def write(self, case: Case) -> None:
        text = yaml_text([to_plain(case)])
        self._bytes += len(text.encode())
        if self._bytes > MAX_YAML_BYTES:
            raise self._refused(f"would be larger than a YAML file may be ({MAX_YAML_BYTES} bytes)", "write .jsonl instead")
        self._file.write(text)


class CsvFile(CaseFile):
    """Only columns that some case uses; rows wait in a second temporary file until they are known."""

    def __enter__(self) -> Self:
        super().__enter__()
        self._titles: dict[str, None] = {}
        self._rows = tempfile.TemporaryFile("w+", encoding="utf-8")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        with self._rows:
            super().__exit__(kind, error, traceback)

    def write(self, case: Case) -> None:
        cells = dict(csv_cells(case))
        self._titles.update(dict.fromkeys(cells))
        self._rows.write(json.dumps(cells) + "\n")

    def _finish(self) -> None:
        order = [title for name in COLUMNS for title in (name, f"{name}:json") if title in self._titles]
        writer = csv.DictWriter(self._file, order, lineterminator="\n")
        writer.writeheader()
        self._rows.seek(0)
        writer.writerows(json.loads(line) for line in self._rows)


def yaml_text(value: Any) -> str:
    """`value` as YAML that this package, and any other reader, reads as the same value."""
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=False, width=MAX_CASE_BYTES)
    return text


def csv_cells(case: Case) -> Iterator[tuple[str, str]]:
    """Column and cell of everything that the case has."""
    for name, value in _flat(to_plain(case)):
        yield _cell(name, value)


def _cell(name: str, value: Any) -> tuple[str, str]:
    """Text that a spreadsheet would run, empty text, and whatever else a plain column cannot say go into a `:json` column."""
    if name in _LISTS:
        return name, "|".join(value) if all(map(_is_simple_item, value)) else _json(value)
    if name in _JSON or (name in _SCALARS and not isinstance(value, str)):
        return name, _json(value)
    if isinstance(value, str) and value and not value.startswith(_SPREADSHEET_TRIGGERS) and not _UNSAFE_IN_CSV.intersection(value):
        return name, value
    return f"{name}:json", _json(value)


def _flat(plain: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in plain.items():
        if key in ("expected", "budget", "safety"):
            yield from ((f"{key}.{part}", item) for part, item in value.items())
        else:
            yield key, value


def _is_simple_item(item: str) -> bool:
    return bool(item) and item.strip() == item and item[0].isalnum() and item.isprintable() and "|" not in item


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes no aliases, and quotes every text that YAML 1.1, YAML 1.2 or this package would read as something else."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", NUMBER, list("-0123456789"))
