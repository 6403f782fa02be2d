"""The settings in words and as JSON Schema, made from their model: for docs/guides/configuration.md and for editors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from goldfinch.settings import (
    BUILT_IN_AGENTS,
    AiQualityGate,
    CodeQualityGate,
    CommentSettings,
    CostGate,
    CoverageGate,
    DeploySettings,
    ExchangeSettings,
    GateOverride,
    GateSettings,
    HttpAgent,
    JudgeSettings,
    OpenAIAgent,
    PerformanceGate,
    PluginAgent,
    Price,
    PythonAgent,
    RecordedAgent,
    RolloutEnvironment,
    RolloutHealth,
    RolloutMetric,
    RolloutSettings,
    RolloutStep,
    RunSettings,
    ScenarioGate,
    ScorerSettings,
    SecurityGate,
    Settings,
    SubprocessAgent,
    TracingSettings,
)

_SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The file", Settings),
    ("`run`", RunSettings),
    ("`tracing`", TracingSettings),
    ("`exchanges`", ExchangeSettings),
    ("`comment`", CommentSettings),
    ("`scorers[]`, as a mapping", ScorerSettings),
    ("`judge`; its `model` takes what `agent` takes", JudgeSettings),
    ("`gates`", GateSettings),
    ("`gates.code_quality`", CodeQualityGate),
    ("`gates.coverage`", CoverageGate),
    ("`gates.ai_quality`", AiQualityGate),
    ("`gates.performance`", PerformanceGate),
    ("`gates.performance.scenarios.NAME`", ScenarioGate),
    ("`gates.security`", SecurityGate),
    ("`gates.cost`", CostGate),
    ("`gates.overrides[]`", GateOverride),
    ("`rollout`", RolloutSettings),
    ("`rollout.steps[]`", RolloutStep),
    ("`rollout.health`", RolloutHealth),
    ("`rollout.health.metrics.NAME`", RolloutMetric),
    ("`rollout.environments.NAME`", RolloutEnvironment),
    ("`deploy`", DeploySettings),
    ("`prices.MODEL`, US dollars per million tokens", Price),
    ("`agent` with `kind: python`", PythonAgent),
    ("`agent` with `kind: http`", HttpAgent),
    ("`agent` with `kind: openai`", OpenAIAgent),
    ("`agent` with `kind: subprocess`", SubprocessAgent),
    ("`agent` with `kind: recorded`", RecordedAgent),
)
_WITH_KIND = (ScorerSettings, RolloutMetric, RolloutEnvironment)
"""Whose kind is not in the title of their table."""


def settings_tables() -> str:
    """A Markdown table of keys for each part of the settings."""
    return "\n".join(line for title, model in _SECTIONS for line in _table(title, model))


def settings_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of `goldfinch.yaml`."""
    schema = Settings.model_json_schema()
    definitions = schema["$defs"]
    for model in (PythonAgent, HttpAgent, OpenAIAgent, SubprocessAgent, RecordedAgent):
        definition = definitions[model.__name__]
        definition["required"] = ["kind", *definition.get("required", [])]  # what tells the alternatives apart
    definitions[PluginAgent.__name__]["properties"]["kind"]["not"] = {"enum": list(BUILT_IN_AGENTS)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "goldfinch.yaml"}


def _table(title: str, model: type[BaseModel]) -> Iterator[str]:
    yield from (f"### {title}", "", "| Key | Default | Meaning |", "| --- | --- | --- |")
    for name, field in model.model_fields.items():
        if name != "kind" or model in _WITH_KIND:
            yield f"| `{name}` | {_default(field)} | {field.description or ''} |"
    yield ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or isinstance(value, BaseModel) or value in ([], {}, ()):
        return "–"
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
