"""Metrics made of other metrics. Each has its own name, and a version that changes with any of its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.judgement import describe, reaches, valid_value
from goldfinch.core.scoring.score import CannotScore, Metric, Score, Scorer
from goldfinch.core.scoring.versioning import version_with


class PartFailed(Exception):
    """A part of a composition crashed; says which."""


@dataclass(frozen=True, slots=True)
class WeightedPart:
    """A metric and its share in the mean: any finite number above 0; shares need not sum to one."""

    metric: Metric
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """The weighted mean of the parts that apply: sum(weight * value) / sum(weight).

    Parts that do not apply are left out and named; a part that cannot be scored makes the whole missing. It lies as every mean does: a
    high part pays for a low one. Where one part must not fail, use `all_of`. Source: the weighted arithmetic mean.
    """

    of: tuple[WeightedPart, ...]
    name: str = "weighted"

    def __post_init__(self) -> None:
        check_parts([part.metric for part in self.of])
        for part in self.of:
            if not (isfinite(part.weight) and part.weight > 0):
                raise ValueError(f"the weight of {part.metric.name} must be above 0, not {part.weight}")

    @property
    def version(self) -> str:
        return version_with("1", {"of": [[part.metric.name, part.metric.version, part.weight] for part in self.of]})

    def score(self, case: Case, output: Output) -> Score | None:
        judged = [(part, _value(part.metric, case, output)) for part in self.of]
        applied = [(part, value) for part, value in judged if value is not None]
        if not applied:
            return None
        total = sum(part.weight for part, _ in applied)
        mean = sum(part.weight * value for part, value in applied) / total
        parts = {part.metric.name: value for part, value in judged}
        shown = ", ".join(f"{part.metric.name} {value:.2f} (weight {part.weight:g})" for part, value in applied)
        return Score(mean, shown + left_out(parts), {"parts": parts})


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """1 where every part that applies reaches its own pass mark, else 0.

    Parts that do not apply are left out and named. A part that cannot be scored makes the whole missing, unless another one is below its
    mark: that is 0 whatever the missing part would say. It lies where most parts do not apply: one easy part is then all there is.
    Source: logical conjunction (Kleene's, where a part is unknown).
    """

    of: tuple[Metric, ...]
    name: str = "all_of"

    def __post_init__(self) -> None:
        check_parts(self.of)
        _check_marks(self.of)

    @property
    def version(self) -> str:
        return _version("2", self.of)

    def score(self, case: Case, output: Output) -> Score | None:
        scores, lacking = _scores(self.of, case, output)
        parts = {name: None if score is None else score.value for name, score in scores.items()}
        reached = _reached(self.of, parts)
        short = {name: score.reason for name, passed in reached.items() if not passed and (score := scores[name]) is not None}
        if short:
            return _below(short, parts)
        if lacking is not None:
            raise lacking
        if not reached:
            return None
        return Score(1.0, f"{len(reached)} of {len(reached)} parts reached their marks" + left_out(parts), {"parts": parts})


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """1 where at least one part that applies reaches its own pass mark, else 0.

    Parts that do not apply are left out and named; a part that cannot be scored makes the whole missing. It lies the more, the more
    parts there are: chances of a lucky pass add up. Source: logical disjunction.
    """

    of: tuple[Metric, ...]
    name: str = "any_of"

    def __post_init__(self) -> None:
        check_parts(self.of)
        _check_marks(self.of)

    @property
    def version(self) -> str:
        return _version("1", self.of)

    def score(self, case: Case, output: Output) -> Score | None:
        parts = {metric.name: _value(metric, case, output) for metric in self.of}
        reached = _reached(self.of, parts)
        if not reached:
            return None
        passed = [name for name, passed in reached.items() if passed]
        reason = f"reached: {', '.join(passed)}" if passed else f"none of {len(reached)} parts reached its mark"
        return Score(1.0 if passed else 0.0, reason + left_out(parts), {"parts": parts})


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A scorer under another name, for scorers that have no name to configure."""

    scorer: Scorer
    name: str

    @property
    def version(self) -> str:
        return self.scorer.version

    def score(self, case: Case, output: Output) -> Score | None:
        return self.scorer.score(case, output)


def _version(version: str, metrics: Sequence[Metric]) -> str:
    return version_with(version, {"of": [[metric.name, metric.version, metric.pass_mark] for metric in metrics]})


def check_parts(metrics: Sequence[Metric]) -> None:
    """Raise `ValueError` where there is no part, or two of the same name."""
    names = [metric.name for metric in metrics]
    if not names:
        raise ValueError("`of` needs at least one part")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two parts are named {twice[0]}; give one of them a `name`")


def _check_marks(metrics: Sequence[Metric]) -> None:
    for metric in metrics:
        if metric.pass_mark is None:
            raise ValueError(f"the part {metric.name} needs a pass_mark")


def part_score(metric: Metric, case: Case, output: Output) -> Score | None:
    """The part's score with its value checked, None where it does not apply. Raises `CannotScore` or `PartFailed`, with the part's name."""
    try:
        score = metric.scorer.score(case, output)
        if score is None:
            return None
        value = valid_value(score)
        return score if value == score.value else replace(score, value=value)
    except CannotScore as lack:
        raise CannotScore(f"{metric.name}: {lack}") from lack
    except Exception as error:
        raise PartFailed(f"{metric.name}: {describe(error)}") from error


def _scores(metrics: Sequence[Metric], case: Case, output: Output) -> tuple[dict[str, Score | None], CannotScore | None]:
    """The score of each part, None where it does not apply or cannot be scored; and what the first of the latter lacks."""
    scores: dict[str, Score | None] = {}
    lacking: CannotScore | None = None
    for metric in metrics:
        try:
            scores[metric.name] = part_score(metric, case, output)
        except CannotScore as lack:
            scores[metric.name] = None
            lacking = lacking or lack
    return scores, lacking


def _below(short: Mapping[str, str], parts: Mapping[str, float | None]) -> Score:
    """0, with the reasons of the parts below their marks."""
    told = "; ".join(f"{name} ({reason})" if reason else name for name, reason in short.items())
    because = {name: reason for name, reason in short.items() if reason}
    return Score(0.0, f"below the mark: {told}{left_out(parts)}", {"parts": parts} | ({"because": because} if because else {}))


def _value(metric: Metric, case: Case, output: Output) -> float | None:
    score = part_score(metric, case, output)
    return None if score is None else score.value


def _reached(metrics: Sequence[Metric], parts: dict[str, float | None]) -> dict[str, bool]:
    """Whether each part that applies reached its mark."""
    return {
        metric.name: reaches(value, metric.pass_mark)
        for metric in metrics
        if (value := parts[metric.name]) is not None and metric.pass_mark is not None
    }


def left_out(parts: Mapping[str, float | None]) -> str:
    """The parts that do not apply, as the end of a reason."""
    names = [name for name, value in parts.items() if value is None]
    return f"; not applicable: {', '.join(names)}" if names else ""
