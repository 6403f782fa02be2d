"""What turns a report into a file or a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TextIO

from goldfinch.core.results.case_result import CaseResult
from goldfinch.core.results.report import Report

EveryCase = Callable[[], Iterator[CaseResult]]
"""Streams every case of the run, in the order in which they were finished; can be called more than once."""


class Reporter(Protocol):
    """One format. Everything that is not ours is written through the escaping function of the format's sink."""

    @property
    def file_name(self) -> str:
        """Name of the file in an output directory, such as `summary.md`."""
        ...

    def write(self, report: Report, every_case: EveryCase, out: TextIO) -> None:
        """Write all of it to `out`; holds a bounded part of the run in memory."""
        ...
