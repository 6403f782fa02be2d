"""What is kept of a rollback: figures, failed sessions, candidates; nothing secret, and nothing of others that a browser would run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from goldfinch.core.datasets.validation import problems_of
from goldfinch.core.health.outcome import Assessment, Call, Measured, MetricCheck, MetricState
from goldfinch.core.recovery.pack import CanaryAnswer, FailedRequest, PackSources, candidates, candidates_file, pack_json, series
from goldfinch.core.recovery.pack_page import page
from goldfinch.core.redaction import Redactor
from goldfinch.core.releases.diff import Difference
from goldfinch.core.releases.release import ComponentKind
from goldfinch.core.rollout.record import Decision
from goldfinch.core.rollout.state import Phase, RolloutState
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from goldfinch.testing.rollout_store import sample_rollout

AT = datetime(2026, 3, 1, 14, tzinfo=UTC)
SECRET = "sk-abcdefghijklmnop1234"
HOSTILE = '</pre><script>alert(1)</script><img src="https://evil.example/x">'


def check(minute: int, canary: float, stable: float | None = 0.01) -> Decision:
    at = AT + timedelta(minutes=minute)
    value = MetricCheck(
        "error_rate",
        MetricState.BREACH,
        Measured(canary, 200, 20),
        Measured(stable, 210, 2),
        10.0,
        6.0,
        5.7,
        1.05,
        False,
        500,
        "10 % of 200",
    )
    return Decision(
        at, "Progressing(step 1: Baking)", "Progressing(step 1: Baking)", "checked", assessment=Assessment(at, Call.WAIT, "x", (value,))
    )


def sources(words: str = "as ever", **fields: object) -> PackSources:
    state = RolloutState(Phase.ROLLED_BACK, trigger="error_rate", cause=f"10 % of 200 sessions: {words}", entered_at=AT)
    back = Decision(AT, "Progressing(step 1: Baking)", "RollingBack(ShiftingBack)", words, by=words)
    defaults: dict[str, object] = {
        "rollout": sample_rollout("ro_1", state=state),
        "decisions": (check(1, 0.02), check(2, 0.10, None), back),
        "differences": (Difference(ComponentKind.PROMPTS, f"prompt {words}: 1 line changed", (f"+{words}",)),),
        "requests": (FailedRequest(AT, words, 500, 12.5, words, f"/v1/{words}", "r1"),),
        "failed_requests": 20,
        "answers": (CanaryAnswer("t1", "s1", [{"role": "user", "content": words}], words, failed=True),),
    }
    return PackSources(**{**defaults, **fields})  # type: ignore[arg-type]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags(words: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Tags()
    reader.feed(page(pack_json(sources(words), Redactor())))
    return reader.seen


def test_the_series_has_every_check_with_its_counts() -> None:
    points = series(sources().decisions)["error_rate"]
    assert [(point.canary, point.canary_units, point.stable) for point in points] == [(0.02, 200, 0.01), (0.10, 200, None)]


def test_the_same_sources_give_the_same_pack() -> None:
    assert pack_json(sources(), Redactor()) == pack_json(sources(), Redactor())
    assert json.loads(json.dumps(pack_json(sources(), Redactor())))["failed_requests"]["total"] == 20


def test_no_secret_gets_into_a_pack() -> None:
    written = json.dumps(pack_json(sources(SECRET), Redactor())) + candidates_file(sources(SECRET), Redactor())
    assert SECRET not in written


def texts() -> Iterator[str]:
    yield HOSTILE
    yield from HOSTILE_TEXTS.values()


@pytest.mark.parametrize("words", list(texts()), ids=lambda words: repr(words)[:30])
def test_what_others_wrote_is_text_on_the_page(words: str) -> None:
    allowed = {name for name, _ in tags("plain")}
    found = tags(words)
    assert {name for name, _ in found} <= allowed
    assert not any(name in ("script", "img", "iframe", "a", "link") for name, _ in found)
    assert not any(key.startswith("on") or key in ("href", "src") for _, attributes in found for key in attributes)


def test_the_page_lets_nothing_in_from_anywhere() -> None:
    policy = next(attributes["content"] for name, attributes in tags("x") if attributes.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_candidates_are_cases_that_a_dataset_takes_each_question_once() -> None:
    same = CanaryAnswer("t2", "s2", [{"role": "user", "content": "as ever"}], "other", score=0.1)
    other = CanaryAnswer("t3", "s3", "another question", "hm", score=0.9)
    found = list(candidates(sources(answers=(same, other, *sources().answers)), Redactor()))
    assert [case["metadata"]["trace"] for case in found] == ["t1", "t3"]
    assert all(case["metadata"]["status"] == "candidate" for case in found)
    assert not [problem for case in found for problem in problems_of(case)]
