"""docs/scorers/agreement.md says what the data say, and the catalogue calls a heuristic what the data do not show to be more."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.human_agreement import EMBEDDED, HALVES, QUESTIONS, Agreement, Judged, Question, agreement, is_heuristic, load, table
from goldfinch.bootstrap.scorer_catalogue import KINDS
from goldfinch.bootstrap.scorers import build_metrics
from goldfinch.core.statistics.intervals import Interval
from goldfinch.settings import ScorerSettings

PAGE = Path(__file__).parents[3] / "docs" / "scorers" / "agreement.md"
INTERVAL = re.compile(r" \(-?\d\.\d\d to -?\d\.\d\d\)")
SMALL = ("topical_chat", "qags_cnndm")


@pytest.fixture(scope="module")
def sets(request: pytest.FixtureRequest) -> dict[str, list[Judged]]:
    data: Path = request.getfixturevalue("shared_data")
    return {name: load(data, name) for name in ("topical_chat", "qags_cnndm", "sfres")}


def published() -> list[str]:
    return [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| .+: \w+ \| (all|held out) \|", line)]


def without_intervals(lines: list[str]) -> list[str]:
    return [INTERVAL.sub("", line) for line in lines]


def test_the_table_of_the_page_has_a_line_for_every_metric_and_half() -> None:
    assert len(published()) == len(HALVES) * len(QUESTIONS + EMBEDDED)


def test_the_published_correlations_and_floors_are_those_of_the_data(sets: dict[str, list[Judged]]) -> None:
    lines = [agreement(one, sets[one.dataset], half, samples=0) for one in QUESTIONS for half in HALVES]
    assert without_intervals(list(table(lines))[2:]) == without_intervals(published())[: len(lines)]


@pytest.mark.parametrize("question", [QUESTIONS[0], QUESTIONS[10]], ids=lambda one: f"{one.metric}-{one.dataset}")
def test_the_published_intervals_are_those_of_the_data(sets: dict[str, list[Judged]], question: Question) -> None:
    assert question.dataset in SMALL
    assert list(table([agreement(question, sets[question.dataset], "all")]))[2] in published()


@pytest.mark.long
def test_all_published_lines_are_those_of_the_data(sets: dict[str, list[Judged]]) -> None:
    lines = [agreement(one, sets[one.dataset], half) for one in QUESTIONS + EMBEDDED for half in HALVES]
    assert list(table(lines))[2:] == published()


@pytest.mark.parametrize("kind", sorted({question.scorer for question in QUESTIONS}))
def test_the_catalogue_calls_a_heuristic_what_the_page_calls_one(kind: str) -> None:
    verdict = re.search(rf"^- `{kind}`: (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert verdict is not None
    assert KINDS[kind].is_heuristic is (verdict[1] == "heuristic")
    assert build_metrics([kind])[0].is_heuristic is KINDS[kind].is_heuristic


@pytest.mark.parametrize("kind", ["relevance", "accuracy"])
def test_the_embedding_variants_are_called_what_the_page_calls_them(kind: str) -> None:
    verdict = re.search(rf"^- `{kind}, variant embedding`: (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert verdict is not None
    (metric,) = build_metrics([ScorerSettings(kind=kind, variant="embedding")])
    assert metric.is_heuristic is (verdict[1] == "heuristic")


SHOWN = Agreement(
    Question("m", "m", "sfres", "naturalness"),
    "all",
    10,
    10,
    0.5,
    Interval(0.3, 0.7),
    0.4,
    Interval(0.1, 0.6),
    {"words": 0.2, "none": None},
    0.6,
)


def test_a_metric_is_a_heuristic_unless_it_beats_every_floor_and_is_more_than_length() -> None:
    assert not is_heuristic([SHOWN, replace(SHOWN, half="held out", given_length_interval=Interval(-0.1, 0.5))])
    assert is_heuristic([SHOWN, replace(SHOWN, half="held out", rho=0.2)])
    assert is_heuristic([replace(SHOWN, given_length_interval=Interval(-0.1, 0.5))])
    assert is_heuristic([replace(SHOWN, given_length_interval=None)])
    assert is_heuristic([replace(SHOWN, rho=None)])
