"""One suite for the fake and for every adapter, each against something real: a server on loopback, a process, a file."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from aiohttp import web
from pydantic import SecretStr

from goldfinch.adapters.agents.http import HttpEndpointAgent
from goldfinch.adapters.agents.openai import OpenAIModelAgent
from goldfinch.adapters.agents.python_callable import PythonAgent
from goldfinch.adapters.agents.recorded import RecordedAnswers
from goldfinch.adapters.agents.subprocess import ProgramAgent
from goldfinch.adapters.cassettes.agent import ReplayedAgent
from goldfinch.adapters.pricing import PriceList
from goldfinch.core.datasets.case import Case
from goldfinch.core.output import Failure, FailureKind
from goldfinch.ports.agent import Agent
from goldfinch.settings import HttpAgent, OpenAIAgent, SubprocessAgent
from goldfinch.testing.agent_contract import AgentContract
from goldfinch.testing.agents import ScriptedAgent
from goldfinch.testing.openai_stub import Answered, OpenAIStub, last_user_text, rate_limited
from goldfinch.testing.scripted_model import Messages, Reply, ScriptedModel, seen_text

SECRET = "canary-0123456789"
FAILS = Case("fails", "please fail")


async def echo(text: str) -> str:
    if text == FAILS.input:
        raise ValueError(f"refused {SECRET.upper()}")
    return text


def echo_in_thread(text: str) -> str:
    if text == FAILS.input:
        raise ValueError("refused")
    return text


class TestScripted(AgentContract):
    def make_agent(self) -> Agent:
        return ScriptedAgent({"fails": [Failure(FailureKind.RATE_LIMITED, "slow down")]})

    def failing_case(self) -> tuple[Case, FailureKind]:
        return FAILS, FailureKind.RATE_LIMITED


class TestReplayed(AgentContract):
    def make_agent(self) -> Agent:
        class NoMisses:
            misses, last_miss = 0, ""

        return ReplayedAgent(ScriptedAgent({"fails": [Failure(FailureKind.RATE_LIMITED, "slow down")]}), NoMisses())

    def failing_case(self) -> tuple[Case, FailureKind]:
        return FAILS, FailureKind.RATE_LIMITED


class TestScriptedModel(AgentContract):
    def make_agent(self) -> Agent:
        def reply(messages: Messages) -> Reply:
            text = seen_text(messages)
            return Failure(FailureKind.RATE_LIMITED, "slow down") if text == FAILS.input else text

        return ScriptedModel(reply)

    def failing_case(self) -> tuple[Case, FailureKind]:
        return FAILS, FailureKind.RATE_LIMITED


class TestPythonAsync(AgentContract):
    def make_agent(self) -> Agent:
        return PythonAgent(echo, name="mod:echo", prices=PriceList())

    def failing_case(self) -> tuple[Case, FailureKind]:
        return FAILS, FailureKind.EXCEPTION


class TestPythonSync(TestPythonAsync):
    def make_agent(self) -> Agent:
        return PythonAgent(echo_in_thread, name="mod:echo", prices=PriceList())


class TestHttp(AgentContract):
    @pytest.fixture(autouse=True)
    async def _serve(self) -> AsyncIterator[None]:
        async def answer(request: web.Request) -> web.Response:
            asked = await request.json()
            if asked["q"] == FAILS.input:
                return web.Response(status=500, text=f"stack trace with {request.headers['X-Key']}\nand more")
            return web.json_response({"answer": {"text": asked["q"]}})

        app = web.Application()
        app.router.add_post("/ask", answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/ask"
        yield
        await runner.cleanup()

    def make_agent(self) -> Agent:
        settings = HttpAgent(url=self.url, headers={"X-Key": "${KEY}"}, body={"q": "{{ input }}"}, text_path="answer.text")
        return HttpEndpointAgent(settings, prices=PriceList(), environment={"KEY": SECRET})

    def failing_case(self) -> tuple[Case, FailureKind]:
        return FAILS, FailureKind.SERVER_ERROR

    def secrets(self) -> tuple[str, ...]:
        return (SECRET,)


class TestOpenAIChat(AgentContract):
    options: ClassVar[dict[str, Any]] = {}

    @pytest.fixture(autouse=True)
    async def _serve(self) -> AsyncIterator[None]:
        def script(request: dict[str, Any], number: int) -> Answered | str:
            text = last_user_text(request)
            return rate_limited() if text == FAILS.input else text

        async with OpenAIStub(script).serve() as stub:
            self.stub = stub
            yield

    def make_agent(self) -> Agent:
        settings = OpenAIAgent(model="m", base_url=self.stub.base_url, api_key=SecretStr(SECRET), **self.options)
        return OpenAIModelAgent(settings, prices=PriceList(), environment={})

    def failing_case(self) -> tuple[Case, FailureKind]:
        return FAILS, FailureKind.RATE_LIMITED

    def secrets(self) -> tuple[str, ...]:
        return (SECRET,)


class TestOpenAIChatStreamed(TestOpenAIChat):
    options: ClassVar = {"stream": True}


class TestOpenAIResponses(TestOpenAIChat):
    options: ClassVar = {"api": "responses"}


class TestOpenAIResponsesStreamed(TestOpenAIChat):
    options: ClassVar = {"api": "responses", "stream": True}


class TestProgram(AgentContract):
    @pytest.fixture(autouse=True)
    def _write(self, tmp_path: Path) -> None:
        self.folder = tmp_path
        (tmp_path / "agent.py").write_text(
            textwrap.dedent(
                f"""
                import json, sys
                for line in sys.stdin:
                    request = json.loads(line)
                    if request["input"] == {FAILS.input!r}:
                        print(json.dumps({{"error": "first\\nsecond", "id": request["id"]}}), flush=True)
                    else:
                        print(json.dumps({{"text": request["input"], "id": request["id"]}}), flush=True)
                """
            )
        )

    def make_agent(self) -> Agent:
        settings = SubprocessAgent(command=[sys.executable, "agent.py"], processes=2, env={"KEY": "${KEY}"})
        return ProgramAgent(settings, base_dir=self.folder, prices=PriceList(), environment={"KEY": SECRET})

    def failing_case(self) -> tuple[Case, FailureKind]:
        return FAILS, FailureKind.EXCEPTION

    def secrets(self) -> tuple[str, ...]:
        return (SECRET,)


class TestRecorded(AgentContract):
    @pytest.fixture(autouse=True)
    def _write(self, tmp_path: Path) -> None:
        texts = ["hello", "after", *(f"question {number}" for number in range(40))]
        lines = [{"case_id": text.replace(" ", "-"), "trial": 0, "output": {"text": text}} for text in texts]
        self.path = tmp_path / "answers.jsonl"
        self.path.write_text("".join(json.dumps(line) + "\n" for line in lines))

    def make_agent(self) -> Agent:
        return RecordedAnswers(self.path, shown="answers.jsonl")

    def failing_case(self) -> tuple[Case, FailureKind]:
        return FAILS, FailureKind.NOT_RECORDED
