"""From settings and the environment to a tracer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import goldfinch
from goldfinch.bootstrap.evaluation import EvaluationRequest, evaluate_request
from goldfinch.bootstrap.tracing import build_tracer, facts_of
from goldfinch.core.redaction import Redactor
from goldfinch.core.telemetry.mapping import TracedAgent
from goldfinch.settings import HttpAgent, OpenAIAgent, TracingSettings
from goldfinch.testing.agents import ScriptedAgent

COLLECTOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}
VARIABLES = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "LANGCHAIN_TRACING_V2",
    "LANGSMITH_TRACING",
    "OTEL_SDK_DISABLED",
)


class Heard:
    interval_s = 100.0

    def __init__(self) -> None:
        self.notes: list[str] = []

    def update(self, snapshot: Any) -> None:
        return

    def note(self, message: str) -> None:
        self.notes.append(message)

    def close(self) -> None:
        return


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_nothing_is_built_unless_it_is_asked_for() -> None:
    assert build_tracer(TracingSettings(), ScriptedAgent(), None, Redactor(), COLLECTOR) == (None, ())


def test_a_target_makes_a_tracer() -> None:
    tracer, problems = build_tracer(TracingSettings(enabled=True), ScriptedAgent(), None, Redactor(), COLLECTOR)
    assert tracer is not None
    assert not problems


async def notes_of(**request: Any) -> tuple[int, list[str]]:
    heard = Heard()
    given: dict[str, Any] = {"dataset": [goldfinch.Case("a", "a", expected=goldfinch.Expected(answer="a"))], "scorers": ["exact"]}
    finished = await evaluate_request(EvaluationRequest(agent=lambda text: text, **(given | request)), heard)
    return int(finished.result.exit_code), heard.notes


async def test_nowhere_to_send_to_is_one_clear_note_and_the_run_goes_on() -> None:
    code, notes = await notes_of(enable_tracing=True)
    assert code == 0
    [note] = notes
    assert note.startswith("warning E2040: tracing has nowhere to send to; set OTEL_EXPORTER_OTLP_ENDPOINT")


async def test_the_settings_file_can_ask_for_tracing(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("goldfinch.yaml").write_text("tracing: {enabled: true}")
    _, notes = await notes_of()
    assert "E2040" in notes[0]


async def test_the_python_api_can_switch_it_off() -> None:
    Path("goldfinch.yaml").write_text("tracing: {enabled: true}")
    assert await notes_of(enable_tracing=False) == (0, [])


@pytest.mark.parametrize(
    ("settings", "environment", "facts"),
    [
        (OpenAIAgent(model="m"), {}, TracedAgent(True, "openai", "m", "api.openai.com", 443)),
        (OpenAIAgent(model="m", base_url="http://localhost:8000/v1"), {}, TracedAgent(True, "openai", "m", "localhost", 8000)),
        (OpenAIAgent(model="m", base_url="https://api.groq.com/openai/v1"), {}, TracedAgent(True, "groq", "m", "api.groq.com", 443)),
        (OpenAIAgent(model="m", provider="mistral"), {}, TracedAgent(True, "mistral", "m", "api.openai.com", 443)),
        (OpenAIAgent(model="m"), {"OPENAI_BASE_URL": "http://gw/v1"}, TracedAgent(True, "openai", "m", "gw", 80)),
        (HttpAgent(url="http://agent:8000/ask?x={{ input }}"), {}, TracedAgent(True, None, None, "agent", 8000)),
        (HttpAgent(url="http://${HOST}/ask"), {}, TracedAgent(True)),
        (None, {}, TracedAgent()),
    ],
)
def test_spans_say_who_is_asked(settings: object, environment: dict[str, str], facts: TracedAgent) -> None:
    assert facts_of(ScriptedAgent(), settings, environment) == facts
