from __future__ import annotations

from typing import Any

import pytest

from goldfinch.adapters.scorers.embedding_similarity import EmbeddingSimilarity
from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.output import Output
from goldfinch.testing.embedder import FakeEmbedder


def similarity(**options: Any) -> EmbeddingSimilarity:
    return EmbeddingSimilarity(embedder=FakeEmbedder(), **options)


def test_is_the_cosine_with_the_nearest_accepted_answer() -> None:
    case = Case("c", "q", expected=Expected(answer=("something else entirely", "paris is the capital")))
    score = similarity().score(case, Output(text="paris is the capital"))
    assert score is not None
    assert score.value == pytest.approx(1.0)
    assert score.reason == "cosine 1.00 with 'paris is the capital'"
    assert 0 <= similarity().score(case, Output(text="orchestra")).value < 0.5  # type: ignore[union-attr]


def test_against_the_question_needs_no_expected_answer() -> None:
    case = Case("c", "reset my password")
    assert similarity().score(case, Output(text="x")) is None
    assert similarity(against="question").score(case, Output(text="reset my password")).value == pytest.approx(1.0)  # type: ignore[union-attr]


def test_an_empty_answer_is_near_to_nothing_and_asks_no_model() -> None:
    scorer = similarity()
    score = scorer.score(Case("c", "q", expected=Expected(answer="a")), Output(text="  "))
    assert score is not None
    assert score.value == 0.0
    assert scorer.embedder.calls == 0  # type: ignore[attr-defined]


def test_the_version_carries_the_model() -> None:
    assert similarity().version == "1-fake-bag-of-words"
