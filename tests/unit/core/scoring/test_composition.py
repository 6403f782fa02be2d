"""Compositions: their arithmetic, what they leave out, and their versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.results.records import ScoreStatus
from goldfinch.core.scoring.composition import AllOf, AnyOf, Named, Weighted, WeightedPart
from goldfinch.core.scoring.grading import grade_one
from goldfinch.core.scoring.score import CannotScore, Metric, Score

CASE, OUTPUT = Case("c", "q"), Output(text="x")


@dataclass(frozen=True)
class Fixed:
    name: str
    value: float | Exception | None
    version: str = "1"

    def score(self, case: Case, output: Output) -> Score | None:
        if isinstance(self.value, Exception):
            raise self.value
        return None if self.value is None else Score(self.value)


def part(name: str, value: Any, pass_mark: float | None = 1.0, version: str = "1") -> Metric:
    return Metric(Fixed(name, value), pass_mark, version)


def weighted(*parts: tuple[str, Any, float]) -> Weighted:
    return Weighted(of=tuple(WeightedPart(part(name, value), weight) for name, value, weight in parts))


def test_weighted_is_the_mean_of_the_parts_that_apply_and_names_the_rest() -> None:
    score = weighted(("a", 1.0, 3), ("b", 0.0, 1), ("c", None, 100)).score(CASE, OUTPUT)
    assert score is not None
    assert score.value == 0.75
    assert "not applicable: c" in score.reason
    assert score.evidence == {"parts": {"a": 1.0, "b": 0.0, "c": None}}


@pytest.mark.parametrize(
    ("values", "every", "some"), [((1.0, 0.6), 1.0, 1.0), ((1.0, 0.4), 0.0, 1.0), ((0.1, 0.4), 0.0, 0.0), ((1.0, None), 1.0, 1.0)]
)
def test_all_of_and_any_of_follow_the_marks_of_their_parts(values: tuple[Any, Any], every: float, some: float) -> None:
    parts = (part("a", values[0]), part("b", values[1], 0.5))
    assert AllOf(of=parts).score(CASE, OUTPUT).value == every  # type: ignore[union-attr]
    assert AnyOf(of=parts).score(CASE, OUTPUT).value == some  # type: ignore[union-attr]


def test_compositions_do_not_apply_where_no_part_does() -> None:
    nothing = (part("a", None), part("b", None))
    assert AllOf(of=nothing).score(CASE, OUTPUT) is None
    assert AnyOf(of=nothing).score(CASE, OUTPUT) is None
    assert weighted(("a", None, 1)).score(CASE, OUTPUT) is None


def test_a_part_that_cannot_be_scored_makes_the_whole_missing() -> None:
    parts = (part("a", 1.0), part("price", CannotScore("the cost is unknown")))
    wholes = (AllOf(of=parts), AnyOf(of=parts), Weighted(of=tuple(map(WeightedPart, parts))))
    for whole in wholes:
        score = grade_one(Metric(whole), CASE, OUTPUT)
        assert (score.status, score.passed, score.reason) == (ScoreStatus.MISSING, None, "price: the cost is unknown")


@pytest.mark.parametrize("value", [float("nan"), 2.0, ZeroDivisionError("x")])
def test_a_part_that_crashes_or_gives_no_score_makes_the_whole_an_error_that_names_it(value: Any) -> None:
    score = grade_one(Metric(weighted(("good", 1.0, 1), ("bad", value, 1))), CASE, OUTPUT)
    assert score.status is ScoreStatus.ERROR
    assert score.reason.startswith("PartFailed: bad: ")


def test_the_version_changes_with_parts_weights_and_marks() -> None:
    versions = {
        weighted(("a", 1.0, 1), ("b", 1.0, 1)).version,
        weighted(("a", 1.0, 2), ("b", 1.0, 1)).version,
        weighted(("a", 1.0, 1)).version,
        Weighted(of=(WeightedPart(part("a", 1.0, version="2")),)).version,
        AllOf(of=(part("a", 1.0),)).version,
        AllOf(of=(part("a", 1.0, 0.5),)).version,
    }
    assert len(versions) == 6
    assert weighted(("a", 1.0, 1)).version == weighted(("a", 0.0, 1)).version


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_weights_are_above_zero_and_finite(weight: float) -> None:
    with pytest.raises(ValueError, match="weight of a must be above 0"):
        weighted(("a", 1.0, weight))


def test_refuses_no_parts_repeated_names_and_parts_without_a_mark() -> None:
    with pytest.raises(ValueError, match="at least one part"):
        AllOf(of=())
    with pytest.raises(ValueError, match="two parts are named a"):
        AnyOf(of=(part("a", 1.0), part("a", 1.0)))
    with pytest.raises(ValueError, match="part a needs a pass_mark"):
        AllOf(of=(part("a", 1.0, None),))


def test_compositions_nest() -> None:
    inner = AllOf(of=(part("a", 1.0), part("b", 1.0)), name="inner")
    outer = Weighted(of=(WeightedPart(Metric(inner, version=inner.version), 1.0), WeightedPart(part("c", 0.0), 3.0)))
    assert outer.score(CASE, OUTPUT).value == 0.25  # type: ignore[union-attr]


def test_named_renames_and_changes_nothing_else() -> None:
    named = Named(scorer=Fixed("a", 0.5, "7"), name="b")
    assert (named.name, named.version, named.score(CASE, OUTPUT)) == ("b", "7", Score(0.5))
