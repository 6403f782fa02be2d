"""The two lines that a run writes per (case, trial): the answer, and the scores of that answer.

These are values like all others of the core, never changed once made. They are not `frozen` only because that triples the cost of making
one, and a run makes several per answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from goldfinch.core.output import Failure, Output


@dataclass(slots=True)
class OutputRecord:
    """A line of `outputs.jsonl`. The last line of a (case, trial) counts; earlier ones are missing answers that were asked for again."""

    case_id: str
    case_hash: str
    trial: int
    started_at: str
    """UTC, ISO 8601."""
    output: Output
    attempts: int = 1
    """Calls made for this answer, retries included; 0 when it came from the response cache."""
    cached: bool = False


class ScoreStatus(StrEnum):
    SCORED = "scored"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"
    """The scorer crashed or gave something that is no score: a defect of the scorer, not of the agent."""
    MISSING = "missing"
    """There was no answer to judge (provider, network) or no judge to ask."""


@dataclass(slots=True)
class MetricScore:
    """What one metric says of one answer. `value` is None unless `status` is scored; `passed` is None where the metric cannot decide."""

    metric: str
    version: str
    status: ScoreStatus
    value: float | None = None
    passed: bool | None = None
    reason: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ScoreRecord:
    """A line of `results.jsonl`: everything that a summary or a comparison needs of one (case, trial), without the answer's text.

    `passed` is True when every deciding metric that applies reached its pass mark, False when one did not or the agent failed, and None
    where that is not known: a deciding metric is missing or crashed, or none applied.
    """

    case_id: str
    case_hash: str
    trial: int
    passed: bool | None
    scores: tuple[MetricScore, ...]
    trials: int = 1
    """How many trials this run plans for the case."""
    weight: float = 1.0
    critical: bool = False
    tags: tuple[str, ...] = ()
    failure: Failure | None = None
    cost_usd: float | None = None
    judge_cost_usd: float | None = None
    """What judging this answer cost; None is unknown where there were `judge_calls`."""
    latency_ms: float | None = None
    first_token_ms: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    steps: int = 0
    cached: bool = False
    judge_calls: int = 0
    """Replies of the judge that these scores rest on, unreadable ones included."""
