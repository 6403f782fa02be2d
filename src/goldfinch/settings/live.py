"""How live answers are scored: `live:`."""

from __future__ import annotations

from pydantic import Field

from goldfinch.settings.agents import HttpAgent
from goldfinch.settings.evaluation import ScorerSettings
from goldfinch.settings.rollout import Duration
from goldfinch.settings.strict import Strict


class ProbeSettings(Strict):
    """Golden cases of several turns that are sent to both arms: the only ones who see lost memory, and staging's only traffic."""

    dataset: str | None = Field(None, description="File or folder of cases; absent: no probes.")
    per_minute: float = Field(6.0, gt=0, le=600, description="Sessions a minute, to each arm.")
    tags: list[str] = Field(default_factory=list, description="Only cases with one of these tags; absent: all.")
    agent: HttpAgent | None = Field(
        None,
        description="How a turn is put to the service; scheme, host and port are those of the proxy or of `--endpoint`. Absent: `agent:`.",
    )
    timeout: Duration | None = Field(None, description="How long one turn may take; absent: 30s.")
    release_header: str = Field(
        "x-release-id", description="Header in which the service names its release, for smoke tests beside the proxy."
    )


def _default_scorers() -> list[str | ScorerSettings]:
    return ["relevance", "coherence", "grounding", "safety"]


class LiveSettings(Strict):
    """The live evaluation score: mean of reference-free scorers over one turn a session, while a rollout runs."""

    scorers: list[str | ScorerSettings] = Field(
        default_factory=_default_scorers,
        min_length=1,
        description="Reference-free scorers, by name or with options as under `scorers`; `judge:relevance` asks the judge.",
    )
    sample: float = Field(0.05, gt=0, le=1, description="Share of the stable release's sessions that are scored; the canary's all are.")
    max_per_minute: int = Field(600, ge=1, description="Answers scored a minute, of both arms.")
    max_usd_per_hour: float = Field(1.0, ge=0, description="What scoring may cost; above it answers stay unscored, and count as missing.")
    answer_ttl: Duration | None = Field(None, description="How long a sampled answer may wait; absent: 15m.")
    probes: ProbeSettings = Field(ProbeSettings(), description="Probe sessions.")
