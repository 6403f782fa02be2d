"""JUnit XML, as pytest and most other test runners write it. Several files become one total (C37)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from goldfinch.adapters.evidence.reading import MAX_SPOTS, damaged, one_line
from goldfinch.adapters.evidence.xml import read_xml
from goldfinch.core.gates.evidence import Spot, TestTotals

_KIND = "JUnit report"
_STATES = {"failure": "failed", "error": "errors", "skipped": "skipped"}


def read_junit(paths: Iterable[Path]) -> TestTotals:
    """The totals of all files; a file that is given twice counts once. Raises `EvidenceUnreadable`.

    Tests are counted one by one. Where a file's own totals say that more failed (a runner that crashed between tests), those count.
    """
    reports = [_read(path) for path in dict.fromkeys(path.absolute() for path in paths)]
    return TestTotals(
        tests=sum(report.tests for report in reports),
        failed=sum(report.most("failed") for report in reports),
        errors=sum(report.most("errors") for report in reports),
        skipped=sum(report.counts["skipped"] for report in reports),
        first=tuple(spot for report in reports for spot in report.spots)[:MAX_SPOTS],
        files=len(reports),
    )


def _read(path: Path) -> _Report:
    report = _Report(path)
    read_xml(path, kind=_KIND, start=report.start, end=report.end)
    if not report.is_junit:
        raise damaged(path, _KIND, "there is no <testsuite>")
    return report


class _Report:
    """What was seen of one file so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tests = 0
        self.counts = dict.fromkeys(_STATES.values(), 0)
        self.stated = dict.fromkeys(("failed", "errors"), 0)
        self.spots: list[Spot] = []
        self.is_junit = False
        self._depth = 0
        self._suites = 0
        self._case: Mapping[str, str] | None = None
        self._state = ""

    def most(self, state: str) -> int:
        """As counted, or as the file states, whichever is more."""
        return max(self.counts[state], self.stated[state])

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and name not in ("testsuites", "testsuite"):
            raise damaged(self.path, _KIND, f"it begins with <{one_line(name)}>")
        if name == "testsuite":
            self.is_junit = True
            self._suites += 1
            if self._suites == 1:
                self._add_stated(attributes)
        elif name == "testsuites":
            self.is_junit = True
        elif name == "testcase":
            self._begin(attributes)
        elif self._case is not None and name in _STATES:
            self._mark(_STATES[name], attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        if name == "testsuite":
            self._suites -= 1
        elif name == "testcase":
            self._case = None

    def _begin(self, attributes: Mapping[str, str]) -> None:
        self._case, self._state = attributes, ""
        self.tests += 1

    def _mark(self, state: str, attributes: Mapping[str, str]) -> None:
        """A test that failed and whose clean-up failed too has both marks; it counts once."""
        if self._state:
            return
        self._state = state
        self.counts[state] += 1
        if state != "skipped" and len(self.spots) < MAX_SPOTS and self._case is not None:
            name = ".".join(part for part in (self._case.get("classname", ""), self._case.get("name", "")) if part)
            self.spots.append(Spot(one_line(name), one_line(attributes.get("message", "")) or state))

    def _add_stated(self, attributes: Mapping[str, str]) -> None:
        for ours, theirs in (("failed", "failures"), ("errors", "errors")):
            text = attributes.get(theirs, "0")
            if not (text.isascii() and text.isdigit() and len(text) < 10):
                raise damaged(self.path, _KIND, f"{theirs}={text!r} is no count")
            self.stated[ours] += int(text)
