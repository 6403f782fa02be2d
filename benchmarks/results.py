"""One measurement as a value, and its file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.check import CheckTimes
from benchmarks.commands import InstallSize, StartTimes
from benchmarks.comparing import CompareTimes
from benchmarks.harness import Sample
from benchmarks.load_check import LoadCheck
from benchmarks.page import PageTimes


@dataclass(frozen=True, slots=True)
class Figure:
    """A median with its range over the rounds."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        return cls(median(values), min(values), max(values), len(values))


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    title: str
    cases: int
    samples: list[Sample]

    def jobs(self) -> list[str]:
        """Names of the jobs, in the order run."""
        return list(dict.fromkeys(sample.job for sample in self.samples))

    def of(self, job: str) -> list[Sample]:
        """The samples of a job, by round; empty where it did not run."""
        return [sample for sample in self.samples if sample.job == job]


@dataclass(slots=True)
class Measurement:
    """Everything that one run of the benchmarks found; parts that did not run are absent."""

    date: str
    machine: dict[str, Any]
    rounds: int
    load_before: float
    scenarios: dict[str, ScenarioResult] = field(default_factory=dict)
    start: StartTimes | None = None
    install: InstallSize | None = None
    revision: str = ""
    page: PageTimes | None = None
    compare: list[CompareTimes] = field(default_factory=list)
    load: list[LoadCheck] = field(default_factory=list)
    check: CheckTimes | None = None

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Measurement:
        data = json.loads(path.read_text())
        scenarios = {
            name: ScenarioResult(found["title"], found["cases"], [Sample(**sample) for sample in found["samples"]])
            for name, found in data.pop("scenarios").items()
        }
        start, install, page = data.pop("start"), data.pop("install"), data.pop("page", None)
        compare = [CompareTimes.read(one) for one in data.pop("compare", [])]
        load = [LoadCheck(**one) for one in data.pop("load", [])]
        check = data.pop("check", None)
        return cls(
            **data,
            scenarios=scenarios,
            start=StartTimes(tuple(start["nothing_s"]), tuple(start["help_s"])) if start else None,
            install=InstallSize(**install) if install else None,
            page=PageTimes.read(page) if page else None,
            compare=compare,
            load=load,
            check=CheckTimes.read(check) if check else None,
        )
