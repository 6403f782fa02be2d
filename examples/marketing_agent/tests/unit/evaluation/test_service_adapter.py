"""A case over HTTP: the real service in front of a scripted agent, on a port of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from goldfinch import AnswerFailed, Case, Expected, FailureKind, evaluate_async
from goldfinch.settings import PythonAgent

from evaluation.service import answer
from src.api.app import create_app
from src.api.settings import ServiceSettings
from src.config import ROOT, Config
from src.domain import Observation, ReasoningError, ReasoningStep, Result, Task, TokenUsage


class Scripted:
    """Answers with what it was asked in this session so far."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, str]] = []

    async def reason(self, task: Task, observe: object = None) -> Result:
        if task.description == "fail":
            raise ReasoningError("the model failed")
        if task.description == "crash":
            raise RuntimeError("shared state is broken")
        self.asked.append((task.session_id, task.description))
        seen = Observation("s1", "compute_kpis", {"group_by": "total"}, {"account": task.context.get("account")})
        told = " / ".join(text for session, text in self.asked if session == task.session_id)
        steps = (ReasoningStep("execution", "s1", seen),)
        return Result(
            True, told, steps, has_plan=True, has_execution=True, has_reflection=True, quality_score=1.0, total_cost=0.1,
            usage=TokenUsage(100, 10), model="rules-1",
        )  # fmt: skip


@asynccontextmanager
async def served(agent: Scripted, settings: ServiceSettings | None = None) -> AsyncIterator[str]:
    app = create_app(Config(), agent, settings=settings)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


def case(*said: str, identity: str = "c") -> Case:
    turns = [{"role": "user", "content": text} for text in said]
    return Case(identity, turns if len(turns) > 1 else said[0], context={"account": "aurora-outdoor"})


async def test_turns_of_a_case_are_one_session_and_the_last_answer_is_judged() -> None:
    agent = Scripted()
    async with served(agent) as url:
        output = await answer(case("Target CPA is 20.", "Who misses it?"), url=url)
    assert output["messages"][-1]["content"] == "Target CPA is 20. / Who misses it?"
    assert {session for session, _ in agent.asked} == {"eval-c-0"}
    assert (output["input_tokens"], output["model"]) == (200, "rules-1")


async def test_the_account_of_the_case_reaches_the_agent() -> None:
    async with served(Scripted()) as url:
        output = await answer(case("How are we?"), url=url)
    assert output["messages"][2]["content"] == '{"account":"aurora-outdoor"}'


@pytest.mark.parametrize(
    ("said", "kind"), [("crash", FailureKind.SERVER_ERROR), ("fail", FailureKind.SERVER_ERROR), (" ", FailureKind.EXCEPTION)]
)
async def test_a_failure_of_the_service_is_told_by_its_status(said: str, kind: FailureKind) -> None:
    async with served(Scripted()) as url:
        with pytest.raises(AnswerFailed) as failed:
            await answer(case(said), url=url)
    assert failed.value.failure.kind is kind


async def test_a_refused_connection_is_missing_evidence() -> None:
    async with served(Scripted()) as url:
        pass
    with pytest.raises(AnswerFailed) as failed:
        await answer(case("How are we?"), url=url)
    assert failed.value.failure.kind is FailureKind.NETWORK


async def test_goldfinch_evaluates_the_service(tmp_path: Path) -> None:
    cases = [Case("a", "Say ROAS.", expected=Expected(must_include=("ROAS",))), Case("b", "crash", expected=Expected(must_include=("x",)))]
    async with served(Scripted()) as url:
        agent = PythonAgent(target="evaluation.service:answer", path=str(ROOT), takes_case=True, options={"url": url})
        run = await evaluate_async(cases, agent, ["must_include"], output_dir=tmp_path)
    assert (run.summary.passes.passed, run.summary.failures) == (1, {"server_error": 1})
