from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from goldfinch.adapters.pricing import PriceList
from goldfinch.bootstrap import agents
from goldfinch.bootstrap.agents import build_agent, parse_agent_spec
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import ConfigurationError, UsageError
from goldfinch.ports.agent import Agent, AnswerFailed
from goldfinch.settings import AgentSettings, HttpAgent, OpenAIAgent, PythonAgent, RecordedAgent, SubprocessAgent
from goldfinch.testing.agents import ScriptedAgent

READ: TypeAdapter[Any] = TypeAdapter(AgentSettings)


def build(settings: Any, folder: Path, **options: Any) -> Agent:
    return build_agent(READ.validate_python(settings), base_dir=folder, prices=PriceList(), **options)


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("my_agent:answer", PythonAgent(target="my_agent:answer")),
        ("pkg.mod:Class.method", PythonAgent(target="pkg.mod:Class.method")),
        ("http://localhost:8000/ask", HttpAgent(url="http://localhost:8000/ask")),
        ("https://h/x", HttpAgent(url="https://h/x")),
        ("openai:gpt-4.1", OpenAIAgent(model="gpt-4.1")),
        ("openai:org/model:free", OpenAIAgent(model="org/model:free")),
        ("recorded:runs/one.jsonl", RecordedAgent(path="runs/one.jsonl")),
        ("subprocess:python 'my agent.py' --x", SubprocessAgent(command=["python", "my agent.py", "--x"])),
    ],
)
def test_reads_an_agent_from_the_command_line(text: str, settings: Any) -> None:
    assert parse_agent_spec(text) == settings


@pytest.mark.parametrize("text", ["", "answer", "openai:", "recorded:", "subprocess: ", "ftp://x", "a b:c", "subprocess:'open"])
def test_what_names_no_agent_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_agent_spec(text)


def test_the_refusal_lists_the_forms_there_are() -> None:
    with pytest.raises(UsageError, match="module:function") as caught:
        parse_agent_spec("answer")
    assert "recorded:PATH" in str(caught.value)


def test_builds_every_kind(tmp_path: Path) -> None:
    (tmp_path / "built_agent.py").write_text("def answer(text): return text")
    (tmp_path / "a.jsonl").write_text('{"case_id": "c", "text": "x"}\n')
    kinds: dict[str, Any] = {
        "built_agent:answer": {"target": "built_agent:answer"},
        "http://h/": {"kind": "http", "url": "http://h/"},
        "openai:m": {"kind": "openai", "model": "m", "base_url": "http://127.0.0.1:1"},
        "subprocess:cat": {"kind": "subprocess", "command": ["cat"]},
        "recorded:a.jsonl": {"kind": "recorded", "path": "a.jsonl"},
    }
    assert [build({"kind": "python", **settings}, tmp_path).name for settings in kinds.values()] == list(kinds)


async def test_paths_are_relative_to_the_base_folder(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "nested_agent.py").write_text("def answer(text): return text.upper()")
    async with build({"kind": "python", "target": "nested_agent:answer", "path": "src"}, tmp_path) as agent:
        assert (await agent.answer(Case("c", "x"), trial=0, seed=None)).text == "X"


@pytest.mark.parametrize("settings", [{"kind": "python", "target": "os:getcwd"}, {"kind": "subprocess", "command": ["true"]}])
def test_code_is_refused_where_it_is_not_allowed(settings: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="allow_code is off"):
        build(settings, tmp_path, allow_code=False)


def test_an_unknown_kind_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="known kinds: python, http, openai, subprocess, recorded"):
        build({"kind": "pyhton", "target": "a:b"}, tmp_path)


def test_unknown_keys_of_a_known_kind_are_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        READ.validate_python({"kind": "python", "target": "a:b", "tagret": 1})


def make_scripted(options: dict[str, Any], *, base_dir: Path) -> Agent:
    return ScriptedAgent(name=options["name"])


def make_nothing(options: dict[str, Any], *, base_dir: Path) -> Agent:
    raise ValueError("no such flavour")


@pytest.fixture
def _plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint(name, f"{__name__}:{target}", "goldfinch.agents")
        for name, target in (("mine", "make_scripted"), ("bad", "make_nothing"))
    ]
    targets = {"mine": make_scripted, "bad": make_nothing}
    monkeypatch.setattr(EntryPoint, "load", lambda point: targets[point.name])
    monkeypatch.setattr(agents, "entry_points", lambda group: points)


@pytest.mark.usefixtures("_plugins")
def test_an_installed_package_adds_kinds(tmp_path: Path) -> None:
    assert build({"kind": "mine", "name": "from plugin"}, tmp_path).name == "from plugin"
    with pytest.raises(ConfigurationError, match=r"known kinds: .*, bad, mine"):
        build({"kind": "yours"}, tmp_path)
    with pytest.raises(ConfigurationError, match="'bad' failed: ValueError: no such flavour"):
        build({"kind": "bad"}, tmp_path)


async def test_secrets_of_the_environment_are_masked_in_messages(tmp_path: Path) -> None:
    (tmp_path / "leaky_agent.py").write_text("def answer(text): raise ValueError('db password is hunter22-x, home is /home/ada')")
    environment = {"DB_PASSWORD": "hunter22-x", "HOME": "/home/ada"}
    async with build({"kind": "python", "target": "leaky_agent:answer"}, tmp_path, environment=environment) as agent:
        with pytest.raises(AnswerFailed) as caught:
            await agent.answer(Case("c", "x"), trial=0, seed=None)
    assert caught.value.failure.message == "ValueError: db password is [redacted], home is /home/ada (leaky_agent.py:1 in answer)"
