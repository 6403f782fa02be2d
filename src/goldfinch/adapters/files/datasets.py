"""A golden dataset on disk, behind `ports.dataset.Dataset`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from pathlib import Path

import msgspec

from goldfinch.adapters.files.dataset_layout import READERS, Layout, lay_out
from goldfinch.adapters.files.decoding import careful_case, quick_case, with_defaults
from goldfinch.adapters.files.formats.jsonl import read_checked_jsonl, read_jsonl
from goldfinch.adapters.files.formats.source import Report, SourceFile, Unreadable
from goldfinch.core.datasets import codes
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.fingerprint import Fingerprint, case_hash
from goldfinch.core.datasets.limits import MAX_COUNTED_PROBLEMS, MAX_PROBLEMS
from goldfinch.core.datasets.seen import CompactSet, key64
from goldfinch.core.errors import DatasetError, Problem
from goldfinch.ports.dataset import DatasetInfo

_HASH_BYTES = 16

Placed = tuple[SourceFile, int, Case]


class FileDataset:
    """JSON Lines, YAML and CSV files and folders of them, read as one dataset in a fixed order.

    Nothing is held in memory but the case at hand, a few bytes per case for the duplicate check during `check`, and 16 bytes per case
    for its hash afterwards. A file that was checked is trusted as long as it is the same file, and is refused when it changed.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self.paths = tuple(str(path) for path in paths)
        self._checked: _Checked | None = None

    def check(self) -> DatasetInfo:
        problems = ProblemList()
        try:
            info = self._check(problems)
        except TooManyProblems:
            raise problems.error() from None
        if problems.count:
            raise problems.error()
        return info

    def _check(self, problems: ProblemList) -> DatasetInfo:
        layout = lay_out(self.paths, problems.add)
        fingerprint, seen, suspects = Fingerprint(), CompactSet(), _Suspects()
        count = 0
        own_trials: Counter[int] = Counter()
        checked = _Checked(layout)
        for file, line, case in _cases(layout, problems.add):
            count += 1
            if case.trials is not None:
                own_trials[case.trials] += 1
            content = case_hash(case)
            fingerprint.add(case.id, content)
            checked.hashes += bytes.fromhex(content)
            if not seen.add(key64(case.id)):
                suspects.add(case.id, file, line)
        if suspects:
            suspects.report(_cases(layout, _ignore), problems)
        if not count and not problems.count:
            problems.add(Problem("the dataset holds no case", " ".join(self.paths), "add a case", codes.EMPTY))
        self._checked = None if problems.count else checked
        return DatasetInfo(layout.name, fingerprint.hexdigest(), count, self.paths, dict(own_trials))

    def cases(self) -> Iterator[tuple[Case, str]]:
        """Every case with its hash. Raises `DatasetError` at the first case that cannot be read; does not look for duplicates."""
        if self._checked is not None:
            yield from self._checked.cases()
            return
        for _, _, case in _cases(lay_out(self.paths, _raise), _raise):
            yield case, case_hash(case)

    def places(self, case_ids: Set[str]) -> dict[str, str]:
        """`file:line` of those of these cases that are there, for people who look for one."""
        return _first_places(_cases(lay_out(self.paths, _ignore), _ignore), set(case_ids))


class _Checked:
    """What `check` remembers: which files it read, and the hash of every case in their order."""

    def __init__(self, layout: Layout) -> None:
        self._stamps = [(file, _stamp(file)) for file in layout.files]
        self.hashes = bytearray()

    def cases(self) -> Iterator[tuple[Case, str]]:
        position = 0
        for file, stamp in self._stamps:
            if _stamp(file) != stamp:
                raise DatasetError((_changed(file),))
            try:
                for case in _trusted_cases(file):
                    following = position + _HASH_BYTES
                    yield case, self.hashes[position:following].hex()
                    position = following
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise DatasetError((_changed(file),)) from None


def _trusted_cases(file: SourceFile) -> Iterator[Case]:
    """The cases of a file that was found valid."""
    if file.defaults or READERS[file.path.suffix.lower()] is not read_jsonl:
        return (case for _, _, case in _cases_of(file, _raise))
    return read_checked_jsonl(file)


def _stamp(file: SourceFile) -> tuple[int, int, int] | None:
    """Changes whenever the file is written or replaced; None where there is none."""
    try:
        found = file.path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _changed(file: SourceFile) -> Problem:
    return Problem("changed while the dataset was being read", file.label, "start again when nobody writes to it", codes.CHANGED)


class TooManyProblems(Exception):
    """Reading on would only name more of them."""


class ProblemList:
    """Problems found while reading on: the first `MAX_PROBLEMS` are kept, the others counted up to `MAX_COUNTED_PROBLEMS`."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.count = 0

    def add(self, problem: Problem) -> None:
        self.count += 1
        if self.count > MAX_COUNTED_PROBLEMS:
            raise TooManyProblems
        if len(self.kept) < MAX_PROBLEMS:
            self.kept.append(problem)

    def error(self) -> DatasetError:
        left = min(self.count, MAX_COUNTED_PROBLEMS) - len(self.kept)
        if not left:
            return DatasetError(tuple(self.kept))
        what = f"and {left} more problem{'s' if left > 1 else ''}{' or more' if self.count > MAX_COUNTED_PROBLEMS else ''}"
        return DatasetError((*self.kept, Problem(what, hint="correct these first", code=codes.MANY)))


class _Suspects:
    """Cases whose id's 64-bit key was seen before; only reading again tells a duplicate from a collision of keys."""

    def __init__(self) -> None:
        self._kept: list[tuple[str, str]] = []
        self._left = 0

    def __bool__(self) -> bool:
        return bool(self._kept)

    def add(self, case_id: str, file: SourceFile, line: int) -> None:
        if len(self._kept) < MAX_PROBLEMS:
            self._kept.append((case_id, f"{file.label}:{line}"))
        else:
            self._left += 1

    def report(self, again: Iterator[Placed], problems: ProblemList) -> None:
        """Report each id that really stands in two places; those beyond the first `MAX_PROBLEMS` are counted without being confirmed."""
        first = _first_places(again, {case_id for case_id, _ in self._kept})
        for case_id, place in self._kept:
            earlier = first.get(case_id)
            if earlier is not None and earlier != place:
                problems.add(
                    Problem("the id stands twice", f"{place} (case {case_id})", f"first at {earlier}; rename one", codes.DUPLICATE_ID)
                )
        problems.count += self._left


def _first_places(again: Iterator[Placed], wanted: set[str]) -> dict[str, str]:
    first: dict[str, str] = {}
    for file, line, case in again:
        if case.id in wanted:
            wanted.discard(case.id)
            first[case.id] = f"{file.label}:{line}"
            if not wanted:
                break
    return first


def _cases(layout: Layout, report: Report) -> Iterator[Placed]:
    for file in layout.files:
        try:
            yield from _cases_of(file, report)
        except Unreadable as error:
            report(error.at(file.label))
        except OSError as error:
            report(Unreadable(codes.UNREADABLE, f"cannot be read ({error.strerror})", "check the disk").at(file.label))


def _cases_of(file: SourceFile, report: Report) -> Iterator[Placed]:
    found = False
    broken = False

    def noted(problem: Problem) -> None:
        nonlocal broken
        broken = True
        report(problem)

    for line, own in READERS[file.path.suffix.lower()](file, noted):
        found = True
        raw = with_defaults(own, file.defaults) if file.defaults else own
        case = quick_case(raw)
        if case is None:
            case, problems = careful_case(raw, f"{file.label}:{line}")
            for problem in problems:
                report(problem)
        if case is not None:
            yield file, line, case
    if not found and not broken:
        report(Problem("holds no case", file.label, "add a case or leave the file out", codes.EMPTY))


def _raise(problem: Problem) -> None:
    raise DatasetError((problem,))


def _ignore(problem: Problem) -> None:
    """Reported by the first pass already."""
