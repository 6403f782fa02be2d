"""What an evaluation is told besides its agent: prices, scorers, judge, run, tracing, recordings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PositiveFloat, PositiveInt, Tag

from goldfinch.settings.agents import AgentSettings
from goldfinch.settings.strict import Strict


class Price(Strict):
    """A price that overrides the price list, in US dollars per million tokens."""

    input_per_mtok: float = Field(ge=0, description="Input.")
    output_per_mtok: float = Field(ge=0, description="Output.")
    cached_input_per_mtok: float | None = Field(
        None, ge=0, description="Input read from the provider's cache; as other input where absent."
    )


class ScorerSettings(BaseModel):
    """A metric. Every key besides these is an option of the scorer."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False, frozen=True)

    kind: str = Field(description="A scorer that ships (`goldfinch scorers` lists them), an entry point, or `module:Class`.")
    name: str | None = Field(None, pattern=r"^[a-z][a-z0-9_]*$", description="Name of the metric; the scorer's own where absent.")
    pass_mark: float | None = Field(1.0, ge=0, le=1, description="What a case must reach to pass; null: reported only.")
    for_tags: tuple[str, ...] | None = Field(
        None, min_length=1, strict=False, description="Only cases with one of these tags; absent: every case."
    )

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


def _files_tag(value: Any) -> str:
    return "files" if isinstance(value, list) else "file"


class JudgeSettings(Strict):
    """The model that judges: how it is asked, and what it may spend. Scorers of kind `judge` need it."""

    model: AgentSettings | None = Field(None, description="The judge's model, as under `agent`; `--judge` goes before.")
    votes: PositiveInt = Field(1, le=25, description="Replies per metric and answer; their median counts, and most must be readable.")
    budget_usd: PositiveFloat | None = Field(
        None, description="Most that the judge may spend, apart from the run's budget; absent: both share the run's."
    )
    max_tokens: PositiveInt = Field(512, description="Output tokens of a reply; a longer one is cut off, and so is no verdict.")
    structured: bool = Field(True, description="Send the verdict's JSON Schema to a chat model (`response_format`).")
    counterfactual: Literal["always", "suspicious", "never"] = Field(
        "always",
        description="Ask once more with a false question or reference before a high score is believed; `suspicious`: only of answers "
        "that hold words to a judge.",
    )
    calibration: Annotated[Annotated[str, Tag("file")] | Annotated[list[str], Tag("files")], Discriminator(_files_tag)] | None = Field(
        None, description="Calibration file, or a list of them; without one for exactly this judge it advises and decides nothing."
    )

    @property
    def calibration_files(self) -> tuple[str, ...]:
        given = self.calibration
        return () if given is None else (given,) if isinstance(given, str) else tuple(given)


class RunSettings(Strict):
    """How a run is carried out."""

    trials: PositiveInt = Field(1, le=1000, description="Answers to each case; a case's own `trials` goes before.")
    concurrency: PositiveInt = Field(16, description="Calls in flight at the most; lowered by itself when the provider says 429.")
    timeout_s: PositiveFloat = Field(120.0, description="Seconds for one call.")
    deadline_s: PositiveFloat | None = Field(None, description="Seconds for the whole run.")
    budget_usd: PositiveFloat | None = Field(None, description="Most that the run may spend; `TEST_BUDGET_USD` goes before.")
    max_attempts: PositiveInt = Field(4, description="Calls for one answer at the most, retries included.")
    seed: int | None = Field(None, description="Seed of the first trial; later trials count up from it.")
    cache: str | None = Field(None, description="Folder of the response cache; absent: no cache.")
    report: str | None = Field(None, description="File for the HTML report, which `goldfinch evaluate` then writes at its end.")
    record: str | None = Field(None, description="Folder in which every exchange with a model is recorded; absent: nothing is.")
    replay: str | None = Field(None, description="Folder of a recording whose replies are given instead of asking; needs no key.")


class TracingSettings(Strict):
    """OpenTelemetry spans of the run. Where they go is said by the environment: see the guide on tracing."""

    enabled: bool = Field(False, description="Send spans, as `--enable-tracing` does.")
    content: bool = Field(False, description="Send input, answer, tool arguments and results, and the reasons of scores with them.")


class ExchangeSettings(Strict):
    """What is recorded and replayed, and which requests count as the same."""

    upstreams: dict[Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")], str] = Field(
        default_factory=dict,
        description="Environment variable → address: what your code reads its model's address from, beside those of the known SDKs.",
    )
    keys: list[str] = Field(
        default_factory=list, description="Environment variables that get a stand-in in a replay, beside those of the known SDKs."
    )
    ignore_body: list[str] = Field(
        default_factory=list,
        description="Members of a JSON request that may differ: `metadata.run_id`; `*` stands for every element of a list.",
    )
    match_headers: list[str] = Field(default_factory=list, description="Request headers that must be equal; they are stored.")
