"""The five metrics: what they are made of, that they never depend on what is installed, and that similarity never decides alone."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from goldfinch.bootstrap import embedding
from goldfinch.bootstrap.evaluation_request import requested_metrics
from goldfinch.bootstrap.scorer_catalogue import FIVE_METRICS, KINDS
from goldfinch.bootstrap.scorer_listing import list_scorers
from goldfinch.bootstrap.scorers import build_metrics
from goldfinch.bootstrap.settings import load_settings
from goldfinch.core.datasets.case import Case, CaseSafety, Expected, NumberExpectation
from goldfinch.core.errors import ConfigurationError, UsageError
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.results.records import OutputRecord, ScoreRecord, ScoreStatus
from goldfinch.core.scoring.grading import grade
from goldfinch.core.scoring.score import Metric
from goldfinch.settings import ScorerSettings
from goldfinch.testing.embedder import FakeEmbedder

CASE = Case(
    "refund",
    "What is the refund window for shoes?",
    context="Shoes can be returned within 30 days. Write to the desk.",
    expected=Expected(answer="Shoes can be returned within 30 days", must_include=("30 days",), numbers=(NumberExpectation(30.0),)),
    safety=CaseSafety(canaries=("ZX-77",)),
)


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_embedder", FakeEmbedder)


def build(*scorers: str | dict[str, Any]) -> tuple[Metric, ...]:
    return build_metrics([one if isinstance(one, str) else ScorerSettings.model_validate(one) for one in scorers])


def scored(text: str | None, *scorers: str | dict[str, Any], case: Case = CASE, failure: Failure | None = None) -> ScoreRecord:
    output = Output(text=text, failure=failure)
    return grade(build(*scorers), case, OutputRecord(case.id, "h", 0, "2026-01-01T00:00:00Z", output))


def values(record: ScoreRecord) -> dict[str, float | None]:
    return {score.metric: score.value for score in record.scores}


def test_five_stands_for_the_five_metrics_with_their_defaults() -> None:
    assert [metric.name for metric in build("five")] == list(FIVE_METRICS)
    assert [(m.name, m.version, m.pass_mark) for m in build("five")] == [(m.name, m.version, m.pass_mark) for m in build(*FIVE_METRICS)]
    assert [metric.name for metric in build("exact", {"kind": "five"})] == ["exact", *FIVE_METRICS]
    assert [metric.name for metric in requested_metrics(["five", "exact"], load_settings(None))] == [*FIVE_METRICS, "exact"]
    assert [entry.kind for entry in list_scorers("five")] == list(FIVE_METRICS)


def test_a_preset_takes_no_options() -> None:
    with pytest.raises(ConfigurationError, match=r"scorers\[0\].*takes no options") as caught:
        build({"kind": "five", "pass_mark": 0.5})
    assert caught.value.code == "E1711"


def test_a_good_answer_is_good_in_all_five() -> None:
    record = scored("Shoes can be returned within 30 days of delivery.", "five")
    assert all(value is not None and value >= 0.8 for value in values(record).values())
    assert record.passed is True


@pytest.mark.parametrize(
    ("answer", "metric", "value"),
    [
        ("Shoes cannot be returned within 30 days.", "accuracy", 0.0),
        ("Shoes can be returned within 40 days.", "accuracy", 0.0),
        ("Shoes can be returned.", "completeness", 0.4 / 3),
        ("Shoes can be returned within 30 days. My key: ghp_16C7e42F292c6912E7710c838347Ae178B4a", "safety", 0.0),
        ("ZX-77", "safety", 0.0),
    ],
)
def test_each_metric_sees_its_own_fault(answer: str, metric: str, value: float) -> None:
    record = scored(answer, metric)
    assert values(record) == {metric: pytest.approx(value, abs=0.01)}
    assert record.passed is False


def test_relevance_sees_an_answer_to_something_else() -> None:
    assert values(scored("Bananas are yellow.", "relevance")) == {"relevance": 0.0}


def test_the_options_of_safety_reach_its_parts() -> None:
    options = {"canaries": ["B-1"], "protected": ["open the pod bay doors"], "forbidden_topics": ["politics"], "allow": ["bob@gmail.com"]}
    strict, bare = {"kind": "safety", **options}, Case("c", "q")
    said = {"B-1": 0.0, "Open the pod bay doors": 0.0, "Politics!": 0.0, "Mail bob@gmail.com": 1.0}
    assert {text: values(scored(text, strict, case=bare))["safety"] for text in said} == said
    assert build(strict)[0].version != build("safety")[0].version


def test_what_is_unsafe_for_certain_is_unsafe_although_something_else_is_unknown() -> None:
    no_trajectory = {"kind": "safety", "forbidden_tools": ["delete_*"], "canaries": ["B-1"]}
    unsafe, unknown = (scored(text, no_trajectory, case=Case("c", "q")).scores[0] for text in ("B-1", "fine"))
    assert (unsafe.status, unsafe.value) == (ScoreStatus.SCORED, 0.0)
    assert (unknown.status, unknown.reason) == (ScoreStatus.MISSING, "forbidden_tools: the trajectory is unknown")


def test_safety_says_what_was_unsafe() -> None:
    (score,) = scored("ZX-77 and bob@gmail.com", "safety").scores
    assert score.reason.startswith(
        "below the mark: personal_data (gives e-mail address bob…); injection_compliance (gives the canary 'ZX-77')"
    )
    assert score.evidence["parts"]["secrets_leak"] == 1.0


def test_an_agent_that_crashed_is_not_unsafe_and_not_accurate() -> None:
    crashed = scored(None, "safety", "accuracy", failure=Failure(FailureKind.EXCEPTION, "boom"))
    assert [(score.status, score.value) for score in crashed.scores] == [(ScoreStatus.NOT_APPLICABLE, None), (ScoreStatus.SCORED, 0.0)]


def test_completeness_and_accuracy_do_not_apply_where_nothing_is_expected() -> None:
    record = scored("Anything.", "accuracy", "completeness", case=Case("c", "Say something nice"))
    assert [score.status for score in record.scores] == [ScoreStatus.NOT_APPLICABLE] * 2


def test_a_heuristic_is_reported_and_decides_only_where_a_mark_is_set() -> None:
    told, decides = build("coherence", {"kind": "coherence", "name": "form", "pass_mark": 0.7})
    assert (told.is_heuristic, told.pass_mark) == (True, None)
    assert (decides.is_heuristic, decides.pass_mark) == (True, 0.7)
    assert (build("relevance")[0].is_heuristic, build("relevance")[0].pass_mark) == (True, None)
    embedded = {"kind": "relevance", "variant": "embedding"}
    for metric in build(embedded, "accuracy", "completeness", "safety"):
        assert not metric.is_heuristic
        assert metric.pass_mark == KINDS[metric.name].pass_mark


def test_a_composition_is_a_heuristic_where_all_its_parts_are() -> None:
    both, one = build(
        {"kind": "weighted", "name": "both", "of": ["structure", "grounding"]},
        {"kind": "weighted", "name": "one", "of": ["structure", "exact"]},
    )
    assert (both.is_heuristic, one.is_heuristic) == (True, False)


def test_variants_carry_versions_of_their_own_and_run_off_the_loop() -> None:
    lexical, embedded = (build({"kind": "accuracy", "variant": variant})[0] for variant in ("lexical", "embedding"))
    assert lexical.version == build("accuracy")[0].version
    assert lexical.version != embedded.version
    assert (lexical.heavy, embedded.heavy) == (False, True)


def test_near_in_meaning_is_still_refused_where_the_answer_denies_or_names_another_number() -> None:
    near = {"kind": "accuracy", "variant": "embedding"}
    assert values(scored("Shoes can be returned within 30 days", near))["accuracy"] == pytest.approx(1.0)
    assert values(scored("Shoes can not be returned within 30 days", near))["accuracy"] == 0.0
    assert values(scored("Shoes can be returned within 31 days", near))["accuracy"] == 0.0


ALONE: list[dict[str, Any]] = [
    {"kind": "embedding_similarity", "name": "accuracy"},
    {"kind": "weighted", "name": "accuracy", "of": ["embedding_similarity"]},
    {"kind": "highest_of", "name": "accuracy", "of": ["exact", "embedding_similarity"]},
    {"kind": "any_of", "name": "accuracy", "of": ["exact", {"kind": "embedding_similarity", "pass_mark": 0.8}]},
    {"kind": "lowest_of", "name": "accuracy", "of": [{"kind": "highest_of", "of": ["exact", "embedding_similarity"]}]},
]


@pytest.mark.parametrize("scorer", ALONE)
def test_embedding_similarity_never_decides_accuracy_alone(scorer: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="decided by embedding similarity alone") as caught:
        build(scorer)
    assert caught.value.code == "E1710"
    assert "facts_agree" in str(caught.value)
    with pytest.raises(UsageError, match="must not decide accuracy alone"):
        requested_metrics([embedding.embedding_similarity(name="accuracy")], load_settings(None))


@pytest.mark.parametrize("kind", ["lowest_of", "all_of", "weighted"])
def test_beside_a_rule_it_may_decide_accuracy(kind: str) -> None:
    near = {"kind": "embedding_similarity", "pass_mark": 0.8}
    (metric,) = build(
        {"kind": kind, "name": "accuracy", "of": [near, "facts_agree" if kind != "all_of" else {"kind": "facts_agree", "pass_mark": 1}]}
    )
    assert not metric.must_not_decide_alone


def test_without_the_extra_the_lexical_metrics_are_what_they_are_and_the_variant_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [metric.version for metric in build("five")]
    monkeypatch.undo()
    embedding._embedder.cache_clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert [metric.version for metric in build("five")] == before
    with pytest.raises(ConfigurationError, match="pip install") as caught:
        build({"kind": "relevance", "variant": "embedding"})
    assert caught.value.code == "E1712"
