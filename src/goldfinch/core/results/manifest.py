"""Who made a run, from what, with which settings: the identity that resuming and comparing rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from goldfinch.core.scoring.score import Metric

SCHEMA_VERSION = 1


class RunStatus(StrEnum):
    RUNNING = "running"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    REPLAYED = "replayed"
    BOOTSTRAP = "bootstrap"


@dataclass(frozen=True, slots=True)
class DatasetIdentity:
    name: str
    fingerprint: str
    cases: int
    """Cases that this run asks, after selection."""
    paths: tuple[str, ...] = ()
    selection: Mapping[str, Any] = field(default_factory=dict)
    """Filters that made the run a part of the dataset (`case`, `tag`, `limit`); empty for the whole of it."""


@dataclass(frozen=True, slots=True)
class AgentIdentity:
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class MetricIdentity:
    name: str
    version: str
    pass_mark: float | None
    advisory: bool = False
    """A judge that no calibration lets decide."""
    is_heuristic: bool = False
    """It was not shown to agree with people; reports say so."""


def identity_of(metric: Metric) -> MetricIdentity:
    """What a manifest keeps of a metric in use."""
    return MetricIdentity(metric.name, metric.version, metric.pass_mark, metric.advisory, metric.is_heuristic)


@dataclass(frozen=True, slots=True)
class Revision:
    """Git commits (REQUIREMENTS C54); None where there is no repository or no such commit."""

    head_sha: str | None = None
    merge_sha: str | None = None
    base_sha: str | None = None
    dirty: bool | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """The machine, as far as timings depend on it."""

    os: str
    python: str
    cpu: str
    cores: int
    memory_mb: int | None
    runner: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """`manifest.json`. Times are UTC, ISO 8601."""

    run_id: str
    status: RunStatus
    started_at: str
    dataset: DatasetIdentity
    agent: AgentIdentity
    metrics: tuple[MetricIdentity, ...]
    trials: int
    seed: int | None
    host: Host
    revision: Revision = Revision()
    finished_at: str | None = None
    reason: str = ""
    """Why the run is incomplete, in words; empty otherwise."""
    timeout_s: float | None = None
    """Seconds for one call: an agent that takes longer scores 0."""
    policy_hash: str | None = None
    judge: str | None = None
    goldfinch_version: str = ""
    resumed: int = 0
    """How often the run was taken up again."""
    replayed_from: str | None = None
    """Fingerprint of the recorded exchanges that stood in for the models; None where they were really asked."""
    kind: str = "run"
    schema_version: int = SCHEMA_VERSION

    @property
    def status_when_finished(self) -> RunStatus:
        """What a run with nothing missing is: one whose models were not asked never passes for one whose models were."""
        return RunStatus.COMPLETE if self.replayed_from is None else RunStatus.REPLAYED
