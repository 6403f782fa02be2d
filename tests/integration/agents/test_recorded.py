from __future__ import annotations

import json
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from goldfinch.adapters.agents.recorded import RecordedAnswers
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable
from goldfinch.core.output import FailureKind, Output, Usage
from goldfinch.ports.agent import AnswerFailed

MESSAGES = [
    {"role": "user", "content": "hi"},
    {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": '{"a": 1}'}}]},
    {"role": "tool", "tool_call_id": "1", "content": "r"},
    {"role": "assistant", "content": "done"},
]


def write(folder: Path, lines: Sequence[Any], name: str = "answers.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines))
    return path


async def ask(path: Path, case_id: str = "c", trial: int = 0) -> Output:
    async with RecordedAnswers(path) as agent:
        return await agent.answer(Case(case_id, "q"), trial=trial, seed=None)


async def failure(path: Path, case_id: str = "c", trial: int = 0) -> AnswerFailed:
    with pytest.raises(AnswerFailed) as caught:
        await ask(path, case_id, trial)
    return caught.value


async def test_reads_messages_with_what_the_run_took(tmp_path: Path) -> None:
    line = {
        "case_id": "c",
        "trial": 1,
        "messages": MESSAGES,
        "reward": 1,
        "reported": {"db": 0.5},
        "cost_usd": 0.04,
        "input_tokens": 7,
        "output_tokens": 8,
        "latency_ms": 900,
        "model": "m",
        "error": None,
    }
    output = await ask(write(tmp_path, [line]), trial=1)
    assert (output.text, output.cost_usd, output.latency_ms, output.model) == ("done", 0.04, 900, "m")
    assert output.usage == Usage(7, 8)
    assert output.reported == {"reward": 1, "db": 0.5}
    assert [(call.name, call.arguments, call.result) for call in output.tool_calls()] == [("f", {"a": 1}, "r")]


async def test_reads_output_fields_and_leaves_the_unknown_unknown(tmp_path: Path) -> None:
    output = await ask(write(tmp_path, [{"case_id": "c", "output": {"data": {"x": 1}, "usage": {"input_tokens": 3}}}]))
    assert (output.data, output.usage, output.cost_usd, output.latency_ms) == ({"x": 1}, Usage(3), None, None)


async def test_an_answer_that_is_absent_names_case_and_trial(tmp_path: Path) -> None:
    path = write(tmp_path, [{"case_id": "c", "trial": 0, "text": "x"}])
    for case_id, trial in (("c", 1), ("other", 0)):
        error = await failure(path, case_id, trial)
        assert error.failure.kind is FailureKind.NOT_RECORDED
        assert f"case {case_id}, trial {trial}" in error.failure.message


async def test_the_same_answer_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    lines = [{"case_id": "c", "text": "1"}, "\n", {"case_id": "d", "text": "2"}, {"case_id": "c", "trial": 0, "text": "3"}]
    with pytest.raises(AgentUnusable, match=r"answers\.jsonl:4: case c, trial 0 is already on line 1"):
        await ask(write(tmp_path, lines))


async def test_reads_a_run_directory_where_the_last_line_counts_and_a_torn_one_does_not(tmp_path: Path) -> None:
    missing = {"failure": {"kind": "rate_limited", "message": "slow down"}}
    lines = [
        {"case_id": "c", "case_hash": "h", "trial": 0, "started_at": "t", "output": missing, "attempts": 4},
        {"case_id": "c", "case_hash": "h", "trial": 0, "started_at": "t", "output": {"text": "second"}, "cached": False},
        '{"case_id": "d", "case_ha',
    ]
    write(tmp_path, lines, "outputs.jsonl")
    assert (await ask(tmp_path)).text == "second"


@pytest.mark.parametrize(
    ("recorded", "kind", "said"),
    [
        ("it crashed", FailureKind.EXCEPTION, "it crashed"),
        ({"kind": "crashed", "message": "exit status 1"}, FailureKind.CRASHED, "exit status 1"),
        ({"kind": "rate_limited", "message": "slow"}, FailureKind.NOT_RECORDED, "recorded as rate_limited: slow"),
    ],
)
async def test_recorded_failures_come_back_and_are_never_retried(tmp_path: Path, recorded: Any, kind: FailureKind, said: str) -> None:
    error = await failure(write(tmp_path, [{"case_id": "c", "error": recorded, "cost_usd": 0.5}]))
    assert (error.failure.kind, error.failure.message) == (kind, said)
    assert not error.failure.kind.is_transient
    assert error.output.cost_usd == 0.5


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{broken\n", "answers.jsonl:2: no recorded answer"),
        ({"case_id": "d", "txt": "x"}, "unknown field `txt`"),
        ({"trial": 0}, "missing required field `case_id`"),
        ({"case_id": "d", "cost_usd": "free"}, "cost_usd"),
        ('{"case_id": "d", "cost_usd": NaN}\n', "answers.jsonl:2"),
    ],
)
async def test_a_line_that_is_no_recording_is_refused_with_its_place(tmp_path: Path, line: Any, said: str) -> None:
    with pytest.raises(AgentUnusable) as caught:
        await ask(write(tmp_path, [{"case_id": "c", "text": "x"}, line]))
    assert said in str(caught.value)


async def test_a_defect_inside_a_recording_stops_the_run_instead_of_scoring_0(tmp_path: Path) -> None:
    with pytest.raises(AgentUnusable, match="case c, trial 0"):
        await ask(write(tmp_path, [{"case_id": "c", "messages": [{"role": "wizard"}]}]))


@pytest.mark.parametrize("content", [None, ""])
async def test_a_missing_or_empty_file_is_unusable(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "answers.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(AgentUnusable, match=r"answers\.jsonl"):
        await ask(path)


def test_the_version_follows_the_bytes_of_the_file(tmp_path: Path) -> None:
    first = RecordedAnswers(write(tmp_path, [{"case_id": "c", "text": "1"}])).version
    assert RecordedAnswers(write(tmp_path, [{"case_id": "c", "text": "2"}])).version != first


def test_holds_positions_not_answers(tmp_path: Path) -> None:
    count = 20_000
    path = write(tmp_path, [{"case_id": f"case-{number}", "text": "x" * 200} for number in range(count)])
    tracemalloc.start()
    try:
        agent = RecordedAnswers(path)
        _ = agent.version
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held <= count * 40
