from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import goldfinch
from goldfinch.adapters.files.run_directory import RunDirectory, RunDirectoryJournal
from goldfinch.bootstrap.evaluation import FinishedEvaluation, evaluate_request
from goldfinch.bootstrap.evaluation_request import EvaluationRequest, requested_tracing
from goldfinch.bootstrap.settings import load_settings
from goldfinch.core.errors import ExitCode, GoldfinchError, UsageError
from goldfinch.core.results.manifest import RunStatus

CASES = [goldfinch.Case(f"c{n}", f"c{n}", expected=goldfinch.Expected(answer=f"c{n}")) for n in range(3)]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TEST_BUDGET_USD", raising=False)


class Agent:
    """Answers with its input; `cost` in US dollars. Stops answering after `limit` answers, as a provider that is down."""

    def __init__(self, cost: float | None = 0.5, limit: int = 1000) -> None:
        self.calls: list[str] = []
        self.cost, self.limit = cost, limit

    async def __call__(self, text: str) -> dict[str, Any]:
        if len(self.calls) >= self.limit:
            raise goldfinch.AnswerFailed(goldfinch.Failure(goldfinch.FailureKind.NOT_RECORDED, "gone"))
        self.calls.append(text)
        return {"text": text} | ({} if self.cost is None else {"cost_usd": self.cost})


async def run(agent: Any, **request: Any) -> FinishedEvaluation:
    given: dict[str, Any] = {"dataset": CASES, "scorers": ["exact"]} | request
    return await evaluate_request(EvaluationRequest(agent=agent, **given))


async def code_of(**request: Any) -> str:
    with pytest.raises(GoldfinchError) as caught:
        await run(**({"agent": Agent()} | request))
    return caught.value.code


async def test_a_lone_name_of_a_scorer_is_one_scorer() -> None:
    finished = await run(Agent(), scorers="exact")
    assert [metric.name for metric in finished.result.summary.metrics] == ["exact"]


async def budget_of(file: float | None, environment: str | None, flag: float | None, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many answers at $0.50 the budget allowed."""
    Path("goldfinch.yaml").write_text("" if file is None else f"run: {{budget_usd: {file}, concurrency: 1}}")
    if environment is not None:
        monkeypatch.setenv("TEST_BUDGET_USD", environment)
    agent = Agent()
    await run(agent, overrides={"budget_usd": flag, "concurrency": 1}, fresh=True)
    return len(agent.calls)


@pytest.mark.parametrize(
    ("file", "environment", "flag", "answers"),
    [(None, None, None, 3), (0.6, None, None, 1), (0.6, "1.1", None, 2), (5, "1.1", 0.6, 1), (0.6, "0.6", 5, 3), (0.6, "", None, 1)],
)
async def test_flag_goes_before_environment_before_file_before_default(
    file: float | None, environment: str | None, flag: float | None, answers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await budget_of(file, environment, flag, monkeypatch) == answers


@pytest.mark.parametrize("text", ["five", "0", "-1", "nan", "inf", "1e999", "5,00"])
async def test_a_budget_in_the_environment_that_is_no_amount_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_BUDGET_USD", text)
    assert await code_of() == "E1104"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"agent": None}, "E1002"),
        ({"agent": 5}, "E1004"),
        ({"agent": "nonsense"}, "E1371"),
        ({"dataset": None}, "E1003"),
        ({"dataset": [CASES[0], "golden.jsonl"]}, "E1007"),
        ({"dataset": [5]}, "E1007"),
        ({"dataset": iter(CASES)}, "E1007"),
        ({"scorers": [object()]}, "E1708"),
        ({"scorers": [Agent]}, "E1708"),
        ({"overrides": {"trials": 0}}, "E1005"),
        ({"overrides": {"timeout_s": float("nan")}}, "E1005"),
        ({"config": Path("no.yaml")}, "E1101"),
    ],
)
async def test_what_cannot_be_started_is_one_error_with_its_code(request_: dict[str, Any], code: str) -> None:
    assert await code_of(**request_) == code
    assert not Path(".goldfinch").exists()


async def test_paths_of_a_settings_file_start_at_that_file(tmp_path: Path) -> None:
    folder = tmp_path / "ci"
    folder.mkdir()
    (folder / "golden.jsonl").write_text('{"id": "a", "input": "hi", "expected": {"answer": "hi"}}\n')
    (folder / "local_agent_of_ci.py").write_text("def answer(text):\n    return text\n")
    (folder / "ci.yaml").write_text(
        "dataset: golden.jsonl\nagent: {kind: python, target: 'local_agent_of_ci:answer'}\nscorers: [exact]\nrun: {cache: cached}\n"
    )
    finished = await evaluate_request(EvaluationRequest(config=folder / "ci.yaml"))
    assert finished.result.exit_code is ExitCode.PASSED
    assert len(list((folder / "cached").rglob("*.json"))) == 1
    assert finished.directory.parent == Path(".goldfinch/runs")


async def test_an_unfinished_run_is_gone_on_with_where_no_folder_was_named() -> None:
    agent = Agent(limit=1)
    first = await run(agent)
    assert first.result.manifest.status is RunStatus.INCOMPLETE
    agent.limit = 1000
    second = await run(agent)
    assert second.directory == first.directory
    assert second.result.exit_code is ExitCode.PASSED
    assert sorted(agent.calls) == ["c0", "c1", "c2"]


@pytest.mark.parametrize(
    "change", [{"overrides": {"trials": 2}}, {"overrides": {"seed": 5}}, {"dataset": CASES[:2]}, {"agent_version": "2"}]
)
async def test_an_unfinished_run_of_another_evaluation_is_left_alone(change: dict[str, Any]) -> None:
    first = await run(Agent(limit=1))
    before = {path.name: path.read_bytes() for path in first.directory.iterdir()}
    second = await run(Agent(), **change)
    assert second.directory != first.directory
    assert {path.name: path.read_bytes() for path in first.directory.iterdir()} == before


async def test_a_finished_run_is_not_gone_on_with() -> None:
    first, second = await run(Agent()), await run(Agent())
    assert first.directory != second.directory


async def test_a_run_that_another_process_is_writing_is_left_alone() -> None:
    first = await run(Agent(limit=1))
    holder = RunDirectoryJournal(first.directory)
    second = await run(Agent())
    holder.close()
    assert second.directory != first.directory


async def test_fresh_without_a_folder_takes_a_new_one_and_keeps_the_unfinished_run() -> None:
    first = await run(Agent(limit=1))
    second = await run(Agent(), fresh=True)
    assert second.directory != first.directory
    assert len(list(RunDirectory(first.directory).answer_keys())) >= 1


async def test_fresh_with_a_folder_empties_it(tmp_path: Path) -> None:
    await run(Agent(limit=1), output_dir=tmp_path / "out")
    agent = Agent()
    await run(agent, output_dir=tmp_path / "out", fresh=True)
    assert len(agent.calls) == 3


async def test_a_folder_that_holds_another_run_is_refused(tmp_path: Path) -> None:
    await run(Agent(), output_dir=tmp_path / "out")
    assert await code_of(output_dir=tmp_path / "out", overrides={"trials": 2}) == "E1505"
    again = await run(Agent(), output_dir=tmp_path / "out")
    assert again.result.already_complete


def test_content_of_spans_without_spans_is_refused(tmp_path: Path) -> None:
    nothing_said = load_settings(folder=tmp_path)
    with pytest.raises(UsageError, match="there are no spans to hold content"):
        requested_tracing(EvaluationRequest(trace_content=True), nothing_said)
    assert requested_tracing(EvaluationRequest(trace_content=True, enable_tracing=True), nothing_said).content
