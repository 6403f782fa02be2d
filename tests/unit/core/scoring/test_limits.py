"""Scorers that compare what an answer took with a limit, and what was reported with it."""

from __future__ import annotations

from typing import Any

import pytest

from goldfinch.core.datasets.case import Case, CaseBudget
from goldfinch.core.output import Output, Step, Usage
from goldfinch.core.scoring.cost import Cost
from goldfinch.core.scoring.latency import Latency
from goldfinch.core.scoring.reported import Reported
from goldfinch.core.scoring.score import CannotScore
from goldfinch.core.scoring.steps import Steps
from goldfinch.core.scoring.tokens import Tokens

TWO_STEPS = (Step("user", "q"), Step("assistant", "a"), Step("tool", "r"), Step("assistant", "b"))

SCORERS: list[tuple[Any, str, Output]] = [
    (Latency, "latency_ms", Output(latency_ms=2)),
    (Cost, "cost_usd", Output(cost_usd=2)),
    (Tokens, "tokens", Output(usage=Usage(1, 1))),
    (Steps, "steps", Output(trajectory=TWO_STEPS)),
]


@pytest.mark.parametrize(("scorer", "budget", "output"), SCORERS)
def test_scores_one_within_and_the_ratio_beyond_the_limit(scorer: Any, budget: str, output: Output) -> None:
    assert scorer(limit=2).score(Case("c", "q"), output).value == 1.0
    assert scorer(limit=1).score(Case("c", "q"), output).value == 0.5
    assert scorer(limit=0).score(Case("c", "q"), output).value == 0.0


@pytest.mark.parametrize(("scorer", "budget", "output"), SCORERS)
def test_the_budget_of_the_case_goes_before_the_limit(scorer: Any, budget: str, output: Output) -> None:
    case = Case("c", "q", budget=CaseBudget(**{budget: 1}))
    assert scorer(limit=9).score(case, output).value == 0.5
    assert scorer().score(case, output).value == 0.5


@pytest.mark.parametrize(("scorer", "budget", "output"), SCORERS)
def test_does_not_apply_without_limit_and_budget(scorer: Any, budget: str, output: Output) -> None:
    assert scorer().score(Case("c", "q", budget=CaseBudget()), output) is None


@pytest.mark.parametrize(("scorer", "budget", "output"), SCORERS)
def test_what_is_unknown_cannot_be_scored(scorer: Any, budget: str, output: Output) -> None:
    with pytest.raises(CannotScore, match="unknown"):
        scorer(limit=1).score(Case("c", "q"), Output(text="x", usage=Usage(5, None)))


def test_a_latency_that_is_not_a_number_cannot_be_scored() -> None:
    with pytest.raises(CannotScore, match="no usable number"):
        Latency(limit=1).score(Case("c", "q"), Output(latency_ms=float("nan")))


@pytest.mark.parametrize("limit", [-1, float("nan"), float("inf")])
def test_refuses_a_limit_without_meaning(limit: float) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        Cost(limit=limit)


def test_reported_reads_and_rescales() -> None:
    output = Output(reported={"reward": 0.25, "stars": 4})
    case = Case("c", "q")
    assert Reported().score(case, output) is not None
    assert Reported().score(case, output).value == 0.25  # type: ignore[union-attr]
    assert Reported(key="stars", minimum=1, maximum=5).score(case, output).value == 0.75  # type: ignore[union-attr]


def test_reported_cannot_score_what_was_not_reported() -> None:
    with pytest.raises(CannotScore, match="no 'reward' was reported"):
        Reported().score(Case("c", "q"), Output(text="x"))


def test_reported_refuses_an_empty_range() -> None:
    with pytest.raises(ValueError, match="below"):
        Reported(minimum=1, maximum=1)
