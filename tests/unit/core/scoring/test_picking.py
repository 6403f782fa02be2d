"""Compositions that take the value of one part."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Output
from goldfinch.core.scoring.composition import AllOf
from goldfinch.core.scoring.picking import HighestOf, LowestOf
from goldfinch.core.scoring.score import CannotScore, Metric, Score

CASE, OUTPUT = Case("c", "q"), Output(text="x")


@dataclass(frozen=True)
class Fixed:
    name: str
    value: float | None
    version: str = "1"

    def score(self, case: Case, output: Output) -> Score | None:
        return None if self.value is None else Score(self.value, f"because of {self.name}")


class Lacking:
    name, version = "cost", "1"

    def score(self, case: Case, output: Output) -> Score | None:
        raise CannotScore("unknown")


def parts(**values: float | None) -> tuple[Metric, ...]:
    return tuple(Metric(Fixed(name, value), None) for name, value in values.items())


def test_takes_the_lowest_or_the_highest_with_its_reason_and_names_what_does_not_apply() -> None:
    of = parts(a=0.8, b=0.3, c=None)
    lowest, highest = LowestOf(of=of).score(CASE, OUTPUT), HighestOf(of=of).score(CASE, OUTPUT)
    assert lowest == Score(0.3, "b 0.30: because of b; not applicable: c", {"parts": {"a": 0.8, "b": 0.3, "c": None}})
    assert highest is not None
    assert (highest.value, highest.reason) == (0.8, "a 0.80: because of a; not applicable: c")


@pytest.mark.parametrize("kind", [LowestOf, HighestOf])
def test_does_not_apply_where_no_part_does_and_is_missing_where_one_is(kind: type[LowestOf | HighestOf]) -> None:
    assert kind(of=parts(a=None)).score(CASE, OUTPUT) is None
    with pytest.raises(CannotScore, match="cost: unknown"):
        kind(of=(*parts(a=1.0), Metric(Lacking()))).score(CASE, OUTPUT)
    with pytest.raises(ValueError, match="at least one"):
        kind(of=())


def test_the_version_tells_lowest_from_highest_and_changes_with_the_parts() -> None:
    versions = {LowestOf(of=parts(a=1.0)).version, HighestOf(of=parts(a=1.0)).version, LowestOf(of=parts(a=1.0, b=1.0)).version}
    assert len(versions) == 3


def test_all_of_says_why_a_part_is_below_its_mark() -> None:
    score = AllOf(of=(Metric(Fixed("a", 0.0)), Metric(Fixed("b", 1.0)))).score(CASE, OUTPUT)
    assert score is not None
    assert score.reason == "below the mark: a (because of a)"
    assert score.evidence["because"] == {"a": "because of a"}


def test_all_of_is_0_for_certain_where_a_part_is_below_its_mark_although_another_is_unknown() -> None:
    lacking = Metric(Lacking())
    below = AllOf(of=(lacking, Metric(Fixed("a", 0.0)))).score(CASE, OUTPUT)
    assert below is not None
    assert below.value == 0.0
    with pytest.raises(CannotScore, match="cost: unknown"):
        AllOf(of=(lacking, Metric(Fixed("a", 1.0)))).score(CASE, OUTPUT)
