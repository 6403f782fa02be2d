"""The subprocess agent against real processes."""

from __future__ import annotations

import asyncio
import os
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from goldfinch.adapters.agents.subprocess import ProgramAgent
from goldfinch.adapters.pricing import PriceList
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable, ConfigurationError
from goldfinch.core.output import FailureKind
from goldfinch.ports.agent import AnswerFailed
from goldfinch.settings import SubprocessAgent

PROGRAM = """
import json, os, subprocess, sys, time
starts = open("starts", "a"); starts.write(f"{os.getpid()}\\n"); starts.close()
for line in sys.stdin:
    request = json.loads(line)
    text = request["input"]
    if text == "die":
        print("last words", file=sys.stderr); sys.exit(3)
    if text == "abort":
        os.abort()
    if text == "garbage":
        print("Loading model ..."); print(json.dumps({"text": "late"}), flush=True); continue
    if text == "wrong id":
        print(json.dumps({"id": "other#0", "text": "x"}), flush=True); continue
    if text == "nan":
        print('{"score": NaN}', flush=True); continue
    if text == "null":
        print("null", flush=True); continue
    if text == "twice":
        print(json.dumps({"text": "one"})); print(json.dumps({"text": "two"}), flush=True); continue
    if text == "hang":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        open("child.tmp", "w").write(str(child.pid)); os.rename("child.tmp", "child"); time.sleep(600)
    if text == "noise":
        sys.stderr.write("x" * 1_000_000); sys.stderr.flush()
    print(json.dumps({"text": f"{text} {os.environ.get('MODE', '')}".strip()}), flush=True)
"""


def make(folder: Path, program: str = PROGRAM, **settings: Any) -> ProgramAgent:
    (folder / "agent.py").write_text(textwrap.dedent(program))
    options = SubprocessAgent(command=[sys.executable, "agent.py"], **settings)
    return ProgramAgent(options, base_dir=folder, prices=PriceList(), environment={**os.environ, "TOKEN": "tok-canary-77"})


def starts(folder: Path) -> int:
    return len((folder / "starts").read_text().splitlines())


async def ask(agent: ProgramAgent, text: str) -> str | None:
    return (await agent.answer(Case("c", text), trial=0, seed=None)).text


async def failure(agent: ProgramAgent, text: str) -> AnswerFailed:
    with pytest.raises(AnswerFailed) as caught:
        await ask(agent, text)
    return caught.value


async def test_keeps_one_process_for_all_cases_and_passes_the_environment(tmp_path: Path) -> None:
    async with make(tmp_path, env={"MODE": "${TOKEN}"}) as agent:
        assert [await ask(agent, text) for text in ("a", "b")] == ["a tok-canary-77", "b tok-canary-77"]
    assert starts(tmp_path) == 1


async def test_starts_as_many_processes_as_are_asked_for_and_no_more(tmp_path: Path) -> None:
    async with make(tmp_path, processes=2) as agent:
        texts = [f"t{number}" for number in range(10)]
        assert await asyncio.gather(*(ask(agent, text) for text in texts)) == texts
    assert 1 <= starts(tmp_path) <= 2


@pytest.mark.parametrize(("text", "how"), [("die", "exit status 3): last words"), ("abort", "SIGABRT")])
async def test_a_crash_is_recorded_with_its_last_words_and_the_next_case_has_a_new_process(tmp_path: Path, text: str, how: str) -> None:
    async with make(tmp_path) as agent:
        assert await ask(agent, "before") == "before"
        error = await failure(agent, text)
        assert await ask(agent, "after") == "after"
    assert error.failure.kind is FailureKind.CRASHED
    assert how in error.failure.message
    assert starts(tmp_path) == 2


@pytest.mark.parametrize("text", ["garbage", "wrong id", "nan", "null"])
async def test_garbage_is_invalid_output_and_never_another_cases_answer(tmp_path: Path, text: str) -> None:
    async with make(tmp_path) as agent:
        assert (await failure(agent, text)).failure.kind is FailureKind.INVALID_OUTPUT
        assert await ask(agent, "after") == "after"


async def test_an_answer_nobody_asked_for_is_not_taken_for_the_next_case(tmp_path: Path) -> None:
    async with make(tmp_path) as agent:
        assert await ask(agent, "twice") == "one"
        process = next(iter(agent._running))
        while not process.said_unasked:  # the second line is on its way
            await asyncio.sleep(0)
        assert await ask(agent, "after") == "after"
    assert starts(tmp_path) == 2


async def test_a_full_stderr_does_not_stop_the_program(tmp_path: Path) -> None:
    async with make(tmp_path) as agent:
        assert await ask(agent, "noise") == "noise"


async def test_a_cancelled_call_kills_the_program_and_what_it_started(tmp_path: Path) -> None:
    async with make(tmp_path) as agent:
        task = asyncio.ensure_future(ask(agent, "hang"))
        while not (tmp_path / "child").exists():
            await asyncio.sleep(0)
        child = int((tmp_path / "child").read_text())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while _runs(child):
            await asyncio.sleep(0)
        assert await ask(agent, "after") == "after"


async def test_closing_ends_every_process(tmp_path: Path) -> None:
    async with make(tmp_path) as agent:
        await ask(agent, "x")
        pid = int((tmp_path / "starts").read_text())
    assert not _runs(pid)


async def test_a_program_that_always_dies_at_once_stops_the_run_after_three_starts(tmp_path: Path) -> None:
    async with make(tmp_path, "import sys; sys.exit('no model file')") as agent:
        for _ in range(2):
            assert (await failure(agent, "x")).failure.kind is FailureKind.CRASHED
        with pytest.raises(AgentUnusable, match=r"3 times without ever answering; .*no model file"):
            await ask(agent, "x")


async def test_a_program_that_cannot_be_started_stops_the_run(tmp_path: Path) -> None:
    settings = SubprocessAgent(command=["./no-such-program"])
    async with ProgramAgent(settings, base_dir=tmp_path, prices=PriceList(), environment={}) as agent:
        with pytest.raises(AgentUnusable, match="no-such-program"):
            await ask(agent, "x")


async def test_secrets_do_not_reach_messages(tmp_path: Path) -> None:
    program = "import os, sys; print('key is', os.environ['KEY'], file=sys.stderr); sys.exit(1)"
    async with make(tmp_path, program, env={"KEY": "${TOKEN}"}) as agent:
        error = await failure(agent, "x")
    assert "key is [redacted]" in error.failure.message


def test_a_missing_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="NOT_SET_HERE is not set"):
        make(tmp_path, env={"KEY": "${NOT_SET_HERE}"})


def test_the_version_follows_the_files_of_the_command(tmp_path: Path) -> None:
    assert make(tmp_path, "print(1)").version != make(tmp_path, "print(2)").version


def _runs(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
