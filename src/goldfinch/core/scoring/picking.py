"""Metrics whose value is that of one of their parts: the lowest or the highest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.composition import check_parts, left_out, part_score
from goldfinch.core.scoring.score import Metric, Score
from goldfinch.core.scoring.versioning import version_with


@dataclass(frozen=True, slots=True, kw_only=True)
class LowestOf:
    """The lowest value among the parts that apply: no part can pay for another.

    Parts that do not apply are left out and named; a part that cannot be scored makes the whole missing. It lies where one part is
    noisy: the whole is then as noisy. Source: conjunction in fuzzy logic (Zadeh, Information and Control 8, 1965).
    """

    of: tuple[Metric, ...]
    name: str = "lowest_of"

    def __post_init__(self) -> None:
        check_parts(self.of)

    @property
    def version(self) -> str:
        return _version("lowest", self.of)

    def score(self, case: Case, output: Output) -> Score | None:
        return _picked(self.of, case, output, min)


@dataclass(frozen=True, slots=True, kw_only=True)
class HighestOf:
    """The highest value among the parts that apply: it is enough to be good in one way.

    Parts that do not apply are left out and named; a part that cannot be scored makes the whole missing. It lies the more, the more
    parts there are: chances of a lucky high value add up. Source: disjunction in fuzzy logic (Zadeh, Information and Control 8, 1965).
    """

    of: tuple[Metric, ...]
    name: str = "highest_of"

    def __post_init__(self) -> None:
        check_parts(self.of)

    @property
    def version(self) -> str:
        return _version("highest", self.of)

    def score(self, case: Case, output: Output) -> Score | None:
        return _picked(self.of, case, output, max)


def _version(which: str, metrics: tuple[Metric, ...]) -> str:
    return version_with("1", {which: [[metric.name, metric.version] for metric in metrics]})


def _picked(metrics: tuple[Metric, ...], case: Case, output: Output, pick: Callable[[Iterable[float]], float]) -> Score | None:
    scores = {metric.name: part_score(metric, case, output) for metric in metrics}
    applied = {name: score for name, score in scores.items() if score is not None}
    if not applied:
        return None
    value = pick(score.value for score in applied.values())
    name, picked = next((name, score) for name, score in applied.items() if score.value == value)
    parts = {name: None if score is None else score.value for name, score in scores.items()}
    return Score(value, f"{name} {value:.2f}: {picked.reason}{left_out(parts)}", {"parts": parts})
