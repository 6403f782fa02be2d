"""What `goldfinch bench` measures: `bench:`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, PositiveFloat, PositiveInt, Tag

from goldfinch.settings.agents import HttpAgent, OpenAIAgent, PluginAgent, PythonAgent, RecordedAgent, SubprocessAgent, agent_tag
from goldfinch.settings.strict import Strict


class PlainRequest(Strict):
    """One HTTP request as the target of a benchmark, sent as it stands by the fastest means there is."""

    kind: Literal["request"] = "request"
    url: str = Field(description="http:// or https://. `${NAME}` is read from the environment.")
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field("GET", description="HTTP method.")
    headers: dict[str, str] = Field(default_factory=dict, description="`${NAME}` is read from the environment.")
    body: Any = Field(None, description="Text, or any JSON; absent: none is sent.")
    expect_status: int | None = Field(None, ge=100, le=599, description="The only good status; absent: any below 400.")
    stream: bool = Field(False, description="Time the events of a server-sent stream: first token and gaps.")
    cost_path: str | None = Field(None, description="Where a JSON reply states its cost in US dollars: `usage.cost_usd`.")
    allow_private: bool = Field(True, description="Allow loopback and private addresses; link-local and metadata addresses stay refused.")


BenchTarget = Annotated[
    Annotated[PlainRequest, Tag("request")]
    | Annotated[PythonAgent, Tag("python")]
    | Annotated[HttpAgent, Tag("http")]
    | Annotated[OpenAIAgent, Tag("openai")]
    | Annotated[SubprocessAgent, Tag("subprocess")]
    | Annotated[RecordedAgent, Tag("recorded")]
    | Annotated[PluginAgent, Tag("plugin")],
    Discriminator(lambda value: "request" if _kind_of(value) == "request" else agent_tag(value)),
]


class OpenLoad(Strict):
    """Requests are sent when they are due, whether or not earlier ones have been answered."""

    rate_per_s: float = Field(gt=0, le=100_000, description="Requests a second.")
    arrivals: Literal["poisson", "constant"] = Field("poisson", description="At random, as users come, or evenly.")
    ramp_s: float = Field(0.0, ge=0, le=3600, description="Seconds in which the rate rises from 0; requests in it are not measured.")
    max_in_flight: PositiveInt = Field(512, le=10_000, description="Requests at once; what is due beyond waits, and its wait counts.")


class ClosedLoad(Strict):
    """So many clients, each of which sends its next request when the last one was answered."""

    concurrency: PositiveInt = Field(16, le=10_000, description="Clients.")
    ramp_s: float = Field(0.0, ge=0, le=3600, description="Seconds over which the clients start; requests in it are not measured.")


def _kind_of(value: Any) -> Any:
    return value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)


def _load_tag(value: Any) -> str:
    return "open" if isinstance(value, OpenLoad) or (isinstance(value, dict) and "rate_per_s" in value) else "closed"


BenchLoad = Annotated[Annotated[OpenLoad, Tag("open")] | Annotated[ClosedLoad, Tag("closed")], Discriminator(_load_tag)]


class BenchObjective(Strict):
    """What is good enough. The defaults are the specification's; set what your agent's users need."""

    p95_ms: float | None = Field(2000.0, gt=0, description="95 % of the requests are answered within this; null: nothing is asked.")
    min_rps: float | None = Field(
        None, gt=0, description="Answered requests a second, at least; absent: 10 in a closed loop, nothing in an open one."
    )


class BenchScenario(Strict):
    """One scenario of a benchmark."""

    name: str = Field(min_length=1, max_length=100, description="As reports show it.")
    target: BenchTarget | None = Field(None, description="`kind: request`, or any kind of agent; absent: the `agent` of this file.")
    dataset: str | None = Field(None, description="Cases that an agent is asked in turn; absent: the `dataset` of this file.")
    inputs: list[Any] | None = Field(None, min_length=1, description="Inputs that an agent is asked in turn, in place of a dataset.")
    load: BenchLoad = Field(default_factory=ClosedLoad, description="`rate_per_s` (open loop) or `concurrency` (closed loop).")
    requests: PositiveInt = Field(20, le=10_000_000, description="Measured requests of one iteration.")
    warmup: int = Field(10, ge=0, le=10_000_000, description="Requests before them that are not measured, in each iteration.")
    timeout_s: PositiveFloat = Field(30.0, le=3600, description="Seconds that one request may take.")
    objective: BenchObjective = Field(default_factory=BenchObjective, description="What is good enough.")
    seed: int = Field(0, description="Of the random arrivals.")


class BenchSettings(Strict):
    """Benchmarks: what `goldfinch bench` measures."""

    scenarios: list[BenchScenario] = Field(default_factory=list, description="Absent: one, that asks the agent its cases.")
    iterations: PositiveInt = Field(10, le=1000, description="How often each scenario is repeated; all are pooled.")
    margin: float = Field(0.10, gt=0, lt=1, description="How much worse counts as worse, as a fraction. Doubled against a stored baseline.")
