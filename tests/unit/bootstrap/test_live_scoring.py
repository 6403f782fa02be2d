"""`live.scorers` become metrics that can judge an answer nobody expected; the others are refused by name, before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from goldfinch.adapters.files.live_spending import LiveSpendingFile
from goldfinch.bootstrap.live_scoring import LACKS, live_metrics, live_scorer
from goldfinch.bootstrap.scorer_catalogue import KINDS
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.errors import ConfigurationError
from goldfinch.settings import Settings
from goldfinch.testing.clock import FakeClock
from tests.received_spans import TARGET, KeptAnswers, KeptNotes


def loaded(*scorers: Any, folder: Path | None = None) -> LoadedSettings:
    return LoadedSettings(Settings.model_validate({"live": {"scorers": list(scorers)}}), folder or Path())


def test_the_defaults_need_nothing_that_a_live_answer_lacks() -> None:
    metrics = live_metrics(LoadedSettings(Settings(), Path()), None)
    assert [metric.name for metric in metrics] == ["relevance", "coherence", "grounding", "safety"]


@pytest.mark.parametrize(
    ("scorer", "place", "lacks"),
    [
        ("accuracy", "", "'accuracy' needs an expected answer"),
        ("five", "", "'accuracy' needs an expected answer"),
        ("loops", "", "'loops' needs the agent's trajectory"),
        ("judge:completeness", "", "'judge:completeness' needs an expected answer"),
        ({"kind": "embedding_similarity"}, "", "`against: question`"),
        ({"kind": "weighted", "name": "mix", "of": ["relevance", {"kind": "exact"}]}, ".of[1]", "'exact' needs an expected answer"),
    ],
)
def test_a_scorer_that_needs_an_expected_answer_is_refused_with_its_place(scorer: Any, place: str, lacks: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        live_metrics(loaded("coherence", scorer), None)
    assert refused.value.code == "E3401"
    assert str(refused.value).startswith(f"live.scorers[1]{place}: ")
    assert lacks in str(refused.value)
    assert "\n" not in str(refused.value)


def test_scorers_may_have_options() -> None:
    (metric,) = live_metrics(loaded({"kind": "safety", "allow": ["press@example.com"]}), None)
    assert metric.name == "safety"


def test_what_live_answers_lack_is_said_of_kinds_that_exist() -> None:
    assert set(LACKS) <= set(KINDS)
    expected = {kind for kind, one in KINDS.items() if one.needs.startswith("expected.")}
    assert expected - {"embedding_similarity"} <= set(LACKS)


async def test_the_worker_of_the_settings_scores_and_keeps_nothing_that_cost_nothing(tmp_path: Path) -> None:
    worker = live_scorer(loaded("coherence"), KeptAnswers(), KeptNotes(), lambda: (TARGET,), tmp_path, clock=FakeClock())
    assert await worker.score_waiting() == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("written", [None, "", "{", "[]", '{"spent": 1}', '{"spent": [[1], ["a", 2], [1, true], [NaN, 1]]}', "[" * 10_000])
def test_a_spending_file_that_cannot_be_read_holds_nothing(tmp_path: Path, written: str | None) -> None:
    path = tmp_path / "deep" / "spending.json"
    if written is not None:
        path.parent.mkdir()
        path.write_text(written)
    assert LiveSpendingFile(path).load() == ()


def test_what_was_spent_is_kept_for_its_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "live" / "spending.json"
    LiveSpendingFile(path).keep([(1.5, 0.25)])
    assert LiveSpendingFile(path).load() == ((1.5, 0.25),)
    assert path.parent.stat().st_mode & 0o777 == 0o700
