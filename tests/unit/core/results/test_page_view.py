from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from goldfinch.core.output import Failure, FailureKind, Output, Step, ToolCall
from goldfinch.core.results.case_result import trials_by_case
from goldfinch.core.results.evidence import AskedCase, Evidence, IsWanted
from goldfinch.core.results.page_view import PageView, page_view
from goldfinch.core.results.records import MetricScore, OutputRecord, ScoreRecord, ScoreStatus
from goldfinch.testing.run_journal import sample_output, sample_record

METRICS = ["accuracy", "tone"]


def evidence(scores: Sequence[ScoreRecord], outputs: Sequence[OutputRecord] = (), cases: Sequence[AskedCase] = ()) -> Evidence:
    def wanted(is_wanted: IsWanted) -> Iterator[AskedCase]:
        return (case for case in cases if is_wanted(case.case_id, f"hash-of-{case.case_id}"))

    return Evidence(lambda: trials_by_case(scores), lambda: iter(outputs), wanted)


def rows(view: PageView) -> list[dict[str, Any]]:
    return [json.loads(case.row) for case in view.cases]


def details(view: PageView) -> list[dict[str, Any]]:
    return [json.loads(case.details) for case in view.cases]


def test_a_case_has_a_row_and_its_details() -> None:
    asked = AskedCase("a", {"question": "refund?"}, None, {"must_include": ["14 days"], "json": {"days": 14}})
    view = page_view(evidence([sample_record("a", 0.4, tags=("money",))], [sample_output("a", "30 days")], [asked]), METRICS)
    (row,), (detail,) = rows(view), details(view)
    assert (row["id"], row["outcome"], row["means"], row["failed"], row["tags"]) == ("a", "failed", [0.4, None], [0], ["money"])
    assert detail["golden"]["expected"] == {"must_include": ["14 days"], "json": '{\n "days": 14\n}'}
    assert detail["answers"]["0"]["text"] == "30 days"
    assert detail["trials"][0]["notApplicable"] == ["tone"]
    assert (view.total, view.total_open, view.is_whole, view.selection) == (1, 1, True, "")


def test_failures_come_first_and_those_that_passed_in_an_order_that_does_not_follow_their_names() -> None:
    limited = Failure(FailureKind.RATE_LIMITED, "429", 429)
    scores = [sample_record(f"p{number:02}") for number in range(40)]
    scores += [sample_record("limited", failure=limited), sample_record("low", 0.1), sample_record("vital", 0.1, critical=True)]
    ids = [row["id"] for row in rows(page_view(evidence(scores), METRICS))]
    assert ids[:3] == ["vital", "low", "limited"]
    assert sorted(ids[3:]) != ids[3:]


@pytest.mark.parametrize(
    ("limit", "selection"),
    [
        (10_000_000, ""),
        (40_000, "all 20 that did not pass, and a sample of those that did"),
        (6_000, "most important of 20 that did not pass"),
    ],
)
def test_above_the_limit_the_view_says_what_it_holds(limit: int, selection: str) -> None:
    scores = [sample_record(f"c{number}", 0.0 if number < 20 else 1.0) for number in range(200)]
    view = page_view(evidence(scores), METRICS, limit)
    assert sum(len(case.row) + len(case.details) for case in view.cases) <= limit + 80 * len(view.cases)
    assert view.selection.endswith(selection)
    assert (view.total, view.total_open, view.distributions["accuracy"].count) == (200, 20, 200)  # figures are of all cases


def test_fields_are_cut_at_two_kilobytes_and_say_so() -> None:
    view = page_view(evidence([sample_record("a")], [sample_output("a", "x" * 50_000)]), METRICS)
    text = details(view)[0]["answers"]["0"]["text"]
    assert len(text) <= 2_000
    assert text.endswith("… (50,000 bytes in all)")


def test_a_tool_message_that_repeats_a_result_is_left_out_and_one_that_does_not_stays() -> None:
    call = ToolCall("look_up", {"x": 1}, "found")
    steps = (Step("assistant", None, (call,)), Step("tool", "found"), Step("tool", "unasked"), Step("assistant", "done"))
    record = OutputRecord("a", "hash-of-a", 0, "2026-11-23T09:00:00Z", Output("done", trajectory=steps))
    shown = details(page_view(evidence([sample_record("a")], [record]), METRICS))[0]["answers"]["0"]["steps"]
    assert [step["role"] for step in shown] == ["assistant", "tool", "assistant"]


def test_endless_steps_are_counted_and_not_shown() -> None:
    record = OutputRecord("a", "hash-of-a", 0, "", Output("x", trajectory=(Step("assistant", "again"),) * 900))
    answer = details(page_view(evidence([sample_record("a")], [record]), METRICS))[0]["answers"]["0"]
    assert (len(answer["steps"]), answer["stepsLeftOut"]) == (200, 700)


def test_an_edited_case_and_an_answer_to_another_are_not_shown_as_what_was_asked() -> None:
    scores, outputs = [replace(sample_record("a"), case_hash="old")], [sample_output("a", "yes")]
    detail = details(page_view(evidence(scores, outputs, [AskedCase("a", "new question", None, {})]), METRICS))[0]
    assert (detail["golden"], detail["answers"]) == (None, {})


def test_what_is_no_number_is_null_and_every_text_is_harmless() -> None:
    score = MetricScore("accuracy", "1", ScoreStatus.SCORED, float("nan"), False, "\x1b[2J</script>\u202e", {"<x>": float("inf")})
    record = replace(sample_record("a", 0.0, latency_ms=float("inf")), scores=(score,))
    case = page_view(evidence([record]), METRICS).cases[0]
    assert not set("<>&\x1b\u202e") & set(case.row + case.details)
    assert json.loads(case.row)["latency"] is None
    assert json.loads(case.details)["trials"][0]["scores"][0]["reason"] == "[2J</script>\\u202e"


def test_every_stream_is_read_once() -> None:
    read: list[str] = []
    base = evidence([sample_record("a")], [sample_output("a", "yes")])

    def counted(name: str, stream: Callable[..., Any]) -> Callable[..., Any]:
        def begin(*given: Any) -> Any:
            read.append(name)
            return stream(*given)

        return begin

    page_view(Evidence(counted("scores", base.trials_by_case), counted("outputs", base.outputs), counted("cases", base.cases)), METRICS)
    assert read == ["scores", "outputs", "cases"]


@pytest.mark.parametrize("count", [2_000, 20_000])
def test_memory_follows_the_limit_and_not_the_run(count: int) -> None:
    streamed = Evidence(
        lambda: ([sample_record(f"c{number}")] for number in range(count)),
        lambda: (sample_output(f"c{number}", "x" * 1_000) for number in range(count)),
        lambda _: iter(()),
    )
    tracemalloc.start()
    try:
        page_view(streamed, METRICS, 200_000)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
