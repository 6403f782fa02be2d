"""Configuration of the agent (R54): who thinks, where the data and the memory are, what a task may take, and how this release behaves.

Arguments go before `MARKETING_AGENT_*`, these before a release file (`releases/*.yaml`), the file before the defaults; unknown keys are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

Provider = Literal["openai", "local", "deterministic"]
ROOT = Path(__file__).resolve().parent.parent


class Behaviour(BaseModel):
    """What a release does differently. The defaults are the good release; each other value is a mistake that teams really make."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kpi_aggregation: Literal["ratio_of_sums", "mean_of_ratios"] = "ratio_of_sums"
    """`mean_of_ratios` averages daily ratios, so that small days weigh as much as large ones (release `wrong-math`)."""
    recall: bool = True
    """False plans without the session's earlier turns and facts (`forgetful`)."""
    drafts: int = Field(default=1, ge=1)
    """Times that the answer is written, the last one kept; 3 repeats the whole evidence in the prompt each time (`verbose-expensive`)."""
    model_delay_ms: float = Field(default=0.0, ge=0)
    """Waiting before each call of the model, as behind a slower endpoint (`slow`)."""
    quarantine_data: bool = True
    """False lets texts of the data (names, notes, headlines) speak as instructions (`leaky`)."""
    state_caveats: bool = True
    """False leaves out what limits the answer: missing days, thin data, contradictions (`incomplete`)."""
    tool_error_rate: float = Field(default=0.0, ge=0, le=1)
    """Share of tool calls that fail, drawn by `seed` from session, step and arguments (`flaky-tool`)."""
    max_in_flight: int | None = Field(default=None, ge=1)
    """More tasks at a time than this break the process's shared state and end in an exception (`crashy`)."""
    variation: float = Field(default=0.0, ge=0, le=1)
    """Share of answers that differ in wording, and a tenth of that in substance, from run to run, drawn by `seed` and the run:
    the run-to-run variation of a real model."""
    seed: int = 0


class Config(BaseSettings):
    """The sample of the specification works as printed:
    `Config(llm_provider="openai", model=…, max_tokens_per_test=2000, max_cost_per_test=0.05, test_mode=True)`.
    """

    model_config = SettingsConfigDict(env_prefix="MARKETING_AGENT_", env_nested_delimiter="__", extra="forbid", frozen=True)

    llm_provider: Provider = "deterministic"
    """`deterministic` needs no key: a rule-based planner and writer, and named as such in every answer's `model`. Never a fall-back."""
    model: str = "rules-1"
    base_url: str | None = None
    """OpenAI-compatible address for `openai`; None is OPENAI_BASE_URL or the vendor's."""
    max_tokens_per_test: int = Field(default=20_000, gt=0)
    """Most tokens that one task may take, in test mode and out of it."""
    max_cost_per_test: float = Field(default=0.20, gt=0)
    """Most US dollars that one task may take."""
    test_mode: bool = False
    """True forbids to write durable facts and asks models for their most repeatable answer (temperature 0, a fixed seed)."""
    max_steps: int = Field(default=12, gt=0)
    price_input_per_mtok: float = Field(default=0.40, ge=0)
    price_output_per_mtok: float = Field(default=1.60, ge=0)
    """US dollars per million tokens, for the agent's own limit; evaluation prices by its own list."""
    data_dir: Path = ROOT / "data"
    database_url: str | None = None
    redis_url: str | None = None
    session_ttl_s: int = Field(default=86_400, gt=0)
    release_name: str = "good"
    release_id: str | None = None
    """Given by who deploys; None is computed from the content."""
    behaviour: Behaviour = Behaviour()

    @classmethod
    def of_release(cls, path: Path, **overrides: Any) -> Config:
        """Read a release file; the environment goes before it, `overrides` before both, key by key also within `behaviour`.

        Raises `ValueError` for what is no mapping, `ValidationError` for unknown keys and wrong values.
        """
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(loaded, dict) or not all(isinstance(key, str) for key in loaded):
            raise ValueError(f"{path}: a release is a mapping of settings")
        return cls(**_merged(loaded, EnvSettingsSource(cls)(), overrides))


def _merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Later layers go before earlier ones; mappings within them are merged alike."""
    merged: dict[str, Any] = {}
    for key, value in (item for layer in layers for item in layer.items()):
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merged(merged[key], value) if both else value
    return merged
