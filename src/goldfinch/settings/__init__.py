"""`goldfinch.yaml` (or `[tool.goldfinch]` in `pyproject.toml`), typed. Unknown keys are refused.

Importing this package costs what pydantic costs; the command line imports it inside commands only.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from goldfinch.settings.agents import (
    BUILT_IN_AGENTS,
    AgentSettings,
    HttpAgent,
    OpenAIAgent,
    PluginAgent,
    PythonAgent,
    RecordedAgent,
    SubprocessAgent,
)
from goldfinch.settings.bench import (
    BenchLoad,
    BenchObjective,
    BenchScenario,
    BenchSettings,
    BenchTarget,
    ClosedLoad,
    OpenLoad,
    PlainRequest,
)
from goldfinch.settings.deploy import DeploySettings
from goldfinch.settings.evaluation import ExchangeSettings, JudgeSettings, Price, RunSettings, ScorerSettings, TracingSettings
from goldfinch.settings.gates import (
    AiQualityGate,
    CodeQualityGate,
    CommentSettings,
    CostGate,
    CoverageGate,
    GateOverride,
    GateSettings,
    PerformanceGate,
    ScenarioGate,
    SecurityGate,
)
from goldfinch.settings.live import LiveSettings, ProbeSettings
from goldfinch.settings.proxy import ProxySettings
from goldfinch.settings.release import CodeSource, IndexSource, ModelSource, ReleaseSettings, ToolSource
from goldfinch.settings.rollout import (
    RolloutEnvironment,
    RolloutHealth,
    RolloutMetric,
    RolloutSettings,
    RolloutStep,
)
from goldfinch.settings.serve import ServeSettings
from goldfinch.settings.store import StoreSettings
from goldfinch.settings.strict import Strict

__all__ = [
    "BUILT_IN_AGENTS",
    "AgentSettings",
    "AiQualityGate",
    "BenchLoad",
    "BenchObjective",
    "BenchScenario",
    "BenchSettings",
    "BenchTarget",
    "ClosedLoad",
    "CodeQualityGate",
    "CodeSource",
    "CommentSettings",
    "CostGate",
    "CoverageGate",
    "DatasetPaths",
    "DeploySettings",
    "ExchangeSettings",
    "GateOverride",
    "GateSettings",
    "HttpAgent",
    "IndexSource",
    "JudgeSettings",
    "LiveSettings",
    "ModelSource",
    "OpenAIAgent",
    "OpenLoad",
    "PerformanceGate",
    "PlainRequest",
    "PluginAgent",
    "Price",
    "ProbeSettings",
    "ProxySettings",
    "PythonAgent",
    "RecordedAgent",
    "ReleaseSettings",
    "RolloutEnvironment",
    "RolloutHealth",
    "RolloutMetric",
    "RolloutSettings",
    "RolloutStep",
    "RunSettings",
    "ScenarioGate",
    "ScorerEntry",
    "ScorerSettings",
    "SecurityGate",
    "ServeSettings",
    "Settings",
    "StoreSettings",
    "Strict",
    "SubprocessAgent",
    "ToolSource",
    "TracingSettings",
]


def _scorer_tag(value: Any) -> str:
    return "settings" if isinstance(value, dict | ScorerSettings) else "name"


def _dataset_tag(value: Any) -> str:
    return "paths" if isinstance(value, list) else "path"


ScorerEntry = Annotated[Annotated[str, Tag("name")] | Annotated[ScorerSettings, Tag("settings")], Discriminator(_scorer_tag)]
DatasetPaths = Annotated[Annotated[str, Tag("path")] | Annotated[list[str], Tag("paths")], Discriminator(_dataset_tag)]


class Settings(Strict):
    """Everything that Goldfinch reads from its configuration file. Paths are relative to that file."""

    dataset: DatasetPaths | None = Field(None, description="File or folder of golden cases, or a list of them.")
    agent: AgentSettings | None = Field(None, description="What is evaluated; `kind` says how it is asked.")
    scorers: list[ScorerEntry] = Field(
        default_factory=list, description="Metrics: names, or mappings with `kind` and options; absent: the keyless defaults."
    )
    judge: JudgeSettings | None = Field(None, description="The model that judges, for scorers of kind `judge`.")
    run: RunSettings = Field(RunSettings(), description="How a run is carried out.")
    tracing: TracingSettings = Field(TracingSettings(), description="OpenTelemetry spans of the run.")
    exchanges: ExchangeSettings = Field(ExchangeSettings(), description="How exchanges with models are recorded and replayed.")
    gates: GateSettings = Field(GateSettings(), description="The thresholds of the quality gates.")
    comment: CommentSettings = Field(CommentSettings(), description="The comment on a pull request.")
    prices: dict[str, Price] = Field(default_factory=dict, description="Model name → price, before the price list.")
    bench: BenchSettings = Field(BenchSettings(), description="What `goldfinch bench` measures.")
    release: ReleaseSettings = Field(ReleaseSettings(), description="What a release is made of.")
    store: StoreSettings = Field(StoreSettings(), description="Where rollouts, releases and the audit log are kept.")
    rollout: RolloutSettings = Field(RolloutSettings(), description="How a release gets its traffic.")
    service: str | None = Field(None, description="Name of the service that is rolled out; absent: the folder's.")
    deploy: DeploySettings = Field(DeploySettings(), description="How a release is started on this machine.")
    proxy: ProxySettings = Field(ProxySettings(), description="The proxy that splits the traffic.")
    live: LiveSettings = Field(LiveSettings(), description="How live answers are scored.")
    serve: ServeSettings = Field(ServeSettings(), description="The server.")
    allow_code: bool = Field(True, description="Whether `module:name` in this file may import code.")
