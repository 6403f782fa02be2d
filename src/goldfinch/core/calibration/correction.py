"""A judge's mean, corrected by what people say of a part of the answers.

A judge that is lenient on everything gives a narrow interval about the wrong place. Labels tell by how much it is off.
Source: Angelopoulos, Bates, Fannjiang, Jordan and Zrnic, Prediction-powered inference, Science 382 (2023), 669-674.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum, sqrt
from statistics import NormalDist

from goldfinch.core.statistics.intervals import UNIT, Interval


@dataclass(frozen=True, slots=True)
class Rectifier:
    """How far people and judge differ on `count` labelled answers: mean and sample variance (ddof 1) of label - score, both from 0 to 1."""

    mean: float
    variance: float
    count: int


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected mean with its 95 % interval, both from 0 to 1; `labels` people's labels and `answers` scores are behind it."""

    value: float
    low: float
    high: float
    labels: int
    answers: int


def rectifier(pairs: Iterable[tuple[float, float]]) -> Rectifier | None:
    """From (label, score) of the labelled answers; None below two of them."""
    differences = [label - score for label, score in pairs]
    count = len(differences)
    if count < 2:
        return None
    mean = fsum(differences) / count
    return Rectifier(mean, fsum((difference - mean) ** 2 for difference in differences) / (count - 1), count)


def corrected_mean(mean: float, standard_error: float, answers: int, by: Rectifier, confidence: float = 0.95) -> Corrected:
    """theta = mean_N(judge) + mean_n(human - judge); var = var(judge)/N + var(human - judge)/n. The labelled answers are not among the N.

    `standard_error` is that of `mean`: sqrt(var(judge)/N). Where no labelled answer differs, var(human - judge) is taken as if the next two
    did, one each way: that people and judge were of one mind on n answers does not prove that they are on all.
    """
    variance = by.variance if by.variance > 0 else 2 / (by.count + 1)
    half = NormalDist().inv_cdf((1 + confidence) / 2) * sqrt(standard_error**2 + variance / by.count)
    value = mean + by.mean
    clipped = Interval(min(max(value - half, UNIT.low), UNIT.high), max(min(value + half, UNIT.high), UNIT.low))
    return Corrected(min(max(value, UNIT.low), UNIT.high), clipped.low, clipped.high, by.count, answers)
