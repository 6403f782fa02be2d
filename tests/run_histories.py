"""Folders of finished runs over some weeks, in which something changed, or nothing did."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from goldfinch.adapters.files.run_directory import RunDirectoryJournal
from goldfinch.core.results.manifest import Manifest, Revision, RunStatus
from goldfinch.core.results.summary import CostSummary, Estimate, MetricSummary, PassSummary, Summary
from goldfinch.core.statistics.intervals import wilson_interval
from goldfinch.testing.run_journal import sample_manifest
from tests.review_samples import summary

CASES = 60
FIRST = datetime(2026, 10, 1, 9, tzinfo=UTC)


def finished_run(number: int, rate: float, random: Random, *, text: str = "", dataset: str = "9f2e4711aa") -> tuple[Manifest, Summary]:
    """The run of day `number`: passes are drawn at `rate`, accuracy lies around it."""
    passed = sum(random.random() < rate for _ in range(CASES))
    interval = wilson_interval(passed, CASES)
    accuracy = min(1.0, max(0.0, random.gauss(rate, 0.01)))
    told = sample_manifest(text=text)
    started = FIRST + timedelta(days=number)
    manifest = replace(
        told,
        run_id=f"{started:%Y%m%dT%H%M%SZ}-{number:08x}{text}",
        started_at=f"{started:%Y-%m-%dT%H:%M:%SZ}{text}",
        revision=Revision(head_sha=f"{random.getrandbits(160):040x}{text}"),
        dataset=replace(told.dataset, fingerprint=f"{dataset}{text}"),
    )
    metric = MetricSummary(
        f"accuracy{text}", "1", 0.75, Estimate(accuracy, CASES, accuracy - 0.03, min(1.0, accuracy + 0.03)), CASES, 0, 0, 0
    )
    passes = PassSummary(Estimate(passed / CASES, CASES, interval.low, interval.high), passed, CASES - passed, 0)
    cost = CostSummary(1.8, CASES, 0, random.gauss(0.03, 0.001))
    base = summary(text=text)
    return manifest, replace(base, run_id=manifest.run_id, passes=passes, metrics=(metric,), cost=cost)


def write_runs(
    folder: Path,
    count: int,
    rate: Callable[[int], float],
    *,
    seed: int = 7,
    text: str = "",
    dataset: Callable[[int], str] = lambda _: "9f2e4711aa",
) -> Path:
    """`count` runs, a day apart, a folder each."""
    random = Random(seed)
    for number in range(count):
        manifest, told = finished_run(number, rate(number), random, text=text, dataset=dataset(number))
        write_run(folder / f"run-{number:04}", manifest, told)
    return folder


def write_run(folder: Path, manifest: Manifest, told: Summary | None) -> None:
    with closing(RunDirectoryJournal(folder)) as journal:
        journal.write_manifest(manifest)
        if told is not None:
            journal.write_summary(told)


def unfinished(manifest: Manifest, status: RunStatus = RunStatus.INCOMPLETE) -> Manifest:
    return replace(manifest, run_id=f"{manifest.run_id}-{status.value}", status=status)
